import assert from 'node:assert/strict'
import { test } from 'node:test'
import { testKeyring as keyring } from '../../dev/test-support/keyring.ts'
import { createTestLogin } from '../../dev/test-support/login.ts'
import { createNotebook } from '../../dev/test-support/notices.ts'
import { onEachEngine } from '../../dev/test-support/on-each-engine.ts'
import { office } from '../../dev/test-support/scene.ts'
import { connectPhone, findNumber, openTab } from '../../dev/test-support/tab.ts'
import { createAudit } from '../../identity/audit/audit.ts'
import { openAlerts } from '../../identity/notify/alerts/alerts.ts'
import type { JourneyView } from '../../login/engine/view.ts'
import { aboutLogin, browserOfAbout } from '../../login/report/about.ts'
import { createNotMeLinks } from '../../login/report/links.ts'
import { type Consequences, createReportNotMe } from '../../login/report/report.ts'
import { hours, minutes } from '../../platform/kernel/clock.ts'
import { sha256 } from '../../platform/kernel/crypto.ts'
import { systemRandom } from '../../platform/kernel/random.ts'
import type { Database } from '../../platform/storage/database.ts'
import { transact } from '../../platform/storage/transact.ts'

const all: Consequences = {
  end_sessions: true,
  require_new_password: true,
  block_push: minutes(15),
}
const beginning = { username: 'erika', appId: 'vault' }

async function setUp(db: Database, consequences: Consequences = all) {
  const login = createTestLogin(db)
  const { clock, users, logins, notMe } = login
  const erika = await login.addUser('erika')
  await login.addApp('vault', { secondFactor: 'required', skips: 0, decline: false })
  const { notify, noticed, notices } = createNotebook()
  const random = systemRandom
  const report = createReportNotMe({
    users,
    logins,
    clock,
    notify,
    audit: createAudit({ keyring, clock }),
    alerts: openAlerts({
      config: { events: { webhook: { url: 'https://desk.example/', secret: 'not needed here' } } },
      publicUrl: 'https://login.example',
      clock,
      random,
    }),
    factors: { ...notMe.undo, findAttempt: notMe.findAttempt },
    consequences,
  })

  /** A browser tab at the login of an app. */
  function open() {
    const tab = openTab(login)
    return { ...tab, begin: () => tab.begin(beginning) }
  }

  return {
    ...login,
    erika,
    open,
    noticed,
    notices,
    async report(challengeId?: string) {
      return await transact(db, (tx) =>
        report(tx, {
          userId: erika.id,
          source: 'mail',
          ...(challengeId !== undefined && { challengeId }),
        }),
      )
    },
    /** A whole login with a phone that is new; gives the phone. */
    async enrol() {
      const phone = login.createPhone('pixel')
      const done = await connectPhone(login, phone, beginning)
      assert.equal(done.type, 'finished')
      return phone
    },
    async auditOf(type: string) {
      const rows = await db
        .selectFrom('audit_events')
        .select('data')
        .where('type', '=', type)
        .execute()
      return rows.map(({ data }) => JSON.parse(data) as Record<string, unknown>)
    },
    alerts: async () =>
      (await db.selectFrom('event_queue').select('body').execute()).map(
        ({ body }) => JSON.parse(`${body}`) as Record<string, unknown>,
      ),
  }
}

const textsOf = (view: JourneyView) =>
  view.type === 'page'
    ? view.form.prompts.flatMap((one) => (one.type === 'notice' ? [one.text.key] : []))
    : [view.type]

test('the description of a login has only the facts that the configuration allows', () => {
  const described = aboutLogin({ browser: true, place: true, address: true }, 'Webmail', office)
  assert.deepEqual(described, {
    app: 'Webmail',
    browser: office.browser,
    place: 'Zentrale',
    address: '192.0.2.7',
  })
  assert.deepEqual(browserOfAbout(described), {
    key: 'browser.on',
    values: { browser: 'Firefox', system: 'Windows' },
  })
  const hidden = aboutLogin({ browser: false, place: false, address: false }, 'Webmail', office)
  assert.deepEqual(hidden, { app: 'Webmail' })
  assert.equal(browserOfAbout(hidden), undefined)
})

onEachEngine((engine) => {
  const say = (sentence: string) => `${sentence} (${engine.name})`

  test(
    say(
      'a report ends the attempt and the sessions, requires a new password, and notifies user and service desk',
    ),
    async (t) => {
      const { db } = await engine.open(t)
      const scene = await setUp(db)
      const phone = await scene.enrol()
      const [session] = await scene.sessions.listOf(scene.erika.id)
      scene.pass(1000)
      const thief = scene.open()
      await thief.begin()
      await scene.settle()
      await phone.answer(0, 'deny')
      const announced: string[] = []
      scene.sessions.onEnd(async (ids) => void announced.push(...ids))
      let woken = 0
      scene.events.listen(`journey:${thief.hash()}`, () => {
        woken += 1
      })
      const reported = await scene.report(phone.messageId(0))
      const until = scene.clock.now() + minutes(15)
      assert.deepEqual(
        [reported.sessionsEnded, reported.passwordChangeRequired, reported.pushBlockedUntil],
        [1, true, until],
      )
      assert.deepEqual([announced, woken], [[session?.id], 1])
      assert.equal((await thief.look()).type, 'over')
      const user = await scene.users.find(db, scene.erika.id)
      assert.deepEqual([user?.passwordChangeRequired, user?.pushBlockedUntil], [true, until])
      assert.deepEqual(await scene.listAudit('not_me_reported'), [
        {
          userId: scene.erika.id,
          source: 'mail',
          passwordChangeRequired: true,
          pushBlockedUntil: until,
        },
      ])
      const ended = await scene.listAudit('session_ended')
      assert.deepEqual(
        ended.map(({ reason }) => reason),
        ['not_me'],
      )
      const [notice] = scene.noticed
      assert.deepEqual(
        [notice?.facts.app, notice?.facts.place, notice?.facts.address],
        ['vault', 'Zentrale', '192.0.2.7'],
      )
      assert.equal(notice?.facts.messagesAgainAt, until, 'the mail says from when')
      const [alert] = await scene.alerts()
      assert.deepEqual(
        [alert?.type, alert?.username, alert?.sessionsEnded, alert?.source],
        ['not_me_reported', 'erika', 1, 'mail'],
      )
      assert.deepEqual(alert?.login, {
        at: new Date(scene.clock.now()).toISOString(),
        app: 'vault',
        browser: 'Firefox on Windows',
        place: 'Zentrale',
        address: '192.0.2.7',
      })
    },
  )

  test(
    say('A1: after a report the phone gets no request for 15 minutes, on either node'),
    async (t) => {
      const [one, two] = await engine.openTwice(t)
      const scene = await setUp(one.db)
      const phone = await scene.enrol()
      await scene.report()
      const until = scene.clock.now() + minutes(15)
      const before = phone.count()
      const page = await scene.open().begin()
      assert.deepEqual(textsOf(page), ['approval.blocked.text'])
      assert.deepEqual(
        page.type === 'page' &&
          page.form.prompts[0]?.type === 'notice' &&
          page.form.prompts[0].text,
        { key: 'approval.blocked.text', values: { at: until } },
      )
      const other = createTestLogin(two.db)
      assert.equal(
        await other.factors.push.challenges.findBlockedUntil(two.db, scene.erika.id),
        until,
      )
      await scene.settle()
      assert.equal(phone.count(), before)
      scene.pass(minutes(15))
      const tab = scene.open()
      assert.ok(findNumber(await tab.begin()))
      await scene.settle()
      assert.equal(phone.count(), before + 1)
    },
  )

  test(say('an earlier push block does not shorten a later one'), async (t) => {
    const { db } = await engine.open(t)
    const scene = await setUp(db)
    await scene.users.blockPush(db, scene.erika.id, 2000)
    await scene.users.blockPush(db, scene.erika.id, 1000)
    assert.equal((await scene.users.find(db, scene.erika.id))?.pushBlockedUntil, 2000)
  })

  test(say('each consequence can be turned off; pending logins always end'), async (t) => {
    const { db } = await engine.open(t)
    const none = { end_sessions: false, require_new_password: false, block_push: 0 }
    const scene = await setUp(db, none)
    await scene.enrol()
    const tab = scene.open()
    await tab.begin()
    await scene.settle()
    await scene.report()
    assert.equal((await tab.look()).type, 'over')
    assert.equal((await scene.sessions.listOf(scene.erika.id)).length, 1)
    const user = await scene.users.find(db, scene.erika.id)
    assert.deepEqual([user?.passwordChangeRequired, user?.pushBlockedUntil], [false, null])
  })

  test(say('if the password must be changed elsewhere, the mail says so'), async (t) => {
    const { db } = await engine.open(t)
    const scene = await setUp(db, {
      ...all,
      require_new_password: false,
      advise_new_password: true,
    })
    assert.equal((await scene.report()).isNewPasswordAdvised, true)
    const [notice] = scene.notices
    assert.equal(notice?.next?.text, 'mail.not_me.advice.elsewhere')
    assert.equal((await scene.users.find(db, scene.erika.id))?.passwordChangeRequired, false)
    const [alert = {}] = await scene.alerts()
    assert.ok('passwordChangeRequired' in alert && !('isNewPasswordAdvised' in alert))
  })

  test(
    say('a report about a request of an app requires no new password, and the mail says so'),
    async (t) => {
      const { db } = await engine.open(t)
      const scene = await setUp(db)
      await scene.enrol()
      const app = await scene.apps.find(db, 'vault')
      assert.ok(app)
      const policy = { ...app.policy, secondFactor: 'none' } as const
      const asked = { app: { ...app, policy }, userId: scene.erika.id, id: 'a', message: undefined }
      scene.pass(minutes(1))
      const expiresAt = scene.clock.now() + minutes(1)
      const code = scene.backchannel.drawCode()
      assert.equal(await scene.backchannel.ask({ ...asked, code, expiresAt }), 'asked')
      await scene.settle()
      const challenges = db.selectFrom('push_challenges').select('message_id')
      const { message_id: id } = await challenges
        .orderBy('created_at', 'desc')
        .executeTakeFirstOrThrow()
      assert.equal((await scene.report(id)).passwordChangeRequired, false)
      assert.equal(scene.notices[0]?.next?.text, 'mail.not_me.advice.app')
      assert.equal((await scene.users.find(db, scene.erika.id))?.passwordChangeRequired, false)
    },
  )

  test(say('a report requires no new password if it was changed after the attempt'), async (t) => {
    const { db } = await engine.open(t)
    const scene = await setUp(db)
    const phone = await scene.enrol()
    const tab = scene.open()
    await tab.begin()
    await scene.settle()
    scene.pass(1000)
    await scene.passwords.set(db, scene.erika.id, 'hash of another')
    const reported = await scene.report(phone.messageId(0))
    assert.equal(reported.passwordChangeRequired, false)
    assert.equal((await scene.users.find(db, scene.erika.id))?.passwordChangeRequired, false)
  })

  test(say('a link works once, for a day, and is stored only as a hash'), async (t) => {
    const { db } = await engine.open(t)
    const clock = { time: 1_800_000_000_000, now: () => clock.time }
    const links = createNotMeLinks({ clock, random: systemRandom })
    const { id: userId } = await createTestLogin(db).addUser('erika')
    const subject = { userId, challengeId: 'AUTHENTICATE:1' }
    const create = async () => (await links.create(db, subject)).replace('/not-me/', '')
    const token = await create()
    assert.match(token, /^[\w-]{43}$/)
    const rows = await db.selectFrom('one_time_links').selectAll().execute()
    assert.ok(!JSON.stringify(rows).includes(token))
    assert.deepEqual(await links.find(db, token), { type: 'good', subject })
    const taken = await Promise.all(Array.from({ length: 20 }, () => links.take(db, token)))
    assert.deepEqual(
      taken.filter((one) => one !== undefined),
      [subject],
    )
    assert.deepEqual(await links.find(db, token), { type: 'used' })
    const old = await create()
    clock.time += hours(24)
    assert.deepEqual(await links.find(db, old), { type: 'expired' })
    assert.equal(await links.take(db, old), undefined)
    assert.deepEqual(await links.find(db, `${old}x`), { type: 'unknown' })
    await links.purge(db)
    assert.equal((await links.find(db, old)).type, 'expired')
    clock.time += hours(24 * 7) + 1
    await links.purge(db)
    assert.equal((await links.find(db, old)).type, 'unknown')
  })

  test(say('a link of another purpose reports nothing'), async (t) => {
    const { db } = await engine.open(t)
    const clock = { now: () => 1000 }
    const links = createNotMeLinks({ clock, random: systemRandom })
    await db
      .insertInto('one_time_links')
      .values({
        token_hash: sha256('setup-token'),
        purpose: 'setup',
        subject: null,
        created_at: 0,
        expires_at: 5000,
        consumed_at: null,
      })
      .execute()
    assert.deepEqual(await links.find(db, 'setup-token'), { type: 'unknown' })
    assert.equal(await links.take(db, 'setup-token'), undefined)
  })
})
