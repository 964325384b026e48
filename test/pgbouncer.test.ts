/** Nodes behind PgBouncer in transaction mode. */
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { sql } from 'kysely'
import { createEvents } from '../src/platform/kernel/events.ts'
import { silentLog as log } from '../src/platform/kernel/log.ts'
import { openTables } from '../src/platform/storage/backup/open-tables.ts'
import { openDatabase } from '../src/platform/storage/open.ts'
import { createEnds, createPostgresDatabase } from './support/installation.ts'
import { startPgBouncer } from './support/pgbouncer.ts'
import { logInToApp, people, startTwoNodes } from './support/two-nodes.ts'

/** How long a login waits for a pooler that is away, in milliseconds. */
const wait = 2_000

/** An empty database, by its address of PostgreSQL and that of PgBouncer. */
async function createPlace(t: TestContext) {
  const directUrl = await createPostgresDatabase(createEnds(t))
  const pooler = await startPgBouncer(t, directUrl)
  return { pooler, storage: { type: 'postgres', url: pooler.url, directUrl } as const }
}

test('users log in on two nodes through PgBouncer, and again at once after its restart', async (t) => {
  let pooler: Awaited<ReturnType<typeof startPgBouncer>> | undefined
  const { installation, processes, secret } = await startTwoNodes(t, 'haproxy', {
    async findStorage(url) {
      pooler = await startPgBouncer(t, url)
      return { url: pooler.url, direct_url: url }
    },
  })
  const failures: string[] = []
  let isOver = false
  let done = 0
  const crowd = Array.from({ length: people }, async (_, n) => {
    while (!isOver) {
      await logInToApp(installation, `user${n}`, secret)
        .then(() => (done += 1))
        .catch((error: unknown) => failures.push(`${error}`))
    }
  })
  const untilDone = async (count: number) => {
    while (done < count) await sleep(20)
  }
  await untilDone(20)
  assert.deepEqual(failures, [])
  const begin = performance.now()
  await pooler?.stop()
  await sleep(300)
  await pooler?.start()
  const rounds = Math.ceil((performance.now() - begin) / wait)
  await untilDone(done + 20)
  const during = failures.length
  const after = done + 20
  await untilDone(after)
  isOver = true
  await Promise.all(crowd)
  t.diagnostic(`note: ${done} logins, ${during} failed in the restart`)
  // What was under way is lost with its connection; nothing else is, and nothing later.
  assert.ok(during <= people * rounds, failures.join('\n'))
  assert.equal(failures.length, during)
  for (const one of processes) assert.equal(await one.stop(), 0)
})

test('wake-ups reach other nodes without PgBouncer, and an ended node is known to be gone', async (t) => {
  const { storage, pooler } = await createPlace(t)
  const [one, two] = [
    await openDatabase({ storage, log }),
    await openDatabase({ storage, log, create: false }),
  ]
  t.after(() => Promise.all([one.close(), two.close()]))
  const remote = createEvents()
  const here = await one.shareEvents(createEvents())
  await two.shareEvents(remote)
  const isWoken = (topic: string) =>
    new Promise<void>((done) => {
      const stop = remote.listen(topic, () => {
        stop()
        done()
      })
    })
  const first = isWoken('journey:a')
  here.wake('journey:a')
  await first
  assert.equal(await two.nodes.isGone(one.nodes.own), false)
  await pooler.stop()
  await pooler.start()
  const second = isWoken('journey:b')
  here.wake('journey:b')
  await second
  await one.close()
  while (!(await two.nodes.isGone(one.nodes.own))) await sleep(20)
})

test('a node logs an error if direct_url leads to PgBouncer, and nothing if it leads to PostgreSQL', async (t) => {
  const { storage, pooler } = await createPlace(t)
  const errors: string[] = []
  const noted = { ...log, error: (_: object, message: string) => void errors.push(message) }
  for (const directUrl of [storage.directUrl, pooler.url]) {
    const { shareEvents, close } = await openDatabase({
      ...{ storage: { ...storage, directUrl }, log: noted },
    })
    await shareEvents(createEvents())
    if (directUrl === pooler.url) while (errors.length === 0) await sleep(20)
    else await sleep(3_000)
    await close()
    assert.equal(errors.length, directUrl === pooler.url ? 1 : 0, errors.join())
  }
  assert.match(errors.join(), /wake-ups do not arrive.*storage\.direct_url/)
})

test('transactions have a time limit, which does not stay on the connection for others', async (t) => {
  const { storage } = await createPlace(t)
  const { db, close } = await openDatabase({ storage, log })
  t.after(close)
  const show = async (queries: typeof db) => {
    const { rows } = await sql<{
      limit: string
    }>`select current_setting('statement_timeout') as limit`.execute(queries)
    return rows[0]?.limit
  }
  const inside = await Promise.all(
    Array.from({ length: 8 }, () => db.transaction().execute((tx) => show(tx))),
  )
  assert.deepEqual(inside, Array(8).fill('10s'))
  assert.equal(await show(db), '0')
})

test('a backup and a schema change connect directly to PostgreSQL', async (t) => {
  const { storage, pooler } = await createPlace(t)
  await pooler.stop()
  const tables = await openTables({ ...storage }, 'read')
  await tables.close()
  await pooler.start()
  const { db, close } = await openDatabase({ storage, log })
  assert.deepEqual(await db.selectFrom('users').selectAll().execute(), [])
  await close()
})

test('a start with the address of PgBouncer in place of PostgreSQL fails and says what to do', async (t) => {
  const { storage } = await createPlace(t)
  await assert.rejects(openDatabase({ storage: { type: 'postgres', url: storage.url }, log }), {
    code: 'unavailable',
    message: /unsupported startup parameter.*storage\.direct_url/,
  })
})
