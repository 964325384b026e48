import assert from 'node:assert/strict'
import { mkdir, mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { testKeyring as keyring } from '../../dev/test-support/keyring.ts'
import { onEachEngine } from '../../dev/test-support/on-each-engine.ts'
import { hours } from '../../platform/kernel/clock.ts'
import { createKeyring } from '../../platform/kernel/keyring.ts'
import { silentLog } from '../../platform/kernel/log.ts'
import { systemRandom as random } from '../../platform/kernel/random.ts'
import type { Database } from '../../platform/storage/database.ts'
import { transact } from '../../platform/storage/transact.ts'
import { appendEvent } from './chain.ts'
import { createHeadExport, type HeadReceiver } from './export-heads.ts'
import { readHeads, signHead } from './heads.ts'
import { deriveEventKey } from './keys.ts'
import { verifyAudit } from './verify.ts'

const at = 1_800_000_000_000
const key = deriveEventKey(keyring)

async function append(db: Database, count: number, type = 'tested') {
  for (let n = 0; n < count; n += 1) await appendEvent(db, { key, at, type, data: { n } })
}

/** Without its newest events, and with a head that fits. */
async function cutTail(db: Database, seq: number) {
  await db.deleteFrom('audit_events').where('seq', '>', seq).execute()
  const rows = db.selectFrom('audit_events').select('hash').where('seq', '=', seq)
  const hash = (await rows.executeTakeFirst())?.hash ?? ''
  await db.updateTable('audit_head').set({ seq, hash }).execute()
}

async function openExport(t: TestContext, db: Database, receivers: readonly HeadReceiver[] = []) {
  const folder = await mkdtemp(join(tmpdir(), 'einlass-heads-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  const file = join(folder, 'heads.jsonl')
  const said: string[] = []
  const say = (_: object, text: string) => void said.push(text)
  const log = { ...silentLog, error: say, warn: say }
  const open = (every = 1000) =>
    createHeadExport({ db, clock: { now: () => at }, keyring, log, file, receivers, every })
  const read = async () => readHeads(await readFile(file, 'utf8'), keyring)
  return { file, said, open, read }
}

onEachEngine((engine) => {
  test(`A50: an exported head shows that the log has lost its newest events, or all events (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const { open, read } = await openExport(t, db)
    await append(db, 10)
    await open().run()
    const heads = await read()
    assert.deepEqual(await verifyAudit(db, keyring, heads), { type: 'intact', events: 10 })
    await cutTail(db, 7)
    assert.deepEqual(await verifyAudit(db, keyring), { type: 'intact', events: 7 })
    const missing = { type: 'broken', seq: 8, reason: 'missing' }
    assert.deepEqual(await verifyAudit(db, keyring, heads), missing)
    await cutTail(db, 0)
    const all = { type: 'broken', seq: 1, reason: 'missing' }
    assert.deepEqual(await verifyAudit(db, keyring, heads), all)
  })

  test(`A50: an exported head shows that the log was rewritten with the key (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const { open, read, said } = await openExport(t, db)
    await append(db, 10)
    await open().run()
    await cutTail(db, 4)
    await append(db, 9, 'forged')
    assert.deepEqual(await verifyAudit(db, keyring), { type: 'intact', events: 13 })
    const state = { type: 'broken', seq: 10, reason: 'not_as_exported' }
    assert.deepEqual(await verifyAudit(db, keyring, await read()), state)
    // The next process of the node says so by itself.
    await open().run()
    assert.match(`${said}`, /does not have an event that it had/)
  })

  test(`heads are exported after new events, and when the node stops (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const bodies: string[] = []
    const receiver: HeadReceiver = {
      name: 'webhook',
      deliver: async ({ body }) => void bodies.push(body),
    }
    const { open, read, said, file } = await openExport(t, db, [receiver])
    const node = open()
    await node.run()
    await append(db, 2)
    await node.run()
    await node.run()
    await append(db, 1)
    await node.stop()
    assert.deepEqual(
      (await read()).map(({ seq }) => seq),
      [2, 3],
    )
    assert.equal((await stat(file)).mode & 0o777, 0o600)
    assert.deepEqual(readHeads(`<84>1 x einlass - audit_head - ${bodies[1]}`, keyring).length, 1)
    await open().run()
    assert.equal((await read()).length, 2, 'a new process goes on behind the file')
    assert.deepEqual(said, [])
  })

  test(`a receiver that hangs does not delay the others (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const other = Promise.withResolvers<string | undefined>()
    const receivers: HeadReceiver[] = [
      { name: 'hangs', deliver: () => other.promise },
      { name: 'webhook', deliver: async () => void other.resolve('Timeout') },
    ]
    const { open, said } = await openExport(t, db, receivers)
    await append(db, 1)
    await open().run()
    assert.deepEqual(said, ['a head of the audit log was not taken'])
  })

  test(`after a thousand events a head is exported early (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const { open, read } = await openExport(t, db)
    const node = open(hours(1))
    await append(db, 1)
    await node.run()
    await transact(db, (tx) => append(tx, 998))
    await node.look()
    assert.equal((await read()).at(-1)?.seq, 1)
    await append(db, 1)
    await append(db, 1)
    await node.look()
    assert.equal((await read()).at(-1)?.seq, 1001)
  })

  test(`an unavailable receiver does not stop the export, and a file that cannot be written is an error (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const away: HeadReceiver = { name: 'syslog', deliver: async () => 'ECONNREFUSED' }
    const { open, read, said } = await openExport(t, db, [away])
    await append(db, 1)
    await open().run()
    assert.equal((await read()).length, 1)
    assert.deepEqual(said, ['a head of the audit log was not taken'])
    const log = { ...silentLog, error: (_: object, text: string) => void said.push(text) }
    const options = { db, clock: { now: () => at }, keyring, log, receivers: [], every: 1000 }
    const folder = await mkdtemp(join(tmpdir(), 'einlass-heads-'))
    t.after(() => rm(folder, { recursive: true, force: true }))
    const file = join(folder, 'later', 'heads')
    const node = createHeadExport({ ...options, file })
    await node.run()
    assert.equal(said[1], 'no head of the audit log was exported')
    await mkdir(join(folder, 'later'))
    await node.run()
    assert.equal(readHeads(await readFile(file, 'utf8'), keyring).length, 1)
  })
})

test('a head that was not signed with the key of the log is refused, and the error names its line', () => {
  const head = signHead(keyring, { seq: 3, hash: 'x' }, '2027-01-15T08:00:00.000Z')
  assert.equal(readHeads(JSON.stringify(head), keyring).length, 1)
  for (const change of [{ seq: 4 }, { hash: 'y' }, { at: '2027-01-15T08:00:00.001Z' }]) {
    const text = `\n${JSON.stringify({ ...head, ...change })}\n`
    assert.throws(() => readHeads(text, keyring), /^Fault: Line 2 is not signed/)
  }
  const other = createKeyring({ keys: [{ id: 'b', key: new Uint8Array(32).fill(9) }], random })
  assert.throws(() => readHeads(JSON.stringify(head), other), /Line 1 is not signed/)
  assert.throws(() => readHeads('{"type":"not_me_reported"}\n', keyring), /no head/)
})
