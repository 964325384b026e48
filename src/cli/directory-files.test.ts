/** What `config check` says of the files that directories name. */
import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { openTerminal, type Terminal } from '../dev/test-support/cli.ts'
import { createCertificate } from '../faces/protocols/signing-certificate.ts'
import { hours, systemClock } from '../platform/kernel/clock.ts'
import { systemRandom } from '../platform/kernel/random.ts'

const tenYears = hours(10 * 365 * 24)

/** Makes a certificate in PEM that is valid for ten years from a time (ms). */
function makeCertificate(now: number): string {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const host = 'dc1.corp.example'
  const base64 = createCertificate(privateKey, { random: systemRandom, host, now })
  return `-----BEGIN CERTIFICATE-----\n${base64.replace(/.{64}/g, '$&\n')}\n-----END CERTIFICATE-----\n`
}

const configuration = `
directories:
  - { name: local, kind: local }
  - name: corp
    kind: active_directory
    servers: [ldaps://dc1.corp.example]
    bind_name: einlass@corp.example
    base: DC=corp,DC=example
    ca_file: ca.pem
    bind_password_file: password
`

/** Runs the check with files of these texts; `undefined`: no file. Returns the whole output of the command. */
async function check(
  { folder, einlass }: Terminal,
  files: { readonly ca?: string | undefined; readonly password?: string | undefined },
) {
  writeFileSync(join(folder, 'einlass.yaml'), configuration)
  if (files.ca !== undefined) writeFileSync(join(folder, 'ca.pem'), files.ca)
  if (files.password !== undefined) {
    writeFileSync(join(folder, 'password'), files.password, { mode: 0o600 })
  }
  const { code, stdout, stderr } = await einlass(['config', 'check'])
  return { code, said: `${stdout}${stderr}` }
}

test('config check says nothing about correct files, also if the password ends with a line break', async (t) => {
  const terminal = await openTerminal(t)
  const ca = `Corp\n${makeCertificate(systemClock.now())}`
  for (const password of ['geheim und lang\n', 'geheim und lang\r\n', 'geheim und lang']) {
    const { code, said } = await check(terminal, { ca, password })
    assert.equal(code, 0, said)
    assert.doesNotMatch(said, /directories|Warning/)
  }
})

test('config check names a missing file, and a folder in place of a file', async (t) => {
  const terminal = await openTerminal(t)
  const { code, said } = await check(terminal, {})
  assert.equal(code, 78)
  assert.match(said, /directories\[1\]\.ca_file\s+found: +"ca\.pem", which is not there/)
  assert.match(
    said,
    /directories\[1\]\.bind_password_file\s+found: +"password", which is not there/,
  )
  mkdirSync(join(terminal.folder, 'ca.pem'))
  assert.match(
    (await check(terminal, { password: 'x' })).said,
    /"ca\.pem", a file that cannot be read/,
  )
})

test('config check says what is wrong in a file, and never shows the password', async (t) => {
  const terminal = await openTerminal(t)
  const good = makeCertificate(systemClock.now())
  const broken = good.replace(/[A-Za-z0-9+/]{40}/, '')
  for (const [ca, password, said] of [
    ['', 'geheim', /"ca\.pem", a file without a certificate/],
    ['-----BEGIN PRIVATE KEY-----\n', 'geheim', /a file without a certificate/],
    [broken, 'geheim', /a file without a certificate/],
    [good, '', /"password", an empty file/],
    [good, '\n', /"password", an empty file/],
    [good, 'geheim\nnoch etwas\n', /"password", a file of several lines/],
    [good, '\uFEFFgeheim', /begins with a byte order mark/],
  ] as const) {
    const checked = await check(terminal, { ca, password })
    assert.equal(checked.code, 78, checked.said)
    assert.match(checked.said, said)
    assert.doesNotMatch(checked.said, /geheim/)
  }
})

test('an expired or soon expiring certificate causes only a warning, as the file can have a valid one', async (t) => {
  const terminal = await openTerminal(t)
  const now = systemClock.now()
  const ca = [now, now - tenYears - hours(24 * 9), now - tenYears + hours(24 * 9)]
    .map(makeCertificate)
    .join('')
  const { code, said } = await check(terminal, { ca, password: ' geheim' })
  assert.equal(code, 0, said)
  const warnings = said.split('\n').filter((line) => line.startsWith('Warning: directories[1]'))
  assert.equal(warnings.length, 3, said)
  assert.match(`${warnings[0]}`, /ca_file: the certificate .*dc1\.corp\.example expired on \d{4}-/)
  assert.match(`${warnings[1]}`, /expires on \d{4}-/)
  assert.match(`${warnings[2]}`, /bind_password_file: the password begins or ends with a space/)
})
