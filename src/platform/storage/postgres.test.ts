import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import type { TestContext } from 'node:test'
import { test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { sql } from 'kysely'
import type { Engine } from '../../dev/test-support/on-each-engine.ts'
import { onEachEngine } from '../../dev/test-support/on-each-engine.ts'
import type { Events } from '../kernel/events.ts'
import { createEvents } from '../kernel/events.ts'
import { silentLog } from '../kernel/log.ts'
import { migrate } from './migrate.ts'
import { openWhenThere } from './open-when-there.ts'
import { openPostgres } from './postgres.ts'

const unavailable = { name: 'Fault', code: 'unavailable' }

/** A promise for the next call of the returned function. */
function nextCall(): { called: Promise<void>; call: () => void } {
  const { promise, resolve } = Promise.withResolvers<void>()
  return { called: promise, call: resolve }
}

async function connectEvents(engine: Engine, t: TestContext) {
  const [here, there] = await engine.openTwice(t)
  const local = createEvents()
  const remote = createEvents()
  return {
    here,
    local,
    remote,
    shared: await here.shareEvents(local),
    remoteShared: await there.shareEvents(remote),
  }
}

/** A server at another address, which can be closed or frozen: a frozen one passes nothing on and ends no connection. */
async function openDoor(t: TestContext, address: string) {
  const { hostname, port } = new URL(address)
  const sockets = new Set<Socket>()
  let frozen = false
  const server = createServer((near) => {
    const far = connect(Number(port), hostname)
    for (const socket of [near, far]) {
      sockets.add(socket)
      socket.on('error', () => {})
      socket.on('close', () => {
        for (const one of [near, far]) {
          one.destroy()
          sockets.delete(one)
        }
      })
    }
    near.pipe(far).pipe(near)
    if (frozen) for (const socket of [near, far]) socket.pause()
  })
  const open = async (at = 0) => {
    server.listen(at, '127.0.0.1')
    await once(server, 'listening')
    return (server.address() as AddressInfo).port
  }
  const here = await open()
  const close = async () => {
    for (const socket of sockets) socket.destroy()
    await new Promise((closed) => server.close(closed))
  }
  t.after(close)
  const url = new URL(address)
  Object.assign(url, { hostname: '127.0.0.1', port: `${here}` })
  return {
    url: url.href,
    close,
    open: () => open(here),
    freeze() {
      frozen = true
      for (const socket of sockets) socket.pause()
    },
    thaw() {
      frozen = false
      for (const socket of sockets) socket.resume()
    },
  }
}

const woken = (events: Events, topic: string): Promise<void> => {
  const { called, call } = nextCall()
  const stop = events.listen(topic, call)
  return called.then(stop)
}

test('a server that cannot be reached is a fault', async (t) => {
  const database = await openPostgres({ url: 'postgres://nobody@127.0.0.1:1/x', log: silentLog })
  t.after(() => database.close())
  await assert.rejects(database.db.selectFrom('users').selectAll().execute(), unavailable)
  const transaction = database.db.transaction().execute(async (tx) => {
    await tx.selectFrom('users').selectAll().execute()
  })
  await assert.rejects(transaction, unavailable)
})

test('a database that was never used can be closed, and closed again', async () => {
  const database = await openPostgres({ url: 'postgres://nobody@127.0.0.1:1/x', log: silentLog })
  await database.close()
  await database.close()
})

onEachEngine((engine) => {
  if (engine.name !== 'postgres') return

  test('a process that is not a node can wake the servers', async (t) => {
    const { here, remote } = await connectEvents(engine, t)
    const both = [woken(remote, 'journey:a'), woken(remote, 'sessions')]
    await here.wakeServers(['journey:a', 'sessions'])
    await Promise.all(both)
    await here.wakeServers([])
  })

  test('a request waits for a connection while the server has none left', async (t) => {
    const { database, storage } = await engine.openPlace(t)
    assert.ok(storage.type === 'postgres')
    const role = `few_${randomUUID().replaceAll('-', '')}`
    await sql`create role ${sql.id(role)} login password 'few' connection limit 1`.execute(
      database.db,
    )
    const url = new URL(storage.url)
    Object.assign(url, { username: role, password: 'few' })
    const few = { url: url.href, connections: 2, log: silentLog }
    const [holder, other] = [await openPostgres(few), await openPostgres(few)]
    try {
      await sql`select 1`.execute(holder.db)
      const waiting = sql`select 1 as one`.execute(other.db)
      await setTimeout(300)
      await holder.close()
      assert.deepEqual((await waiting).rows, [{ one: 1 }])
    } finally {
      await Promise.all([holder.close(), other.close()])
      await sql`drop role ${sql.id(role)}`.execute(database.db)
    }
  })

  test('while the server is silent, every query fails at once, and later queries work again', async (t) => {
    const { storage } = await engine.openPlace(t)
    assert.ok(storage.type === 'postgres')
    const door = await openDoor(t, storage.url)
    const database = await openPostgres({ url: door.url, connections: 2, log: silentLog })
    try {
      const woken: string[] = []
      const local = createEvents()
      local.listen('journey:x', () => woken.push('x'))
      await database.shareEvents(local)
      const ask = () => sql`select 1 as one`.execute(database.db)
      await ask()
      door.freeze()
      const silent = { ...unavailable, details: { engine: 'postgres', code: 'silent' } }
      // More than there are connections.
      const asked = [ask(), ask(), ask(), ask()]
      for (const one of await Promise.allSettled(asked)) {
        assert.ok(one.status === 'rejected')
        assert.equal(one.reason.details.code, 'silent')
      }
      await assert.rejects(ask(), silent)
      door.thaw()
      while (woken.length === 0) await setTimeout(10)
      assert.deepEqual((await ask()).rows, [{ one: 1 }])
    } finally {
      await database.close()
    }
  })

  test('a start waits for a database that becomes available later, but only for a limited time', async (t) => {
    const { storage } = await engine.openPlace(t)
    assert.ok(storage.type === 'postgres')
    const door = await openDoor(t, storage.url)
    await door.close()
    const lines: string[] = []
    const warn = (entry: object, text: string) =>
      void lines.push(`${text} ${JSON.stringify({ ...entry })}`)
    const log = { ...silentLog, warn }
    const options = { storage: { type: 'postgres', url: door.url } as const, log }
    await assert.rejects(openWhenThere(options, 0), unavailable)
    assert.deepEqual(lines, [])
    const opening = openWhenThere(options, 60_000)
    await setTimeout(300)
    await door.open()
    await (await opening).close()
    const { host, pathname } = new URL(door.url)
    const reason = `The database ${host}${pathname} is not available: connect ECONNREFUSED ${host}.`
    assert.deepEqual(lines, [
      `waiting for the database ${JSON.stringify({ reason, wait: 60_000 })}`,
    ])
  })

  test('PostgreSQL ends an idle transaction after 5 seconds, and one that changes the schema after 10', async (t) => {
    const { storage } = await engine.openPlace(t)
    assert.ok(storage.type === 'postgres')
    for (const [isPatient, expected] of [
      [false, '5s'],
      [true, '10s'],
    ] as const) {
      const one = await openPostgres({ url: storage.url, log: silentLog, isPatient })
      const asked = sql<{ limit: string }>`select
        current_setting('idle_in_transaction_session_timeout') as limit`
      const { rows } = await asked.execute(one.db)
      await one.close()
      assert.deepEqual(rows, [{ limit: expected }])
    }
  })

  test('a node is gone when its connection is, and not before', async (t) => {
    const { database: other, storage } = await engine.openPlace(t)
    assert.ok(storage.type === 'postgres')
    const ending = await openPostgres({ url: storage.url, log: silentLog })
    await ending.shareEvents(createEvents())
    const { own } = ending.nodes
    assert.equal(await other.nodes.isGone(own), false)
    assert.equal(await ending.nodes.isGone(own), false)
    await ending.close()
    while (!(await other.nodes.isGone(own))) await setTimeout(10)
    assert.equal(await other.nodes.isGone('a node of long ago'), true)
  })

  test('two servers that start at once create the tables once, in the schema of their search path', async (t) => {
    const { db } = await engine.open(t)
    const { rows } = await sql<{ name: string }>`select current_database() as name`.execute(db)
    const url = new URL(process.env.EINLASS_TEST_POSTGRES ?? '')
    url.pathname = `/${rows[0]?.name}`
    url.searchParams.set('options', '-c search_path=elsewhere')
    await sql`create schema elsewhere`.execute(db)
    try {
      const options = { url: url.href, log: silentLog }
      const both = [await openPostgres(options), await openPostgres(options)]
      await Promise.all(both.map((one) => migrate(one)))
      const head = db.withSchema('elsewhere').selectFrom('audit_head').selectAll()
      assert.deepEqual(await head.execute(), [{ id: 1, seq: 0, hash: '' }])
      await Promise.all(both.map((database) => database.close()))
    } finally {
      await sql`drop schema elsewhere cascade`.execute(db)
    }
  })

  test('a connection that the server ends is a fault, and the next query gets another one', async (t) => {
    const { db } = await engine.open(t)
    await assert.rejects(
      sql`select pg_terminate_backend(pg_backend_pid())`.execute(db),
      unavailable,
    )
    assert.deepEqual(await db.selectFrom('users').selectAll().execute(), [])
  })

  test('a connection that breaks between two queries of a transaction is a fault', async (t) => {
    const [one, other] = await engine.openTwice(t)
    const transaction = one.db.transaction().execute(async (tx) => {
      await tx.insertInto('settings').values({ name: 'a', value: '' }).execute()
      const { rows } = await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(tx)
      await sql`select pg_terminate_backend(${rows[0]?.pid ?? 0}::int, 5000)`.execute(other.db)
      await tx.insertInto('settings').values({ name: 'b', value: '' }).execute()
    })
    await assert.rejects(transaction, unavailable)
    assert.deepEqual(await one.db.selectFrom('settings').selectAll().execute(), [])
  })

  test('a statement that takes too long is a fault', async (t) => {
    const { db } = await engine.open(t)
    const slow = db.transaction().execute(async (tx) => {
      await sql`set local statement_timeout = 10`.execute(tx)
      await sql`select pg_sleep(60)`.execute(tx)
    })
    await assert.rejects(slow, unavailable)
  })

  test('a wake-up reaches the other node, and this node once', async (t) => {
    const { local, remote, shared } = await connectEvents(engine, t)
    let here = 0
    local.listen('journey:1', () => here++)
    const there = woken(remote, 'journey:1')
    shared.wake('journey:1')
    await there
    const last = woken(remote, 'last')
    shared.wake('last')
    await last
    assert.equal(here, 1)
  })

  test('many wake-ups at once arrive, with any characters in their topics', async (t) => {
    const { remote, shared } = await connectEvents(engine, t)
    const topics = ['a', 'b c', " d'", 'ü "{,}\\', ...Array.from({ length: 50 }, (_, i) => `n${i}`)]
    const all = topics.map((topic) => woken(remote, topic))
    for (const topic of topics) shared.wake(topic)
    await Promise.all(all)
  })

  test('a topic that is too long for a notification wakes every listener', async (t) => {
    const { remote, shared } = await connectEvents(engine, t)
    const someone = woken(remote, 'something else')
    shared.wake('x'.repeat(8_000))
    await someone
  })

  test('after the relay was cut off, every listener is woken and the relay works again', async (t) => {
    const { here, remote, shared, remoteShared } = await connectEvents(engine, t)
    const afterCut = woken(remote, 'anything')
    await sql`
      select pg_terminate_backend(pid) from pg_stat_activity
      where application_name = 'einlass events' and datname = current_database()`.execute(here.db)
    await afterCut
    const there = woken(remote, 'journey:1')
    shared.wake('journey:1')
    await there
    remoteShared.wake('journey:2')
  })
})
