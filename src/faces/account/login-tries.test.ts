// Browsers with cookies guess passwords and send floods of requests to the whole login.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createAccountScene } from '../../dev/test-support/account.ts'
import { onEachEngine } from '../../dev/test-support/on-each-engine.ts'

type Scene = Awaited<ReturnType<typeof createAccountScene>>
type Browser = ReturnType<Scene['browser']>

const right = { username: 'erika', password: 'password of erika', action: 'login' }

async function logIn(browser: Browser, answers: Readonly<Record<string, string>> = right) {
  return await browser.answer(await browser.open('/login'), answers)
}

onEachEngine((engine) => {
  const on = (name: string, run: (scene: Scene) => Promise<void>) =>
    test(`${name} (${engine.name})`, async (t) => {
      const { db } = await engine.open(t)
      const scene = await createAccountScene(db)
      t.after(() => scene.settle())
      await run(scene)
    })

  on(
    'A19: an attacker who knows only the user name cannot lock the user out of a known browser',
    async (scene) => {
      const own = scene.browser()
      await logIn(own)
      const device = own.jar.get('einlass_device')
      assert.match(device ?? '', /^[\w-]{44}$/)
      own.jar.delete('einlass_session')
      const guesser = scene.browser()
      for (let n = 0; n < 8; n += 1) await logIn(guesser, { ...right, password: `guess ${n}` })
      assert.equal((await logIn(scene.browser())).status, 429)
      await logIn(own)
      assert.ok(own.jar.get('einlass_session'))
      assert.equal(own.jar.get('einlass_device'), device)
      assert.equal(guesser.jar.get('einlass_device'), undefined)
    },
  )

  on(
    'the server answers a NUL character in a text as a bad request, not with a server error',
    async (scene) => {
      await scene.addApp('mail', { secondFactor: 'optional', skips: 0, decline: true })
      const signed = scene.continuations.sign({ appId: 'mail', returnTo: '/account' })
      const browser = scene.browser()
      const first = await browser.open(`/login?continue=${encodeURIComponent(signed)}`)
      const offer = await browser.answer(first, right)
      const page = await browser.answer(offer, { action: 'decline' })
      const refused = await browser.answer(page, { action: 'decline', reason: 'a\u0000b' })
      assert.equal(refused.status, 400)
      const name = { ...right, username: 'a\u0000b' }
      assert.equal((await logIn(scene.browser(), name)).status, 400)
    },
  )

  on(
    'A19: a thief with the cookie of a known browser gets no additional password guesses',
    async (scene) => {
      const own = scene.browser()
      await logIn(own)
      const thief = scene.browser()
      thief.jar.set('einlass_device', own.jar.get('einlass_device') ?? '')
      const seen: number[] = []
      for (let n = 0; n < 7; n += 1) {
        seen.push((await logIn(thief, { ...right, password: `guess ${n}` })).status)
      }
      assert.deepEqual(seen, [422, 422, 422, 422, 422, 429, 429])
    },
  )
})
