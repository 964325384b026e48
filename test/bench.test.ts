import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { Agent } from 'node:http'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { type TestContext, test } from 'node:test'
import pg from 'pg'
import { askFor } from '../bench/asking.ts'
import { ask, type PreparedWaiters } from '../bench/control.ts'
import { floor } from '../bench/floor/target.ts'
import { locateCookie } from '../bench/forward-auth/app.ts'
import { driveLogins, logIn, nameUser, userCount, userPassword } from '../bench/logins.ts'
import { askedHeaders } from '../bench/measure/forward-auth.ts'
import {
  readDocuments,
  startProduct as startSamlProduct,
  startSigner,
} from '../bench/measure/saml.ts'
import { createScimClient } from '../bench/measure/scim.ts'
import { measureSender } from '../bench/measure/senders.ts'
import { askStatus } from '../bench/measure/wait-page.ts'

import { createUser, drive, works } from '../bench/oidc/client.ts'
import { startLibrary, startFloor as startOidcFloor, startProduct } from '../bench/oidc/targets.ts'
import { spawnPinned, startScript, stop } from '../bench/process.ts'

import { product } from '../bench/product/target.ts'
import { createQuestion, readCookie as readSamlCookie } from '../bench/saml/apps.ts'
import { makeScimBase } from '../bench/scim/base.ts'
import { providers } from '../bench/senders/providers.ts'
import { makeBase, nameOf } from '../bench/timing/base.ts'
import { measurePairs } from '../bench/timing/pairs.ts'
import { cleanUsers } from '../bench/users/clean.ts'
import { fill } from '../bench/users/fill.ts'
import { makePerson, namePerson } from '../bench/users/population.ts'
import { openWaiters } from '../bench/waiters.ts'
import { createUsers } from '../src/identity/users/users.ts'
import { systemClock as clock } from '../src/platform/kernel/clock.ts'
import { silentLog } from '../src/platform/kernel/log.ts'
import { systemRandom as random } from '../src/platform/kernel/random.ts'
import { openDatabase, type StorageConfig } from '../src/platform/storage/open.ts'

const startFloor = async (t: TestContext, hash: boolean) => {
  const running = await floor.start({ hash, cores: '0' })
  t.after(() => running.close())
  return running
}

test('the driver counts only logins that gave a session', async (t) => {
  const running = await startFloor(t, true)
  const agent = new Agent({ keepAlive: true })
  t.after(() => agent.destroy())
  assert.equal(await logIn(agent, running.url, nameUser(0)), true)
  assert.equal(await logIn(agent, running.url, nameUser(userCount)), false)
  const { good, bad } = await driveLogins({ url: running.url, concurrency: 2, seconds: 0.2 })
  assert.ok(good > 0)
  assert.equal(bad, 0)
})

test('every waiting browser is woken, one after the other and all at once', async (t) => {
  const running = await startFloor(t, false)
  for (const path of ['/wake?count=50&perSecond=5000', '/wake-all?count=50']) {
    const prepared = await ask<PreparedWaiters>(running.control, '/waiters?count=50')
    const waiters = await openWaiters(running.url, prepared)
    const woken = await ask<number[]>(running.control, path)
    assert.equal(woken.length, 50)
    const heard = await waiters.heard(5_000)
    assert.ok(heard.every((at) => at !== undefined))
    await waiters.close()
  }
})

test('a browser that was not woken is reported as lost', async (t) => {
  const running = await startFloor(t, false)
  const waiters = await openWaiters(
    running.url,
    await ask<PreparedWaiters>(running.control, '/waiters?count=3'),
  )
  t.after(() => waiters.close())
  await ask(running.control, '/wake?count=2&perSecond=1000')
  const heard = await waiters.heard(100)
  assert.deepEqual(
    heard.map((at) => at !== undefined),
    [true, true, false],
  )
})

test('after a cold start a user of the first start can log in', async (t) => {
  const { args, env, url, cleanUp } = await floor.prepareColdStart()
  t.after(cleanUp)
  const { child } = spawnPinned('0', args, env)
  t.after(() => stop(child))
  await once(child.stdout, 'data')
  const agent = new Agent()
  t.after(() => agent.destroy())
  assert.equal(await logIn(agent, url, nameUser(1)), true)
})

for (const target of [product, floor]) {
  test(`a waiting page of the ${target.name} answers a request for its status`, async (t) => {
    const running = await target.start({ hash: false, cores: '0', waiters: 2 })
    t.after(() => running.close())
    const prepared = await ask<PreparedWaiters>(running.control, '/waiters?count=2')
    const waiters = await openWaiters(running.url, prepared)
    t.after(() => waiters.close())
    assert.ok(waiters.bytes() > 0)
    const agent = new Agent({ keepAlive: true })
    t.after(() => agent.destroy())
    for (const waiter of prepared.waiters) {
      assert.ok((await askStatus(agent, running.url, waiter)) > 20)
    }
  })
}

test('granted proxy requests are counted, and a refused one ends the measurement', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'einlass-bench-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  for (const side of ['product', 'hello']) {
    const script = resolve(import.meta.dirname, `../bench/forward-auth/${side}.ts`)
    const running = await startScript({ script, settings: { folder }, cores: '0' })
    t.after(() => running.close())
    const cookie = await readFile(locateCookie(folder), 'utf8')
    const headers = { ...askedHeaders, cookie }
    const url = () => `${running.url}/forward-auth/caddy`
    assert.ok((await askFor({ url, headers }, 0.1)) > 0)
    if (side === 'hello') continue
    const wrong = { ...headers, cookie: `${cookie}x` }
    await assert.rejects(askFor({ url, headers: wrong }, 0.1), /answered 401/)
  }
})

for (const [name, startProvider] of Object.entries(providers)) {
  test(`messages to ${name} are counted for a sender and for a bare client`, async (t) => {
    const provider = await startProvider()
    t.after(() => provider.close())
    for (const side of ['sender', 'bare'] as const) {
      assert.ok((await measureSender(provider, { side, seconds: 0.2 })) > 0)
    }
  })
}

/** Where generated users are stored: in a file, and in a database of the test server if there is one. */
const placeUsers = async (t: TestContext): Promise<{ folder: string; places: StorageConfig[] }> => {
  const folder = await mkdtemp(join(tmpdir(), 'einlass-bench-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  const file: StorageConfig = { type: 'sqlite', file: join(folder, 'users.db') }
  const server = process.env.EINLASS_TEST_POSTGRES
  if (server === undefined) return { folder, places: [file] }
  const name = `einlass_bench_${process.pid}`
  const administer = async (text: string) => {
    const client = new pg.Client({ connectionString: server })
    await client.connect()
    await client.query(text)
    await client.end()
  }
  await administer(`create database ${name} template template0`)
  t.after(() => administer(`drop database ${name} with (force)`))
  const url = new URL(server)
  url.pathname = `/${name}`
  return { folder, places: [file, { type: 'postgres', url: url.href }] }
}

test('generated users can log in, and the cleanup removes the data of these logins', async (t) => {
  const { folder, places } = await placeUsers(t)
  const count = 30
  for (const storage of places) {
    await fill(storage, count)
    const script = resolve(import.meta.dirname, '../bench/product/server.ts')
    const settings = { folder, hash: true, host: '127.0.0.1', config: { storage } }
    const running = await startScript({ script, settings, cores: '0' })
    let turn = 0
    const next = () => namePerson(turn++ % count)
    const { good, bad } = await driveLogins({ ...running, concurrency: 2, seconds: 0.5, next })
    await running.close()
    assert.ok(good > 0)
    assert.equal(bad, 0)
    await cleanUsers(storage, count)
    const { db, close } = await openDatabase({ storage, log: silentLog })
    t.after(close)
    const events = await db.selectFrom('audit_events').select('type').execute()
    assert.deepEqual(new Set(events.map(({ type }) => type)), new Set(['user_created']))
    assert.equal(events.length, count)
    assert.deepEqual(await db.selectFrom('sessions').select('id').execute(), [])
    const search = { search: makePerson(7).attributes[2]?.[1] ?? '' }
    const found = await createUsers({ clock, random }).list(db, search)
    assert.ok(found.some(({ username }) => username === namePerson(7)))
    const second = await db.selectFrom('totp_authenticators').select('user_id').execute()
    const phones = await db.selectFrom('push_devices').select('user_id').execute()
    assert.equal(second.length + phones.length, count)
  }
})

test('a mistake that the push service reports ends the measurement', async (t) => {
  const provider = await providers.fcm()
  t.after(() => provider.close())
  const unhappy = { ...provider, mistakes: () => ['a message of another form'] }
  const measuring = measureSender(unhappy, { side: 'bare', seconds: 0.1 })
  await assert.rejects(measuring, /another form/)
})

test('the product, the bare library and the floor can do each OpenID Connect task of the benchmark', async (t) => {
  for (const start of [startProduct, startLibrary, startOidcFloor]) {
    const { client, endpoints, close } = await start()
    t.after(close)
    const user = createUser({ client, endpoints, index: 0 })
    t.after(() => user.close())
    await user.logIn()
    for (const work of Object.values(works)) assert.ok((await drive([user], work, 0.05)) > 0)
  }
})

test('a SCIM client adds and removes members of both groups, and a refusal ends the measurement', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'einlass-bench-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  const storage = { type: 'sqlite', file: join(folder, 'einlass.db') } as const
  const base = await makeScimBase(storage, 100)
  const script = resolve(import.meta.dirname, '../bench/product/server.ts')
  const settings = { folder, hash: true, host: '127.0.0.1', config: { storage } }
  const running = await startScript({ script, settings, cores: '0' })
  t.after(() => running.close())
  const client = createScimClient(running.url, base)
  t.after(client.close)
  for (const size of ['few', 'many'] as const) {
    assert.ok((await client.changeOne(size, 0.05)) > 0)
    assert.ok((await client.timePage(size, 0.05)).every(Number.isFinite))
  }
  const anonymous = createScimClient(running.url, { ...base, tokens: ['x'] })
  t.after(anonymous.close)
  await assert.rejects(anonymous.changeOne('few', 0.05), /answered 401/)
})

test('SAML and WS-Federation answers are counted for the product and for the bare signing library', async (t) => {
  const product = await startSamlProduct()
  t.after(product.close)
  const cookie = await readSamlCookie(product.folder)
  const documents = await readDocuments(product)
  const signer = await startSigner(documents)
  t.after(signer.close)
  for (const kind of ['saml', 'wsfed'] as const) {
    assert.doesNotMatch(documents[kind], /Signature/)
    for (const { url } of [product, signer]) {
      assert.ok((await askFor(createQuestion(kind, url, cookie), 0.1)) > 0)
    }
    const outside = createQuestion(kind, product.url, 'a=b')
    await assert.rejects(askFor(outside, 0.1), /answered 303/)
  }
})

test('pairs of refused logins are timed, and a successful login ends the measurement', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'einlass-bench-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  await makeBase({ folder, count: 20 })
  const script = resolve(import.meta.dirname, '../bench/product/server.ts')
  const config = { trusted_proxies: ['127.0.0.1/32'] }
  const settings = { folder, hash: true, host: '127.0.0.1', config, planted: 1 }
  const running = await startScript({ script, settings, cores: '0' })
  t.after(() => running.close())
  const { url } = running
  const amount = (count: number) => ({ least: count, most: count, seconds: 60 })
  const attempt = (kind: string, password: string) => (turn: number) => ({
    path: '/login',
    fields: { username: nameOf(kind, turn), password },
  })
  const wrong = { first: attempt('known', 'no'), second: attempt('nobod', 'no') }
  const differences = await measurePairs({ url, ...amount(10), ...wrong })
  assert.equal(differences.length, 10)
  assert.ok(differences.every(Number.isFinite))
  const right = { first: attempt('waitin', 'no'), second: attempt('known', userPassword) }
  await assert.rejects(measurePairs({ url, ...amount(1), ...right }), /answered 303/)
})
