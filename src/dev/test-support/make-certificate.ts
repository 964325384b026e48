/** For tests: a certificate that nobody has signed but itself, by openssl. */
import { execFileSync } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Of an app: `C=DE, O=Example, CN=app`, for the host `app.example`. */
export function makeCertificate(): { readonly certificate: X509Certificate } {
  const folder = mkdtempSync(join(tmpdir(), 'einlass-certificate-'))
  try {
    const out = join(folder, 'cert.pem')
    const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes']
    const names = ['-subj', '/C=DE/O=Example/CN=app', '-addext', 'subjectAltName=DNS:app.example']
    const files = ['-keyout', join(folder, 'key.pem'), '-out', out, '-days', '2']
    execFileSync('openssl', ['req', '-x509', ...key, ...files, ...names], { stdio: 'ignore' })
    return { certificate: new X509Certificate(readFileSync(out)) }
  } finally {
    rmSync(folder, { recursive: true })
  }
}
