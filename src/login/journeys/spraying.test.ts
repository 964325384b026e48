/** Password spraying and guessing, as the whole login sees it: what is raised, and that the owners get in (A49). */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { config, createTestLogin } from '../../dev/test-support/login.ts'
import { onEachEngine } from '../../dev/test-support/on-each-engine.ts'
import { office } from '../../dev/test-support/scene.ts'
import { openTab } from '../../dev/test-support/tab.ts'
import { configSchema } from '../../platform/config/schema.ts'
import { minutes } from '../../platform/kernel/clock.ts'
import type { Database } from '../../platform/storage/database.ts'

const { events } = configSchema.parse({
  events: { webhook: { url: 'https://desk.example/', secret: 'x'.repeat(32) } },
})
const password = 'Sommer2026!'
const count = 600
const owners = ['user 0', 'user 299', 'user 599']

async function setUp(db: Database) {
  const login = createTestLogin(db, { config: { ...config, events } })
  for (const name of owners) await login.addUser(name)
  await login.addApp('news', { secondFactor: 'none', skips: 0, decline: false })
  const tryFrom = async (address: string, username: string, typed: string) => {
    const tab = openTab(login, { ...office, address }, `browser of ${address}`)
    await tab.begin({ username, password: typed })
  }
  return {
    login,
    tryFrom,
    async tryAs(username: string, typed: string, n: number) {
      const address = `${20 + (n % 200)}.${Math.floor(n / 200)}.2.7`
      await openTab(login, { ...office, address }, `browser ${n}`).begin({
        username,
        password: typed,
      })
    },
    async logIn(username: string, device?: string) {
      const client = device === undefined ? office : { ...office, device }
      const view = await openTab(login, client, `of ${username}`).begin({ username, appId: 'news' })
      return view.type
    },
    listAlerts: async () =>
      (await db.selectFrom('event_queue').select(['type', 'body']).execute()).map(
        ({ type, body }) => ({ type, body: JSON.parse(body ?? '') }),
      ),
    readMetric: async () => {
      const metric = login.metrics.find(({ name }) => name === 'einlass_password_sprayings_total')
      const samples = (await metric?.read()) ?? []
      return Object.fromEntries(samples.map(({ labels, value }) => [labels.pattern, value]))
    },
  }
}

onEachEngine((engine) => {
  test(`A49: one password for 600 names from 600 networks causes one alert, and their owners get in (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const { login, tryAs, logIn, listAlerts, readMetric } = await setUp(db)
    for (let n = 0; n < count; n += 1) await tryAs(`user ${n}`, password, n)
    const facts = { pattern: 'one_password', username: null, network: null, found: 1 }
    const alerts = await listAlerts()
    assert.deepEqual(
      alerts.map(({ type }) => type),
      ['password_spraying'],
    )
    assert.partialDeepStrictEqual(alerts[0]?.body, facts)
    assert.deepEqual(await login.listAudit('password_spraying'), [facts])
    assert.deepEqual(await readMetric(), { one_password: 1, one_network: 0, one_name: 0 })
    for (const name of owners) assert.equal(await logIn(name), 'finished')
    await login.flushTries({ all: true })
    const written = await db.selectFrom('audit_events').selectAll().execute()
    assert.ok(!JSON.stringify([written, alerts]).includes(password))
  })

  test(`A49: one name from 600 networks causes one alert, and its owner gets in from a known browser (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const { login, tryAs, logIn, listAlerts } = await setUp(db)
    for (let n = 0; n < count; n += 1) await tryAs('user 0', `guess ${n}`, n)
    const alerts = await listAlerts()
    const facts = { pattern: 'one_name', username: 'user 0', network: null, found: 1 }
    assert.equal(alerts.length, 1)
    assert.partialDeepStrictEqual(alerts[0]?.body, facts)
    const owner = await login.users.findByName(db, 'user 0')
    assert.ok(owner)
    assert.equal(await logIn('user 0', login.knownBrowsers.remember(undefined, owner)), 'finished')
  })

  test(`A63: stuffing over the /64s of one /48 causes an alert, also after one for another network (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const { login, listAlerts, tryFrom } = await setUp(db)
    for (let n = 0; n < 70; n += 1) {
      login.pass(minutes(0.1))
      await tryFrom('192.0.2.7', `decoy ${n}`, `decoy ${n}`)
    }
    for (let n = 0; n < 330; n += 1)
      await tryFrom(`2001:db8:1:${(n * 256).toString(16)}::1`, `user ${n}`, `stolen ${n}`)
    const alerts = await listAlerts()
    assert.deepEqual(
      alerts.map(({ body }) => [body.pattern, body.network]),
      [
        ['one_network', '192.0.2.7'],
        ['one_network', '2001:db8:1:0::/48'],
      ],
    )
  })

  test(`A63: an attack on a name that nobody has does not hide one on a user (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const { login, listAlerts, tryAs } = await setUp(db)
    for (let n = 0; n < 40; n += 1) await tryAs('odd', `guess ${n}`, n)
    for (let n = 0; n < 40; n += 1) await tryAs('user 0', `guess ${n}`, n)
    const listNames = async () => (await listAlerts()).map(({ body }) => body.username)
    assert.deepEqual(await listNames(), [null, 'user 0'])
    const rows = await db
      .selectFrom('settings')
      .select('name')
      .where('name', 'like', 'spraying%')
      .execute()
    assert.equal(rows.length, 2)
    assert.ok(!JSON.stringify(rows).includes('user 0'))
    login.pass(minutes(61))
    for (let n = 0; n < 40; n += 1) await tryAs('user 0', `guess ${n}`, n)
    assert.deepEqual(await listNames(), [null, 'user 0', 'user 0'])
  })

  test(`A49: 100 wrong passwords for one name without a login between them cause one mail to its owner (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const { login, tryAs, logIn } = await setUp(db)
    const listMails = () => login.noticed.filter(({ kind }) => kind === 'password_guesses').length
    const guess = async (times: number) => {
      for (let n = 0; n < times; n += 1) {
        login.pass(minutes(15))
        await tryAs('user 0', `guess ${n}`, 1)
      }
      await login.flushTries({ all: true })
    }
    await guess(60)
    login.pass(minutes(15))
    assert.equal(await logIn('user 0'), 'finished')
    await guess(99)
    assert.equal(listMails(), 0, 'the login of the owner begins anew')
    await guess(1)
    assert.equal(listMails(), 1)
    const owner = await login.users.findByName(db, 'user 0')
    const noted = [{ userId: owner?.id, guesses: 100 }]
    assert.deepEqual(await login.listAudit('password_guesses_notified'), noted)
    await guess(110)
    assert.equal(listMails(), 1, 'once, until the owner has logged in')
  })

  test(`A51: repeated second-factor failures after a right password cause an alert (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const { login, listAlerts } = await setUp(db)
    const owner = await login.users.findByName(db, 'user 0')
    assert.ok(owner)
    const { lockout } = login.factors
    for (let n = 0; n < 4; n += 1)
      await lockout.judge(owner.id, 'totp', async () => ({ type: 'wrong' }) as const)
    const alerts = await listAlerts()
    assert.equal(alerts.length, 1)
    const facts = { userId: owner.id, username: 'user 0', failures: 3 }
    assert.partialDeepStrictEqual(alerts[0]?.body, facts)
  })
})
