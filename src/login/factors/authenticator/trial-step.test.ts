import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  createAuthenticatorScene,
  enrolPhone,
} from '../../../dev/test-support/authenticator-scene.ts'
import { type Engine, onEachEngine, type Scope } from '../../../dev/test-support/on-each-engine.ts'
import { minutes, seconds } from '../../../platform/kernel/clock.ts'
import type { ClientFacts } from '../../engine/step.ts'

/** A user with a session who sends a test push. */
async function openTrial(t: Scope, engine: Engine) {
  const { db } = await engine.open(t)
  const scene = createAuthenticatorScene(db)
  const { user, phone, id } = await enrolPhone(scene)
  scene.pass(minutes(1))
  const browser = await scene.openBrowser('erika', 'another')
  await phone.approve(browser.code())
  const end = await browser.look()
  assert.equal(end.type, 'finished')
  const session = end.type === 'finished' ? await scene.sessions.find(end.token) : undefined
  assert.ok(session)
  const client: ClientFacts = {
    address: '192.0.2.7',
    place: undefined,
    browser: undefined,
    userAgent: undefined,
    language: 'en',
    session,
  }
  const authenticator = { kind: 'authenticator', id } as const
  const request = { returnTo: `/account/authenticators/${id}`, authenticator }
  const begun = await scene.engine.begin(
    { kind: 'trial', request, browserToken: 'another', answers: { action: 'send' } },
    client,
  )
  assert.equal(begun.type, 'moved')
  const reference = {
    journeyId: begun.type === 'moved' ? begun.journeyId : '',
    browserToken: 'another',
  }
  scene.pass(seconds(1))
  const look = () => scene.engine.look(reference, client)
  return {
    ...{ scene, user, phone, id },
    async find(type: 'code' | 'notice') {
      const view = await look()
      const prompts = view.type === 'page' ? view.form.prompts : []
      const found = prompts.find((one) => one.type === type)
      if (found?.type === 'code') return found.value
      return found?.type === 'notice' ? found.text.key : undefined
    },
  }
}

onEachEngine((engine) => {
  test(`a test push shows that requests reach the phone, and its approval proves nothing (${engine.name})`, async (t) => {
    const trial = await openTrial(t, engine)
    const { phone, scene, id } = trial
    const fetched = await phone.fetch()
    assert.equal(fetched.type === 'done' && fetched.pending.requests[0]?.kind, 'test')
    const code = (await trial.find('code')) ?? ''
    assert.equal(await phone.approve(code.replace(/\D/g, '')), 'approved')
    assert.equal(await trial.find('notice'), 'phone_code.trial.approved')
    const { consumed_at: spentAt } = await scene.db
      .selectFrom('authenticator_challenges')
      .select('consumed_at')
      .where('purpose', '=', 'test')
      .where('device_id', '=', id)
      .executeTakeFirstOrThrow()
    assert.equal(spentAt, null)
  })

  test(`the page shows a denied test push, and no mail about a denied login is sent (${engine.name})`, async (t) => {
    const trial = await openTrial(t, engine)
    assert.equal(await trial.phone.answer({ decision: 'deny' }), 'denied')
    assert.equal(await trial.find('notice'), 'phone_code.trial.denied')
    assert.deepEqual(
      trial.scene.noticed.filter(({ kind }) => kind === 'phone_denied'),
      [],
    )
  })
})
