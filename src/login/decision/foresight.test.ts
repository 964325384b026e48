import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createAccountScene } from '../../dev/test-support/account.ts'
import { onEachEngine } from '../../dev/test-support/on-each-engine.ts'
import { acrNumber } from '../../identity/policy/assurance.ts'
import { type Policy, policySchema } from '../../identity/policy/policy.ts'

const none: Policy = { secondFactor: 'none', skips: 0, decline: false }
const required: Policy = { secondFactor: 'required', skips: 0, decline: false }
const rules: Record<string, Policy> = {
  none,
  optional: policySchema.parse({}),
  required,
  patient: { ...required, skips: 3 },
  passkey: { ...required, level: 'phishing_resistant' },
  board: { ...none, groups: [{ group: 'board', ...required }] },
}
const apps = Object.entries(rules).map(([id, policy]) => ({ id, policy }))

onEachEngine((engine) => {
  test(`when the server foresees that an app asks a session for more, the gate sends the session to the login (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = await createAccountScene(db)
    const foresee = async (acr?: string) => {
      const { sessionId } = await scene.loggedIn({ ...(acr && { acr }) })
      const session = await scene.sessions.findById(sessionId)
      assert.ok(session)
      const foreseen = await scene.foresee(session, apps)
      for (const { id, policy } of apps) {
        const decision = await scene.gate.decide({
          app: { id, name: id, protocol: 'oidc', settings: {}, policy, ownPolicy: {} },
          session,
          returnTo: '/',
        })
        if (foreseen.has(id)) assert.equal(decision.type, 'login', id)
      }
      return Object.fromEntries(foreseen)
    }
    assert.deepEqual(await foresee(), { required: 'enrol', passkey: 'enrol' })
    await scene.addPhone('Handy')
    assert.deepEqual(await foresee(), {
      optional: 'verify',
      required: 'verify',
      patient: 'verify',
      passkey: 'enrol_stronger',
    })
    assert.deepEqual(await foresee(acrNumber), { passkey: 'enrol_stronger' })
    await db.insertInto('user_groups').values({ user_id: scene.erika.id, name: 'board' }).execute()
    assert.equal((await foresee()).board, 'verify')
  })
})
