// A24: what every address that takes a form of our pages has in common: it refuses all other forms before it does anything.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import {
  createPlainBrowser,
  type PlainBrowser,
  readForm,
} from '../src/dev/test-support/plain-browser.ts'
import { allRoutes } from '../src/faces/routes.ts'
import { type FaultCode, faultStatus } from '../src/platform/kernel/fault.ts'
import { de } from '../src/platform/ui/messages/de.ts'
import { erika, startInProcess } from './support/in-process.ts'
import { enterPassword } from './support/way-in.ts'
import { dumpTables, sendRequest } from './support/wire.ts'

const ends: (() => Promise<void>)[] = []
let server: Awaited<ReturnType<typeof startInProcess>>
/** With a session. */
let inside: PlainBrowser

before(async () => {
  const scope = { after: (end: () => Promise<void>) => void ends.push(end) }
  const mail = { from: 'login@example.org', smtp: { host: '127.0.0.1', port: 9 } }
  server = await startInProcess(scope as Parameters<typeof startInProcess>[0], {
    mail,
    passwords: { forgotten: 'mail' },
  })
  inside = createPlainBrowser(server.publicUrl)
  await inside.answer(await enterPassword(inside, erika), { action: 'skip' })
  // The first request to OIDC makes its keys.
  assert.equal((await inside.get('/oidc/jwks')).status, 200)
})

after(async () => {
  for (const end of ends) await end()
})

/** The token in its address is the proof, see the route. */
const provenByAddress = ['/not-me/:token']

/** The last one is the logout, after which no other form would be right. */
const paths = [
  ...allRoutes
    .filter(({ kind, method }) => kind === 'page' && method === 'POST')
    .map(({ path }) => path)
    .filter((path) => path !== '/logout' && !provenByAddress.includes(path)),
  // Below an address that a protocol serves itself.
  ...['/oidc/device', '/oidc/device/confirm'],
  '/logout',
].map((path) => path.replace(/:\w+/g, 'some'))

const post = async (path: string, more: Record<string, string>, headers = {}) => {
  const { form_token = '' } = readForm(await inside.get('/logout')).hidden
  const fields = { form_token, version: '0', user_code: 'BBBB-BBBB', ...more }
  return await sendRequest(server.publicUrl, {
    method: 'POST',
    path,
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      cookie: inside.cookieHeader(),
      ...headers,
    },
    body: new URLSearchParams(fields).toString(),
  })
}

const forgeries: readonly {
  readonly name: string
  readonly code: FaultCode
  readonly fields?: Record<string, string>
  readonly headers?: Record<string, string>
}[] = [
  { name: 'without a token', code: 'bad_form_token', fields: { form_token: '' } },
  { name: 'of another browser', code: 'bad_form_token', headers: { cookie: 'einlass_browser=x' } },
  { name: 'of another site', code: 'foreign_origin', headers: { 'sec-fetch-site': 'cross-site' } },
  {
    name: 'of another origin',
    code: 'foreign_origin',
    headers: { origin: 'https://evil.example' },
  },
]

for (const { name, code, fields = {}, headers } of forgeries) {
  test(`A24: every address refuses a form ${name}, and nothing changes`, async () => {
    assert.ok(paths.length >= 21, `${paths.length}`)
    const dump = await dumpTables(server.db)
    for (const path of paths) {
      const reply = await post(path, fields, headers)
      assert.equal(reply.status, faultStatus[code], path)
      assert.ok(reply.text.includes(`>${de[`error.${code}.title`]}<`), path)
      assert.deepEqual(reply.cookies, [], path)
    }
    assert.equal(await dumpTables(server.db), dump)
  })
}

test('every address takes a form of its own pages', async () => {
  for (const path of paths) {
    const { status, text } = await post(path, {})
    for (const code of ['bad_form_token', 'foreign_origin'] as const) {
      assert.ok(!text.includes(`>${de[`error.${code}.title`]}<`), path)
    }
    assert.ok(status < 500, `${path}: ${status}`)
  }
})
