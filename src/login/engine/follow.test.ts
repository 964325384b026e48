/** Two logins of one user at once: the older tab follows the newer one only in the same browser. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createTestLogin } from '../../dev/test-support/login.ts'
import { onEachEngine } from '../../dev/test-support/on-each-engine.ts'
import { office } from '../../dev/test-support/scene.ts'
import { connectPhone, findNumber, listPrompts, openTab } from '../../dev/test-support/tab.ts'
import { minutes, seconds } from '../../platform/kernel/clock.ts'
import type { Database } from '../../platform/storage/database.ts'
import { makeJourneyId } from './follow.ts'
import type { JourneyView } from './view.ts'

const mail = { username: 'erika', appId: 'mail' }
const wiki = { username: 'erika', appId: 'wiki' }

async function setUp(db: Database) {
  const login = createTestLogin(db)
  const policy = { secondFactor: 'required', skips: 0, decline: false } as const
  await login.addApp('mail', policy)
  await login.addApp('wiki', policy)
  await login.addUser('erika')
  const phone = login.createPhone('Phone')
  await connectPhone(login, phone, mail)
  login.pass(minutes(5))
  return {
    ...login,
    phone,
    /** Begins a login that waits for the phone. */
    async wait(tab: ReturnType<typeof openTab>, beginning: typeof mail): Promise<JourneyView> {
      const page = await tab.begin(beginning)
      await login.settle()
      // A further message waits for some seconds.
      login.pass(seconds(40))
      return page
    },
    reasons: async () => (await login.listAudit('login_abandoned')).map(({ reason }) => reason),
  }
}

const noticesOn = (view: JourneyView) =>
  listPrompts(view).flatMap((prompt) => (prompt.type === 'notice' ? [prompt.text.key] : []))

onEachEngine((engine) => {
  const on = (name: string, run: (scene: Awaited<ReturnType<typeof setUp>>) => Promise<void>) =>
    test(`${name} (${engine.name})`, async (t) => {
      const scene = await setUp((await engine.open(t)).db)
      t.after(scene.settle)
      await run(scene)
    })

  on(
    'an older tab continues the login of the newer tab, and is not recorded as abandoned',
    async (scene) => {
      const [older, newer] = [openTab(scene), openTab(scene)]
      await scene.wait(older, mail)
      const page = await scene.wait(newer, wiki)
      const followed = await older.look()
      assert.equal(older.hash(), newer.hash())
      assert.equal(findNumber(followed), findNumber(page))
      scene.pass(minutes(60))
      await scene.noteExpiredLogins()
      assert.deepEqual(await scene.reasons(), ['expired'], 'the newer one alone ran out')
    },
  )

  on('a tab that comes back after the newer login has finished leaves its login', async (scene) => {
    const [older, newer] = [openTab(scene), openTab(scene)]
    await scene.wait(older, mail)
    const page = await scene.wait(newer, wiki)
    await scene.phone.answer(0, () => findNumber(page))
    const finished = await newer.look()
    assert.ok(finished.type === 'finished')
    const session = await scene.sessions.find(finished.token)
    const left = await older.look({ ...office, session })
    assert.equal(left.type, 'left')
    const again = await older.look({ ...office, session })
    assert.equal(again.type, 'left', 'a look changes nothing more')
    assert.deepEqual(await scene.reasons(), [])
  })

  on(
    'without a session from the newer login the older tab shows that it was superseded',
    async (scene) => {
      const [older, newer] = [openTab(scene), openTab(scene)]
      await scene.wait(older, mail)
      await scene.wait(newer, wiki)
      await newer.answer({ action: 'cancel' })
      assert.deepEqual(noticesOn(await older.look()), ['push.superseded.text'])
    },
  )

  on('a login of another browser is never followed', async (scene) => {
    const own = openTab(scene)
    const foreign = openTab(scene, office, 'another browser')
    await scene.wait(own, mail)
    await scene.wait(foreign, wiki)
    assert.deepEqual(noticesOn(await own.look()), ['push.superseded.text'])
    assert.notEqual(own.hash(), foreign.hash())
    const page = await scene.wait(own, mail)
    assert.deepEqual(noticesOn(await foreign.look()), ['push.superseded.text'])
    assert.ok(findNumber(page) > 0)
  })
})

test('the id of a journey needs the secret of its browser', () => {
  assert.equal(makeJourneyId('browser', 'seed'), makeJourneyId('browser', 'seed'))
  assert.notEqual(makeJourneyId('browser', 'seed'), makeJourneyId('browses', 'seed'))
  assert.notEqual(makeJourneyId('browser', 'seed'), makeJourneyId('browser', 'seeds'))
  assert.match(makeJourneyId('browser', 'seed'), /^[\w-]{43}$/)
})
