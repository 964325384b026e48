import assert from 'node:assert/strict'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { test } from 'node:test'
import { z } from 'zod'
import { createScene, createTestClock } from '../../dev/test-support/scene.ts'
import { type Participant, saveParticipant } from '../../identity/sessions/participants.ts'
import { sessionsTopic } from '../../identity/sessions/sessions.ts'
import { hours } from '../../platform/kernel/clock.ts'
import { createEvents } from '../../platform/kernel/events.ts'
import type { Id } from '../../platform/kernel/ids.ts'
import { silentLog } from '../../platform/kernel/log.ts'
import { systemRandom } from '../../platform/kernel/random.ts'
import { openDatabase } from '../../platform/storage/open.ts'
import { transact } from '../../platform/storage/transact.ts'
import { protocols } from './index.ts'
import { defineProtocol, type ProtocolHost, type RunningProtocol } from './protocol.ts'
import { runProtocols } from './running.ts'

const host = {
  base: { log: silentLog, clock: { now: () => 5 }, random: systemRandom },
} as unknown as ProtocolHost

function toy(name: string, prefixes: readonly string[], ended: RunningProtocol['sessionsEnded']) {
  return defineProtocol({
    name,
    prefixes: prefixes.map((path) => ({ path, about: 'a toy' })),
    settings: z.strictObject({}),
    fields: {},
    words: { heading: name, adds: `an app of ${name}`, id: 'id' },
    addresses: {},
    events: {},
    refusals: {},
    hasSecret: () => false,
    describeLogout: () => 'never',
    forgetApp: async () => {},
    create: () => ({
      handle: async (_request, response) => void response.end(name),
      sessionsEnded: ended,
      findLogoutChannel: async () => ({ type: 'none' }),
      purge: async () => {},
      close: async () => {},
    }),
  })
}

const quiet = async () => {}

const participantOf = (sessionId: string): Participant => ({
  sessionId: sessionId as Id<'session'>,
  userId: 'usr_1' as Id<'user'>,
  ...{ appId: 'a', protocol: 'a', data: {} },
})

test('no two protocols claim the same path', () => {
  const run = (...prefixes: string[][]) =>
    runProtocols(
      prefixes.map((some, index) => toy(`toy${index}`, some, quiet)),
      host,
      createEvents(),
    )
  assert.throws(() => run(['/a/'], ['/b/', '/a/']), /two protocols claim \/a\//)
  assert.throws(() => run(['/a/'], ['/a/deep/']), /two protocols claim \/a\/deep\//)
  assert.throws(() => run(['/a']), /must begin and end with a slash/)
  assert.throws(() => run(['/']), /must begin and end with a slash/)
  assert.doesNotThrow(() => run(['/a/'], ['/ab/']))
})

test('the protocols of the list have different names and paths', () => {
  assert.equal(new Set(protocols.map(({ name }) => name)).size, protocols.length)
  assert.doesNotThrow(() =>
    runProtocols(
      protocols.map(({ name, prefixes }) =>
        toy(
          name,
          prefixes.map(({ path }) => path),
          quiet,
        ),
      ),
      host,
      createEvents(),
    ),
  )
})

test('a protocol that fails at the end of a session does not stop the others', async (t) => {
  const database = await openDatabase({
    storage: { type: 'sqlite', file: ':memory:' },
    log: silentLog,
  })
  t.after(() => database.close())
  const { db } = database
  await saveParticipant(db, participantOf('ses_gone'), { now: 1, expiresAt: 9 })
  const heard: (readonly string[])[] = []
  const errors: string[] = []
  const log = { ...silentLog, error: (_: object, text: string) => void errors.push(text) }
  const base = { db, log, clock: { now: () => 5 }, random: systemRandom }
  const running = runProtocols(
    [
      toy('a', ['/a/'], async () => Promise.reject(new Error('broken'))),
      toy('b', ['/b/'], async (ids) => void heard.push(ids)),
    ],
    { base } as unknown as ProtocolHost,
    createEvents(),
  )
  await running.purge()
  assert.deepEqual(heard, [['ses_gone']])
  assert.deepEqual(errors, ['an end was not told'])
  await running.close()
})

test('a protocol whose old rows cannot be removed does not stop the other removals', async (t) => {
  const database = await openDatabase({
    storage: { type: 'sqlite', file: ':memory:' },
    log: silentLog,
  })
  t.after(() => database.close())
  const { db } = database
  const now = hours(24 * 40)
  await saveParticipant(db, participantOf('ses_old'), { now: 1, expiresAt: 9 })
  const base = { db, log: silentLog, clock: { now: () => now }, random: systemRandom }
  const broken = toy('a', ['/a/'], quiet)
  const purge = async () => Promise.reject(new Error('too slow'))
  const running = runProtocols(
    [{ ...broken, create: (host: ProtocolHost) => ({ ...broken.create(host), purge }) }],
    { base } as unknown as ProtocolHost,
    createEvents(),
  )
  await assert.rejects(running.purge(), /^Error: too slow$/)
  assert.deepEqual(await db.selectFrom('participants').selectAll().execute(), [])
  await running.close()
})

test('a protocol learns of a session that another process ended, and not of an active session', async (t) => {
  const database = await openDatabase({
    storage: { type: 'sqlite', file: ':memory:' },
    log: silentLog,
  })
  t.after(() => database.close())
  const { db } = database
  const { clock, sessions, addUser, signIn } = createScene(db, createTestClock())
  const userId = await addUser()
  const [ended, lives] = [await signIn(userId), await signIn(userId)]
  for (const { id: sessionId } of [ended, lives])
    await saveParticipant(db, participantOf(sessionId), {
      now: clock.now(),
      expiresAt: clock.now() + 1,
    })
  await sessions.end(db, ended.id, 'logout')
  const heard: (readonly string[])[] = []
  const base = { db, clock, log: silentLog, random: systemRandom }
  const running = runProtocols(
    [toy('a', ['/a/'], async (ids) => void heard.push(ids))],
    { base } as unknown as ProtocolHost,
    createEvents(),
  )
  await running.purge()
  assert.deepEqual(heard, [[ended.id]])
  await running.close()
})

test('a protocol learns within a minute of a session that a command ended, without a wake-up', async (t) => {
  t.mock.timers.enable({ apis: ['setInterval'] })
  const database = await openDatabase({
    storage: { type: 'sqlite', file: ':memory:' },
    log: silentLog,
  })
  t.after(() => database.close())
  const { db } = database
  await saveParticipant(db, participantOf('ses_gone'), { now: 1, expiresAt: 9 })
  const base = { db, log: silentLog, clock: { now: () => 5 }, random: systemRandom }
  let hear: (ids: readonly string[]) => void = () => {}
  const heard = new Promise<readonly string[]>((resolve) => {
    hear = resolve
  })
  const running = runProtocols(
    [toy('a', ['/a/'], async (ids) => hear(ids))],
    { base } as unknown as ProtocolHost,
    createEvents(),
  )
  running.start()
  t.mock.timers.tick(60_000)
  assert.deepEqual(await heard, ['ses_gone'])
  await running.close()
})

test('an app is notified when the command that removed a user wakes the server', async (t) => {
  const database = await openDatabase({
    storage: { type: 'sqlite', file: ':memory:' },
    log: silentLog,
  })
  t.after(() => database.close())
  const { db } = database
  const base = createScene(db, createTestClock())
  const userId = await base.addUser()
  const { id: sessionId } = await base.signIn(userId)
  const times = { now: base.clock.now(), expiresAt: base.clock.now() + 1 }
  await saveParticipant(db, { ...participantOf(sessionId), userId }, times)
  const notified = Promise.withResolvers<Participant>()
  const plain = toy('a', ['/a/'], quiet)
  const protocol: typeof plain = {
    ...plain,
    create: (parts) => ({
      ...plain.create(parts),
      findLogoutChannel: async (participant) => ({
        type: 'back_channel',
        async notify() {
          notified.resolve(participant)
          return { type: 'sent' }
        },
      }),
    }),
  }
  const running = runProtocols([protocol], { base } as unknown as ProtocolHost, base.events)
  await transact(db, async (tx) => {
    await base.logins.endAll(tx, { userId, reason: 'user_removed', isRemoval: true })
    await base.users.remove(tx, userId)
  })
  base.events.wake(sessionsTopic)
  assert.deepEqual(await notified.promise, { ...participantOf(sessionId), userId })
  await running.close()
})

test('a request is answered by the protocol that is named', async () => {
  const answers: string[] = []
  const response = { end: (text: string) => answers.push(text) } as unknown as ServerResponse
  const running = runProtocols(
    [toy('a', ['/a/'], quiet), toy('b', ['/b/'], quiet)],
    host,
    createEvents(),
  )
  await running.handle('b', {} as IncomingMessage, response)
  assert.deepEqual(answers, ['b'])
  await assert.rejects(running.handle('c', {} as IncomingMessage, response))
})
