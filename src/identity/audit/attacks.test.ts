// SECURITY.md A50: the audit log is rewritten by a person with write access to the database.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { testKeyring as keyring } from '../../dev/test-support/keyring.ts'
import { onEachEngine } from '../../dev/test-support/on-each-engine.ts'
import { hmac, sha256 } from '../../platform/kernel/crypto.ts'
import { systemRandom as random } from '../../platform/kernel/random.ts'
import type { AuditEventRow } from '../../platform/storage/audit-tables.ts'
import type { Database } from '../../platform/storage/database.ts'
import { transact } from '../../platform/storage/transact.ts'
import { appendEvent, readAudit, readAuditAbout } from './chain.ts'
import { deriveEventKey } from './keys.ts'
import { verifyAudit } from './verify.ts'

const at = 1_800_000_000_000
const key = deriveEventKey(keyring)
const count = 10_000

async function fill(db: Database, events: number) {
  await transact(db, async (tx) => {
    for (let n = 1; n <= events; n += 1) {
      const data = { userId: `usr_${n % 50}`, address: `192.0.2.${n % 250}`, n }
      await appendEvent(tx, { key, at: at + n * 1000, type: 'login_succeeded', data })
    }
  })
}

function pickSeq(): number {
  const [a = 0, b = 0, c = 0] = random.bytes(3)
  return 1 + ((a * 65_536 + b * 256 + c) % count)
}

/** One character of a text is another one. */
function flip(text: string): string {
  const [byte = 0] = random.bytes(1)
  const place = Math.floor((byte / 256) * text.length)
  const other = text[place] === 'x' ? 'y' : 'x'
  return `${text.slice(0, place)}${other}${text.slice(place + 1)}`
}

const changes: Readonly<Record<keyof AuditEventRow, (row: AuditEventRow) => object>> = {
  seq: ({ seq }) => ({ seq: seq + count }),
  at: (row) => ({ at: row.at + 1 }),
  type: ({ type }) => ({ type: flip(type) }),
  data: ({ data }) => ({ data: flip(data) }),
  previous_hash: (row) => ({ previous_hash: flip(row.previous_hash) }),
  hash: ({ hash }) => ({ hash: flip(hash) }),
  about: ({ about }) => ({ about: flip(about ?? '') }),
}

/** Rewrites everything from the first event on, with the hashes that a person can make who has this key, or none. */
async function rewrite(db: Database, makeHash: (text: string) => string) {
  const end = { seq: 0, hash: '' }
  const rows = (await readAudit(db, { limit: 100 })).map(({ seq, at, type, data: facts }) => {
    const previous_hash = end.hash
    const data = JSON.stringify({ ...facts, address: '198.51.100.1' }, ['address', 'n', 'userId'])
    const text = `${previous_hash}\n{"at":${at},"data":${data},"seq":${seq},"type":${JSON.stringify(type)}}`
    Object.assign(end, { seq, hash: makeHash(text) })
    return { seq, at, type, data, previous_hash, hash: end.hash, about: `${facts.userId}` }
  })
  await db.deleteFrom('audit_events').execute()
  await db.insertInto('audit_events').values(rows).execute()
  await db.updateTable('audit_head').set(end).execute()
}

onEachEngine((engine) => {
  test(`A50: a change of any column of a random event among 10,000 is found (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    await fill(db, count)
    for (const [column, change] of Object.entries(changes)) {
      for (const seq of [pickSeq(), pickSeq()]) {
        const rows = db.selectFrom('audit_events').selectAll().where('seq', '=', seq)
        const row = await rows.executeTakeFirstOrThrow()
        const changed = { ...row, ...change(row) }
        await db.updateTable('audit_events').set(changed).where('seq', '=', seq).execute()
        const found = await verifyAudit(db, keyring)
        assert.equal(found.type, 'broken', `${column} of ${seq}`)
        await db.updateTable('audit_events').set(row).where('seq', '=', changed.seq).execute()
      }
    }
    assert.deepEqual(await verifyAudit(db, keyring), { type: 'intact', events: count })
  })

  test(`A50: an event that was inserted before the first one is found, and is not shown (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    await fill(db, 3)
    const first = db.selectFrom('audit_events').selectAll().where('seq', '=', 1)
    const row = await first.executeTakeFirstOrThrow()
    for (const seq of [0, -5, -1_000_000]) {
      const forged = { ...row, seq, about: 'usr_victim', data: '{"userId":"usr_victim"}' }
      await db.insertInto('audit_events').values(forged).execute()
      assert.deepEqual(await verifyAudit(db, keyring), {
        ...{ type: 'broken', seq, reason: 'before_checkpoint' },
      })
      const wanted = { about: ['usr_victim'], types: [row.type], since: 0, limit: 10 }
      assert.deepEqual(await readAuditAbout(db, wanted), [])
      await db.deleteFrom('audit_events').where('seq', '=', seq).execute()
    }
  })

  test(`A50: a log that was rewritten without the key is found (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    await fill(db, 20)
    await rewrite(db, sha256)
    assert.deepEqual(await verifyAudit(db, keyring), {
      type: 'broken',
      seq: 20,
      reason: 'not_keyed',
    })
    await rewrite(db, (text) => hmac(new Uint8Array(32), text))
    assert.deepEqual(await verifyAudit(db, keyring), { type: 'broken', seq: 1, reason: 'changed' })
  })
})
