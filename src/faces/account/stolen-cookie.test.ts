// A54: a stolen cookie, used from another network and in another browser, over every act of the account.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createAccountScene } from '../../dev/test-support/account.ts'
import { onEachEngine } from '../../dev/test-support/on-each-engine.ts'
import { readForm } from '../../dev/test-support/plain-browser.ts'
import { acrNumber } from '../../identity/policy/assurance.ts'
import { accountRoutes } from './routes.ts'

/** What a session alone may do. Everything else that changes what its person confirms with asks for a proof of that act. */
const bySession = {
  '/account/apps': 'the order of the own apps',
  '/account/second-factor/offer-again':
    'the login offers a second factor again, which removes nothing',
  '/account/authenticators/:id/rename': 'the name that the own list shows',
  '/account/authenticators/:id/test':
    'a test push, which proves nothing; only as strong as the login is',
  '/account/sessions/end-others': 'ends sessions',
  '/account/sessions/:id/end': 'ends a session',
} as const

/** Each with the fields that a thief would send. */
const byProof = {
  '/account/authenticators/add/:kind': { action: 'begin' },
  '/account/authenticators/:id/replace': { action: 'begin' },
  '/account/authenticators/:id/remove': {},
  '/account/password': { password: 'Regenschirm im Mai', password_again: 'Regenschirm im Mai' },
} as const

const acts = accountRoutes.filter(({ method, path }) => method === 'POST' && path !== '/logout')

test('A54: every act of the account is one that a session alone may do, or asks for a proof', () => {
  const known = [...Object.keys(bySession), ...Object.keys(byProof)].toSorted()
  assert.deepEqual(acts.map(({ path }) => path).toSorted(), known)
})

onEachEngine((engine) => {
  for (const level of ['with a phone', 'without a second factor'] as const) {
    test(`A54: a stolen cookie of a person ${level} changes nothing that the person confirms with (${engine.name})`, async (t) => {
      const { db } = await engine.open(t)
      const scene = await createAccountScene(db, { config: { recovery_codes: 'account' } })
      t.after(scene.settle)
      const hasPhone = level === 'with a phone'
      const phone = hasPhone ? await scene.addPhone('Nokia') : 'none'
      // The owner has logged in this very moment, as strongly as possible.
      const owner = await scene.loggedIn(hasPhone ? { acr: acrNumber } : {})
      const thief = scene.browser('203.0.113.9')
      thief.jar.set('einlass_session', owner.jar.get('einlass_session') ?? '')
      await thief.open('/account')
      const belongings = async () => ({
        held: await scene.factors.authenticators.list(db, scene.erika.id),
        password: await scene.passwords.find(db, scene.erika.id),
        waiting: await db.selectFrom('push_registrations').selectAll().execute(),
        codes: await db.selectFrom('totp_authenticators').selectAll().execute(),
      })
      const before = await belongings()
      for (const [path, fields] of Object.entries(byProof)) {
        for (const kind of ['push', 'totp', 'recovery']) {
          const at = path.replace(':kind', kind).replace(':id', phone)
          const page = await thief.follow(await thief.post(at, fields))
          assert.doesNotMatch(page.text, /otpauth:|pushauth:|mfauth:|class="codes/, at)
          const { action, hidden } = /<form method="post"/.test(page.text)
            ? readForm(page)
            : { action: at, hidden: {} }
          for (const guess of [
            {},
            { action: 'begin' },
            { password: 'guessed' },
            { code: '123456' },
          ])
            await thief.follow(await thief.post(action, { ...hidden, ...guess }))
        }
      }
      assert.deepEqual(await belongings(), before)
      assert.deepEqual(
        scene.noticed.map(({ kind }) => kind),
        [],
      )
      // The owner's own session is not ended by it.
      assert.ok(await scene.sessions.findById(owner.sessionId))
    })
  }
})
