import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openTerminal } from '../dev/test-support/cli.ts'
import { makeCertificate } from '../dev/test-support/make-certificate.ts'

test('the commands show only the server addresses that the app uses', async (t) => {
  const { einlass } = await openTerminal(t)
  const env = { EINLASS_PUBLIC_URL: 'https://login.example.org' }
  const names = async (id: string, ...options: string[]) => {
    return Object.keys(
      (await einlass(['app', 'add', id, ...options, '--json'], { env })).json() ?? {},
    )
  }
  const device = await names('tv', '--grant', 'device_code')
  assert.ok(device.includes('device'))
  assert.ok(!device.includes('authorization') && !device.includes('end_session'))
  const till = await names('till', '--ciba')
  assert.ok(till.includes('backchannel') && !till.includes('device'))
  const { stdout } = await einlass(['app', 'show', 'tv'], { env })
  assert.match(stdout, /device: +https:\/\/login\.example\.org\/oidc\/device\/auth$/m)
})

test('app show mentions the earlier secret of an app as long as it is valid', async (t) => {
  const { einlass } = await openTerminal(t)
  await einlass(['app', 'add', 'wiki', '--redirect-uri', 'https://wiki.example/callback'])
  const show = async (...options: string[]) => await einlass(['app', 'show', 'wiki', ...options])
  assert.doesNotMatch((await show()).stdout, /earlier/)
  await einlass(['app', 'change', 'wiki', '--new-secret', '--keep-old-secret', '7d'])
  const both = await show()
  assert.match(
    both.stdout,
    /^The earlier client_secret is valid too, until 20\d\d-\d\d-\d\d .* UTC\./m,
  )
  const { earlierSecretUntil } = (await show('--json')).json() as { earlierSecretUntil: string }
  assert.ok(Date.parse(earlierSecretUntil) > Date.now())
  await einlass(['app', 'change', 'wiki', '--end-old-secret'])
  assert.doesNotMatch((await show()).stdout, /earlier/)
})

test('app show describes a SAML app: addresses, certificates with expiry dates, NameID and attributes', async (t) => {
  const { einlass } = await openTerminal(t)
  const { raw } = makeCertificate().certificate
  const url = 'https://learn.example'
  await einlass([
    ...['app', 'add', 'learn', '--protocol', 'saml', '--entity-id', `${url}/saml`],
    ...['--acs-url', `${url}/acs`, '--acs-url', `${url}/acs2`, '--logout-url', `${url}/slo`],
    ...['--signing-certificate', raw.toString('base64'), '--signed-requests', '--name-id', 'email'],
    ...['--attribute', 'urn:oid:0.9.2342.19200300.100.1.3=email', '--attribute', 'dept=groups'],
  ])
  const { stdout, stderr } = await einlass(['app', 'show', 'learn'])
  assert.equal(stderr, '')
  for (const line of [
    /^its entity id: https:\/\/learn\.example\/saml$/m,
    /^its ACS: +https:\/\/learn\.example\/acs \(where a request names none\)$/m,
    /^its ACS: +https:\/\/learn\.example\/acs2$/m,
    /^its logout: +https:\/\/learn\.example\/slo \(HTTP-Redirect, in the browser of the user\)$/m,
    /^its requests: +must be signed$/m,
    /^signed by: +a certificate that ends on 20\d\d-\d\d-\d\d \(SHA-256 [\dA-F]{16}…\)$/m,
    /^encryption: +none$/m,
    /^NameID: +email: the e-mail address; a user without one is refused\./m,
    /^attribute: +mail \(urn:oid:0\.9\.2342\.19200300\.100\.1\.3\): email$/m,
    /^attribute: +dept: groups$/m,
  ])
    assert.match(stdout, line)
  assert.ok(!stdout.includes(raw.toString('base64')))
})
