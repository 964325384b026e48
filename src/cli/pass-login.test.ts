/** Commands that the service desk uses when a caller reads out the reference of a login. */

import assert from 'node:assert/strict'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { openTerminal } from '../dev/test-support/cli.ts'
import { testRows as rows } from '../dev/test-support/keyring.ts'
import { readAudit } from '../identity/audit/chain.ts'
import { openDirectory } from '../identity/users/directories.ts'
import { createUsers } from '../identity/users/users.ts'
import type { JourneyRequest } from '../login/engine/journey.ts'
import { createLoginReferences } from '../login/engine/references.ts'
import { createJourneyStore, type StoredJourney } from '../login/engine/store.ts'
import { openPasses } from '../login/factors/index.ts'
import { configSchema } from '../platform/config/schema.ts'
import { systemClock as clock, minutes } from '../platform/kernel/clock.ts'
import { silentLog as log } from '../platform/kernel/log.ts'
import { systemRandom as random } from '../platform/kernel/random.ts'
import { formatReference } from '../platform/kernel/reference.ts'
import { openDatabase } from '../platform/storage/open.ts'
import { openFactorParts } from './factor-parts.ts'
import { describeLogin } from './login.ts'
import { formatHere } from './pass.ts'

/** In these tests no authenticator was enrolled with a pass. */
const none = { list: async () => [], remove: async () => undefined }

async function openDesk(t: TestContext) {
  const terminal = await openTerminal(t)
  const storage = { type: 'sqlite', file: join(terminal.folder, 'einlass.db') } as const
  const { db, close } = await openDatabase({ storage, log })
  t.after(close)
  const users = createUsers({ clock, random })
  const store = createJourneyStore({ random, rows })
  const references = createLoginReferences({ clock, random })
  let logins = 0
  const parts = openFactorParts(
    configSchema.parse({ key_file: join(terminal.folder, 'einlass.key') }),
    db,
    () => {},
  )
  return {
    ...terminal,
    passes: openPasses({
      ...parts,
      users,
      authenticators: none,
      directory: openDirectory({ ...parts, users }),
    }),
    /** Starts a login that shows the page for trouble with the second factor, and returns its reference. */
    async stand(
      username: string,
      { isOver = false, request = { returnTo: '/' } as JourneyRequest } = {},
    ): Promise<string> {
      const user =
        (await users.findByName(db, username)) ??
        (await users.create(db, { username, displayName: `${username} M`, email: null }))
      logins += 1
      const idHash = `hash ${logins}`
      const journey: StoredJourney = {
        idHash,
        kind: 'login',
        version: 2,
        step: 'second-factor/trouble',
        browserHash: 'browser',
        expiresAt: clock.now() + minutes(20),
        state: { request, data: {}, path: [], userId: user.id },
        finishedAt: isOver ? clock.now() : null,
        sessionId: null,
      }
      await store.insert(db, journey, clock.now())
      const reference = references.draw()
      const browser = { name: 'Firefox', system: 'Windows' }
      const about = { app: 'Webmail', browser, place: 'Munich', address: '192.0.2.7' }
      const login = { reference, userId: user.id, journeyHash: idHash, about }
      await references.add(db, { ...login, about: { ...about, factor: 'push' } })
      return formatReference(reference)
    },
    async listEvents() {
      const events = await readAudit(db, { limit: 200 })
      return events
        .map(({ type, data }) => ({ type, ...data }))
        .filter(({ type }) => type.startsWith('desk_pass') || type.startsWith('caller'))
    },
  }
}

const reason = ['--reason', 'phone stolen']

test('the expiry time of a pass is also shown in the time zone of the operator', () => {
  const at = Date.parse('2026-11-28T04:25:00Z')
  assert.equal(formatHere(at, 'UTC'), '2026-11-28 04:25 UTC')
  assert.equal(
    formatHere(at, 'Europe/Berlin'),
    '2026-11-28 04:25 UTC (28 Nov 2026, 05:25 in Europe/Berlin)',
  )
})

test('the description of a login without a usable second factor says that it needs a pass', () => {
  const about = { address: '192.0.2.7' }
  const shown = {
    ...{ reference: 'K7QM3XPA', username: 'erika', displayName: 'Erika', about, reason: null },
    ...{ createdAt: 0, state: 'open' },
  } as unknown as Parameters<typeof describeLogin>[0]
  const text = describeLogin(shown)
  assert.match(text, /Missing: +no second factor that can be used: .* a pass/)
  assert.match(text, /Says: +nothing, as its page does not ask/)
})

test('pass issue --login shows the user, browser and place of the login, and the audit event names the login', async (t) => {
  const desk = await openDesk(t)
  const login = await desk.stand('erika')
  const typed = login.toLowerCase().replace('-', ' ')
  const issued = await desk.einlass([
    'pass',
    'issue',
    'erika',
    ...reason,
    '--login',
    typed,
    '--yes',
  ])
  assert.equal(issued.code, 0, issued.stderr)
  assert.match(issued.stderr, new RegExp(`Login: +${login}`))
  assert.match(issued.stderr, /User: +erika \(erika M\)/)
  assert.match(issued.stderr, /Browser: +Firefox on Windows/)
  assert.match(issued.stderr, /Address: +192\.0\.2\.7 \(Munich\)/)
  assert.match(issued.stderr, /does not prove who is calling/)
  assert.match(issued.stdout, /^Pass for erika: /)
  assert.partialDeepStrictEqual(await desk.listEvents(), [{ type: 'desk_pass_issued', login }])
})

test('before a pass is issued, the operator reads that it only enrols if the app requires a higher level', async (t) => {
  const desk = await openDesk(t)
  const app = ['app', 'add', 'vault', '--redirect-uri', 'https://vault.example/callback']
  const rule = ['--second-factor', 'required', '--level', 'phishing_resistant']
  const added = await desk.einlass([...app, ...rule])
  assert.equal(added.code, 0, added.stderr)
  const request = { returnTo: '/', appId: 'vault' }
  const login = await desk.stand('erika', { request })
  const asked = await desk.einlass(['pass', 'issue', 'erika', ...reason, '--login', login])
  assert.match(asked.stderr, /vault requires the level phishing-resistant.*worth only possession/)
  assert.match(asked.stderr, /enrols a new phone or key with it/)
  const order = { lifetime: minutes(60), reason: 'phone stolen', login }
  const { id } = await desk.passes.request(alice, 'erika', order)
  const approval = await desk.einlass(['pass', 'approve', id])
  assert.match(approval.stderr, /vault requires the level phishing-resistant/)
})

test('without a terminal no pass for a login is issued unless --yes is given', async (t) => {
  const desk = await openDesk(t)
  const login = await desk.stand('erika')
  const unasked = await desk.einlass(['pass', 'issue', 'erika', ...reason, '--login', login])
  assert.equal(unasked.code, 64)
  assert.match(unasked.stderr, /Firefox on Windows/)
  assert.match(unasked.stderr, /To go ahead without a question, add --yes/)
  assert.deepEqual(await desk.listEvents(), [])
})

test('a login of another user, an ended login and an unknown login are refused with an explanation', async (t) => {
  const desk = await openDesk(t)
  const other = await desk.stand('max')
  const over = await desk.stand('erika', { isOver: true })
  for (const command of [
    ['pass', 'issue', 'erika', ...reason, '--yes'],
    ['pass', 'request', 'erika', ...reason, '--yes'],
    ['verify-caller', 'erika'],
  ]) {
    const foreign = await desk.einlass([...command, '--login', other])
    assert.equal(foreign.code, 1)
    assert.match(foreign.stderr, new RegExp(`The login ${other} is one of max, not of erika\\.`))
    const ended = await desk.einlass([...command, '--login', over])
    assert.equal(ended.code, 1)
    assert.match(ended.stderr, new RegExp(`The login ${over} is over: .* begin again`))
    const unknown = await desk.einlass([...command, '--login', 'K7QM-3XPA'])
    assert.equal(unknown.code, 1)
    assert.match(unknown.stderr, /There is no login "K7QM-3XPA"/)
  }
  assert.deepEqual(await desk.listEvents(), [])
})

test('the approver of a pass request sees who requests it, for whom, why and for which login, and both audit events name the login', async (t) => {
  const desk = await openDesk(t)
  const login = await desk.stand('erika')
  const order = { lifetime: minutes(60), reason: 'phone stolen', login }
  const { id } = await desk.passes.request(alice, 'erika', order)
  const request = await desk.passes.findRequest(bob, id)
  assert.equal(request.login?.about.browser?.name, 'Firefox')
  assert.equal(request.login?.state, 'under_way')
  const asked = await desk.einlass(['pass', 'approve', id])
  assert.equal(asked.code, 64)
  assert.match(asked.stderr, new RegExp(`Login: +${login}`))
  assert.match(asked.stderr, /^cli:alice requests a pass for erika \(erika M\): phone stolen/m)
  await desk.passes.approve(bob, id)
  assert.partialDeepStrictEqual(await desk.listEvents(), [
    { type: 'desk_pass_requested', login },
    { type: 'desk_pass_issued', login },
  ])
})

const alice = { type: 'administrator', name: 'cli:alice', person: 'alice' } as const
const bob = { type: 'administrator', name: 'cli:bob', person: 'bob' } as const
