import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { writeServiceProvider } from '#saml'
import { createCertificate as createServerCertificate } from '../../test/support/certificate.ts'
import { openTerminal } from '../dev/test-support/cli.ts'
import { createCertificate } from '../faces/protocols/signing-certificate.ts'
import { systemRandom } from '../platform/kernel/random.ts'

const entityId = 'https://notes.example.org/metadata'
const acs = 'https://notes.example.org/acs'
const metadata = writeServiceProvider({
  entityId,
  consumerUrls: [acs, 'https://notes.example.org/acs2'],
  logoutUrl: 'https://notes.example.org/slo',
  signsRequests: true,
})
const add = ['app', 'add', 'notes', '--protocol', 'saml']

async function openWithFile(t: TestContext, text: string) {
  const terminal = await openTerminal(t)
  const path = join(terminal.folder, 'sp.xml')
  await writeFile(path, text)
  return { ...terminal, path, file: 'sp.xml' }
}

test('a SAML app is added from its metadata, and typed options take precedence', async (t) => {
  const { einlass, file } = await openWithFile(t, metadata)
  const added = await einlass([...add, '--metadata', file, '--name-id', 'email'])
  assert.equal(added.code, 0, added.stderr)
  assert.match(added.stdout, /metadata: /)
  const { stdout } = await einlass(['app', 'list', '--json'])
  const [app] = JSON.parse(stdout)
  assert.deepEqual(app.settings, {
    entityId,
    consumerUrls: [acs, 'https://notes.example.org/acs2'],
    consumerIndexes: { 0: acs, 1: 'https://notes.example.org/acs2' },
    logoutUrl: 'https://notes.example.org/slo',
    logoutBinding: 'redirect',
    signingCertificates: [],
    signedRequests: 'required',
    nameId: 'email',
    unsolicited: 'refused',
  })
})

test('later metadata replaces the settings that it names and leaves the others unchanged', async (t) => {
  const { einlass, file, path } = await openWithFile(t, metadata)
  await einlass([...add, '--metadata', file, '--name-id', 'email'])
  await writeFile(path, metadata.replaceAll('/acs2', '/acs3'))
  const changed = await einlass(['app', 'change', 'notes', '--metadata', file])
  assert.equal(changed.code, 0, changed.stderr)
  const [app] = JSON.parse((await einlass(['app', 'list', '--json'])).stdout)
  assert.deepEqual(app.settings.consumerUrls, [acs, 'https://notes.example.org/acs3'])
  assert.equal(app.settings.nameId, 'email')
})

test('metadata is fetched from an address, which is stored until it is removed or replaced by a file', async (t) => {
  const server = createServer((_req, res) => res.end(metadata)).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  t.after(() => server.close())
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/metadata`
  const { einlass, file } = await openWithFile(t, metadata)
  const added = await einlass([...add, '--metadata', address])
  assert.equal(added.code, 0, added.stderr)
  const readAddress = async () =>
    JSON.parse((await einlass(['app', 'show', 'notes', '--json'])).stdout).settings.metadataUrl
  assert.equal(await readAddress(), address)
  const takesBack = ['app', 'change', 'notes']
  for (const typed of [['--no-metadata'], ['--metadata', file]]) {
    await einlass([...takesBack, '--metadata', address])
    assert.equal(await readAddress(), address)
    const changed = await einlass([...takesBack, ...typed])
    assert.equal(changed.code, 0, changed.stderr)
    assert.equal(await readAddress(), undefined)
  }
})

test('if metadata cannot be fetched, the error gives the reason and an alternative', async (t) => {
  const { key, cert } = createServerCertificate('localhost')
  const secure = createSecureServer({ key, cert }).listen(0, '127.0.0.1')
  const dead = createServer().listen(0, '127.0.0.1')
  await Promise.all([secure, dead].map((one) => once(one, 'listening')))
  t.after(() => secure.close())
  const [securePort, deadPort] = [secure, dead].map((one) => (one.address() as AddressInfo).port)
  await new Promise((resolve) => dead.close(resolve))
  const { einlass } = await openTerminal(t)
  const refused: [string, RegExp][] = [
    [
      `https://localhost:${securePort}/`,
      /its certificate is signed by itself\. .*NODE_EXTRA_CA_CERTS/,
    ],
    [`http://127.0.0.1:${deadPort}/`, /nothing listens at 127\.0\.0\.1:\d+\. Or give/],
  ]
  for (const [address, reason] of refused) {
    const { code, stderr } = await einlass([...add, '--metadata', address])
    assert.equal(code, 64)
    assert.match(stderr, reason)
    assert.match(stderr, /as a file: --metadata FILE/)
  }
})

test('the command warns when it adds an app that supports logout only by SOAP', async (t) => {
  const soap = metadata.replaceAll(
    /bindings:HTTP-(?:Redirect|POST)(" Location="[^"]*slo)/g,
    'bindings:SOAP$1',
  )
  const { einlass, file } = await openWithFile(t, soap)
  const { code, stdout } = await einlass([...add, '--metadata', file])
  assert.equal(code, 0)
  assert.match(stdout, /Warning: The app takes logouts only by SOAP, which is not there here/)
})

test('the command warns when it adds an app that can log out but of which no certificate for signatures is known', async (t) => {
  const { einlass, file } = await openWithFile(t, metadata)
  const { stdout } = await einlass([...add, '--metadata', file])
  assert.match(stdout, /Warning: No certificate is known with which the app signs, so a logout at/)
})

test('A31: metadata must be signed by the certificate that the operator gives for it', async (t) => {
  const pair = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const host = 'notes.example.org'
  const now = Date.now()
  const certificate = createCertificate(pair.privateKey, { random: systemRandom, host, now })
  const signed = writeServiceProvider(
    { id: '_signed', entityId, consumerUrls: [acs] },
    { privateKey: pair.privateKey, certificate },
  )
  const { einlass, file, path } = await openWithFile(t, metadata)
  const typed = [...add, '--metadata', file, '--metadata-certificate', certificate]
  const refused = await einlass(typed)
  assert.equal(refused.code, 64)
  assert.match(refused.stderr, /no metadata of a SAML app that can be used: no signature/)
  const unusable = await einlass([...add, '--metadata', file, '--metadata-certificate', 'AAAA'])
  assert.match(unusable.stderr, /certificate by which the metadata has to be signed cannot be used/)
  await writeFile(path, signed)
  assert.equal((await einlass(typed)).code, 0)
  await writeFile(path, metadata)
  const changed = await einlass(['app', 'change', 'notes', '--metadata', file])
  assert.match(changed.stderr, /no signature/)
})

test('invalid, unreadable or missing metadata and options of another protocol are refused with an explanation', async (t) => {
  const { einlass, file } = await openWithFile(t, '<!DOCTYPE x><x/>')
  const refused: [string[], RegExp][] = [
    [[...add, '--metadata', file], /no metadata of a SAML app.*a document type/],
    [[...add, '--metadata', `${file}.gone`], /sp\.xml\.gone/],
    [[...add, '--metadata', 'http://notes.example.org/'], /an https address is needed/],
    [['app', 'add', 'x', '--metadata', file, '--redirect-uri', acs], /--metadata is not for apps/],
    [add, /--entity-id/],
  ]
  for (const [args, pattern] of refused) {
    const { code, stderr } = await einlass(args)
    assert.equal(code, 64, args.join(' '))
    assert.match(stderr, pattern)
  }
})

test('a certificate is given as PEM or as a file, and an error never repeats the PEM', async (t) => {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const host = 'notes.example.org'
  const certificate = createCertificate(privateKey, {
    random: systemRandom,
    host,
    now: Date.now(),
  })
  const lines = certificate.replace(/.{64}/g, '$&\n')
  const pem = `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`
  const { einlass, file } = await openWithFile(t, pem)
  const own = ['--entity-id', entityId, '--acs-url', acs]
  const added = await einlass([...add, ...own, '--signing-certificate', pem])
  assert.equal(added.code, 0, added.stderr)
  const option = '--metadata-certificate'
  const changed = await einlass(['app', 'change', 'notes', option, file])
  assert.equal(changed.code, 0, changed.stderr)
  const [app] = JSON.parse((await einlass(['app', 'list', '--json'])).stdout)
  assert.deepEqual(app.settings.signingCertificates, [certificate])
  assert.deepEqual(app.settings.metadataCertificates, [certificate])
  const gone = await einlass(['app', 'change', 'notes', option, 'gone.pem'])
  assert.match(gone.stderr, /--metadata-certificate "gone\.pem": there is no such file/)
  const key = '-----BEGIN PRIVATE KEY-----\nsecret\n-----END PRIVATE KEY-----\n'
  const wrong = await einlass(['app', 'change', 'notes', option, key])
  assert.equal(wrong.code, 64)
  assert.match(wrong.stderr, /found: {3}PEM of \d+ characters/)
  assert.ok(!wrong.stderr.includes('secret'))
})
