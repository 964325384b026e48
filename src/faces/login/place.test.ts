// The answer to a login when too many log in at the same moment, with the routes and a database.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createAccountScene } from '../../dev/test-support/account.ts'
import { onEachEngine } from '../../dev/test-support/on-each-engine.ts'
import type { Hasher } from '../../identity/users/hasher.ts'
import { minutes } from '../../platform/kernel/clock.ts'
import { Fault } from '../../platform/kernel/fault.ts'
import { findRequest, inRequest } from '../../platform/kernel/request-scope.ts'

const right = { username: 'erika', password: 'password of erika', action: 'login' }
const busy = new Fault('busy', 'Too many', { retryAfter: 20 })

/** A hasher that is busy until the test says otherwise, and notes how long each caller has waited before. */
function createBusyHasher() {
  const state = { isBusy: true, waited: [] as (number | undefined)[] }
  const hasher: Hasher = {
    hash: async (password) => `hash of ${password}`,
    async verify(hash, password) {
      state.waited.push(findRequest()?.waited)
      if (state.isBusy) throw busy
      return { matches: hash === `hash of ${password}` }
    },
    waiting: () => 0,
  }
  return { hasher, state }
}

onEachEngine((engine) => {
  const on = (name: string, run: (scene: Scene) => Promise<void>) =>
    test(`${name} (${engine.name})`, async (t) => {
      const { db } = await engine.open(t)
      const { hasher, state } = createBusyHasher()
      const scene = await createAccountScene(db, { hasher })
      t.after(() => scene.settle())
      await run({ ...scene, state })
    })

  on(
    'a person who gets no turn keeps the typed name and is told when to type the password again',
    async ({ browser }) => {
      const one = browser()
      const answer = await send(one, { ...right, remember: '1' })
      assert.equal(answer.status, 503)
      assert.equal(answer.headers.get('retry-after'), '20')
      const text = await answer.text()
      assert.match(text, /name="username"[^>]* value="erika"/)
      assert.match(text, /name="remember" value="1" checked/)
      assert.match(text, /20 (?:Sekunden|seconds)/)
      assert.doesNotMatch(text + [...one.jar.values()].join(), /password of erika/)
    },
  )

  on(
    'where the page has its script, the browser stays on it with what was typed and learns when to send it again',
    async ({ browser, state }) => {
      const one = browser()
      one.jar.set('einlass_wait', '-login')
      const answer = await send(one)
      assert.deepEqual([answer.status, await answer.text()], [204, ''])
      assert.equal(answer.headers.get('retry-after'), '20')
      const [wait = ''] = answer.headers.getSetCookie().filter((one) => one.includes('_wait='))
      assert.match(wait, /^einlass_wait=20;/)
      assert.doesNotMatch(wait, /HttpOnly/)
      state.isBusy = false
      assert.equal((await send(one)).status, 303)
      assert.ok(one.jar.get('einlass_session'))
    },
  )

  on('a page of another address never gets the answer without a page', async ({ browser }) => {
    const one = browser()
    one.jar.set('einlass_wait', '-account-password')
    assert.equal((await send(one)).status, 503)
  })

  on(
    'who comes back has waited since the first attempt, for ten minutes',
    async ({ browser, state, pass }) => {
      const one = browser()
      await send(one)
      pass(20_000)
      await send(one)
      pass(15_000)
      await send(one)
      pass(minutes(10))
      await send(one)
      assert.deepEqual(state.waited, [undefined, 20_000, 35_000, undefined])
    },
  )

  on(
    'a place is of one name in one browser, and cannot be made up',
    async ({ browser, state, pass }) => {
      const [one, other] = [browser(), browser()]
      await send(one)
      const place = one.jar.get('einlass_place') ?? ''
      pass(20_000)
      await send(one, { ...right, username: 'max' })
      await other.open('/login')
      other.jar.set('einlass_place', place)
      await send(other)
      one.jar.set('einlass_place', `${place.slice(0, -2)}xx`)
      await send(one)
      assert.deepEqual(state.waited, [undefined, undefined, undefined, undefined])
    },
  )

  on('attempts that got no turn are not counted as wrong passwords', async ({ browser, state }) => {
    const one = browser()
    for (let n = 0; n < 20; n += 1) assert.equal((await send(one)).status, 503)
    state.isBusy = false
    assert.equal((await send(one)).status, 303)
  })
})

type Scene = Awaited<ReturnType<typeof createAccountScene>> & {
  readonly state: ReturnType<typeof createBusyHasher>['state']
}

/** As the server does it: in the scope of a request. */
async function send(
  one: ReturnType<Scene['browser']>,
  fields: Readonly<Record<string, string>> = right,
): Promise<Response> {
  if (one.jar.get('einlass_browser') === undefined) await one.open('/login')
  const { signal } = new AbortController()
  const sent = { ...fields, version: '0', form_token: one.formToken() }
  return await inRequest({ arrivedAt: performance.now(), signal }, () =>
    one.raw.post('/login', sent),
  )
}
