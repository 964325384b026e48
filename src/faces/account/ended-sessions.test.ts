// A form that a session sent before it ended changes nothing, even if its body arrives later or the session was looked up
// just before the end.
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { createAccountScene } from '../../dev/test-support/account.ts'
import { untilBlocked } from '../../dev/test-support/locks.ts'
import { type Engine, onEachEngine } from '../../dev/test-support/on-each-engine.ts'
import { asPerson } from '../../identity/operations/actor.ts'
import { createChangeOwn } from '../../identity/operations/own-change.ts'
import { acrNumber, acrPossession } from '../../identity/policy/assurance.ts'

type Stage = Awaited<ReturnType<typeof stage>>

/** A session that ends, another session of the same user, and data that both could change. */
async function stage(engine: Engine, t: TestContext) {
  const { db } = await engine.open(t)
  let meanwhile = async () => {}
  const scene = await createAccountScene(db, { onEnter: () => meanwhile() })
  t.after(() => scene.settle())
  const { store: totps } = scene.factors.totp
  const codes = totps.newId()
  await totps.add(db, { id: codes, userId: scene.erika.id, name: 'Codes' })
  await totps.activate(db, codes, 1)
  const phone = await scene.addPhone('Phone')
  await scene.factors.choices.decline(db, scene.erika.id)
  const strong = { acr: acrNumber }
  const [thief, owner] = [await scene.loggedIn(strong), await scene.loggedIn(strong)]
  const count = async (table: 'journeys' | 'push_challenges') =>
    (await db.selectFrom(table).selectAll().execute()).length

  /** Everything that one of the forms below could change. */
  const state = async () => ({
    authenticators: await scene.factors.authenticators.list(db, scene.erika.id),
    choices: await scene.factors.choices.find(db, scene.erika.id),
    owner: (await scene.sessions.findById(owner.sessionId)) !== undefined,
    journeys: await count('journeys'),
    challenges: await count('push_challenges'),
    events: await scene.events(),
  })
  return {
    ...scene,
    db,
    thief,
    owner,
    codes,
    phone,
    state,
    endThief: async () => void (await scene.sessions.end(db, thief.sessionId, 'ended_by_owner')),
    /** Does this work at the next entry, and only once. */
    onEnter(work: () => Promise<void>) {
      meanwhile = async () => {
        meanwhile = async () => {}
        await work()
      }
    },
  }
}

const forms: readonly (readonly [
  string,
  (stage: Stage) => { path: string; fields?: Readonly<Record<string, string>> },
])[] = [
  [
    'removes no authenticator',
    ({ codes }) => ({ path: `/account/authenticators/${codes}/remove` }),
  ],
  [
    'renames no authenticator',
    ({ codes }) => ({ path: `/account/authenticators/${codes}/rename`, fields: { name: 'Mine' } }),
  ],
  [
    'adds no authenticator',
    () => ({ path: '/account/authenticators/add/totp', fields: { action: 'begin' } }),
  ],
  [
    'replaces no authenticator',
    ({ codes }) => ({
      path: `/account/authenticators/${codes}/replace`,
      fields: { action: 'begin' },
    }),
  ],
  ['makes no phone ring', ({ phone }) => ({ path: `/account/authenticators/${phone}/test` })],
  ['ends no other session', ({ owner }) => ({ path: `/account/sessions/${owner.sessionId}/end` })],
  ['does not end all other sessions', () => ({ path: '/account/sessions/end-others' })],
  ['takes no decision back', () => ({ path: '/account/second-factor/offer-again' })],
]

onEachEngine((engine) => {
  for (const [what, formOf] of forms) {
    test(`a session that ends while its form is being sent ${what} (${engine.name})`, async (t) => {
      const scene = await stage(engine, t)
      const { path, fields } = formOf(scene)
      const before = await scene.state()
      const sent = { form_token: scene.thief.formToken(), ...fields }
      const reply = await scene.thief.raw.postSlowly(path, sent, scene.endThief)
      assert.equal(reply.status, 303)
      assert.match(reply.headers.get('location') ?? '', /^\/login/)
      assert.deepEqual(await scene.state(), before)
    })

    test(`a session that ends after the server has looked it up ${what} (${engine.name})`, async (t) => {
      const scene = await stage(engine, t)
      const { path, fields } = formOf(scene)
      const before = await scene.state()
      scene.onEnter(scene.endThief)
      const reply = await scene.thief.post(path, { ...fields })
      assert.equal(reply.status, 303)
      assert.deepEqual(await scene.state(), before)
      // The redirect leads to a page that asks for a login.
      assert.match((await scene.thief.follow(reply)).text, /name="password"/)
    })

    test(`a slow form of a live session takes effect, unlike one of an ended session, which ${what} (${engine.name})`, async (t) => {
      const scene = await stage(engine, t)
      const { path, fields } = formOf(scene)
      const before = await scene.state()
      const sent = { form_token: scene.thief.formToken(), ...fields }
      await scene.thief.raw.postSlowly(path, sent, async () => {})
      assert.notDeepEqual(await scene.state(), before)
    })
  }

  test(`if two sessions end each other at the same moment, one remains (${engine.name})`, async (t) => {
    const scene = await stage(engine, t)
    const both = [scene.thief, scene.owner]
    await Promise.all(both.map((one) => one.post('/account/sessions/end-others', {})))
    const left = await Promise.all(both.map(({ sessionId }) => scene.sessions.findById(sessionId)))
    assert.equal(left.filter((one) => one !== undefined).length, 1)
  })

  test(`a session can end before or after a change by its user, but not during it (${engine.name})`, async (t) => {
    const { db, sessions, thief } = await stage(engine, t)
    const session = await sessions.findById(thief.sessionId)
    assert.ok(session)
    const order: string[] = []
    let ending: Promise<unknown> | undefined
    await createChangeOwn({ db, sessions })(asPerson(session), async () => {
      ending = sessions.end(db, session.id, 'logout').then(() => order.push('ended'))
      if (engine.name !== 'sqlite') await Promise.race([ending, untilBlocked(db)])
      order.push('changed')
    })
    await ending
    assert.deepEqual(order, ['changed', 'ended'])
  })

  test(`a session that ends while its form is being sent starts no step-up (${engine.name})`, async (t) => {
    const scene = await stage(engine, t)
    const weak = await scene.loggedIn()
    const continuation = scene.continuations.sign({ returnTo: '/', acrValues: [acrPossession] })
    const begin = async (meanwhile: () => Promise<void>) => {
      const form = { form_token: weak.formToken(), version: '0', action: 'begin' }
      const path = `/login?continue=${encodeURIComponent(continuation)}`
      const reply = await weak.raw.postSlowly(path, form, meanwhile)
      const leadsTo = reply.headers.get('location')?.split(/[/?]/, 2)[1]
      const isSamePage = reply.headers.get('location') === path
      return { leadsTo, isSamePage, journeys: (await scene.state()).journeys }
    }
    assert.deepEqual(await begin(async () => {}), {
      leadsTo: 'login',
      isSamePage: false,
      journeys: 1,
    })
    const end = () => scene.sessions.end(scene.db, weak.sessionId, 'ended_by_owner')
    const reply = await begin(async () => void (await end()))
    assert.deepEqual(reply, { leadsTo: 'login', isSamePage: true, journeys: 1 })
  })
})
