/** The owner of a name that strangers attack without a pause, in a browser that the owner has never used (A65). */
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { onEachEngine } from '../../dev/test-support/on-each-engine.ts'
import { createSoftAuthenticator } from '../../dev/test-support/passkey-authenticator.ts'
import { readOptions } from '../../dev/test-support/passkey-scene.ts'
import {
  answer,
  createResetScene,
  fresh,
  openLink,
  type ResetScene,
  twice,
} from '../../dev/test-support/reset-scene.ts'
import { office } from '../../dev/test-support/scene.ts'
import { openTab } from '../../dev/test-support/tab.ts'
import { minutes } from '../../platform/kernel/clock.ts'

const times = 12

onEachEngine((engine) => {
  const say = (sentence: string) => `A65: ${sentence} (${engine.name})`

  async function setUp(t: TestContext) {
    const { db } = await engine.open(t)
    const scene = await createResetScene(db)
    let guesses = 0
    return {
      scene,
      /** More guesses than are free, each from a network of its own. */
      async attack(username = 'erika') {
        for (let n = 0; n < 10; n += 1) {
          guesses += 1
          const address = `${20 + (guesses % 200)}.${guesses >> 8}.7.1`
          const tab = openTab(scene, { ...office, address }, `attacker ${guesses}`)
          await tab.begin({ username, password: `guess ${guesses}` })
        }
      },
    }
  }

  type Browser = ReturnType<ResetScene['open']>

  /** Gives the address to which the form of the login page leads. */
  async function logIn(browser: Browser, password: string): Promise<string> {
    await browser.get('/login')
    const form_token = browser.formToken()
    const fields = { username: 'erika', password, action: 'login', version: '0', form_token }
    return (await browser.post('/login', fields)).headers.get('location') ?? ''
  }

  const isIn = (address: string) => /^\/login\/[\w-]{43}$/.test(address)

  test(say('by name and password the owner does not get in, and reads how to'), async (t) => {
    const { scene, attack } = await setUp(t)
    const readError = async (username: string) => {
      await attack(username)
      const view = await openTab(scene, office, 'unknown').begin({ username })
      return view.type === 'page' ? view.formError?.text.key : view.type
    }
    assert.equal(await readError('erika'), 'login.throttled.name')
    assert.equal(await readError('nobody'), 'login.throttled.name', 'the same for every name')
  })

  test(say(`with a passkey the owner gets in ${times} of ${times} times`), async (t) => {
    const { scene, attack } = await setUp(t)
    const authenticator = createSoftAuthenticator({
      rpId: 'login.example',
      origin: 'https://login.example',
    })
    const first = openTab(scene)
    await first.begin({ username: 'erika' })
    const page = await first.answer({ action: 'passkey' })
    assert.ok(page.type === 'page')
    await first.answer({ credential: authenticator.create(readOptions(page.form)) })
    let entered = 0
    for (let n = 0; n < times; n += 1) {
      await attack()
      const request = { returnTo: '/' }
      const browserToken = `unknown ${n}`
      const shown = await scene.engine.preview('login', request, office)
      assert.ok(shown.type === 'page')
      const answers = { credential: authenticator.get(readOptions(shown.form)) }
      const begin = { kind: 'login', request, browserToken, answers } as const
      const view = await scene.engine.begin(begin, office)
      if (view.type !== 'page') entered += 1
    }
    assert.equal(entered, times)
  })

  test(say(`with a link by mail the owner gets in ${times} of ${times} times`), async (t) => {
    const { scene, attack } = await setUp(t)
    let entered = 0
    for (let n = 0; n < times; n += 1) {
      const browser = scene.open()
      await attack()
      await scene.request('erika', browser)
      // Strangers ask for links as well.
      for (let by = 0; by < 5; by += 1) await scene.request('erika', scene.open(`192.0.${by}.1`))
      const journey = await openLink(browser, (await scene.links()).at(-1) ?? '')
      await attack()
      const password = `${fresh} ${n}`
      await answer(browser, journey, { ...twice, password, password_again: password })
      await browser.get(journey)
      await attack()
      if (isIn(await logIn(browser, password))) entered += 1
      scene.pass(minutes(31))
    }
    assert.equal(entered, times)
  })

  test(
    say('a link that is only opened makes no browser known, nor one of earlier credentials'),
    async (t) => {
      const { scene, attack } = await setUp(t)
      const browser = scene.open()
      await scene.request('erika', browser)
      const journey = await openLink(browser, (await scene.links()).at(-1) ?? '')
      await browser.get(journey)
      assert.equal(browser.jar.has('einlass_device'), false, 'a mailbox alone proves too little')
      await answer(browser, journey, twice)
      await scene.users.requirePasswordChange(scene.db, scene.erika.id)
      await browser.get(journey)
      assert.equal(browser.jar.has('einlass_device'), false, 'the credentials have changed since')
      await attack()
      assert.equal(isIn(await logIn(browser, fresh)), false)
    },
  )
})
