import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import { z } from 'zod'
import { createTestBrowser, createTestFrame } from '../dev/test-support/frame.ts'
import { createPasswordRules, describeRefusal } from '../identity/users/password-rules.ts'
import { configSchema } from '../platform/config/schema.ts'
import { message } from '../platform/ui/message.ts'
import { createTranslator } from '../platform/ui/translate.ts'
import { bindRoutes } from './frame/route.ts'
import { createPasswordHint, passwordHintRoutes } from './password-hint.ts'

const config = configSchema.parse({
  public_url: 'https://login.nordwind.example',
  brand: { name: 'Nordwind AG' },
})
const passwordRules = createPasswordRules(config)
const file = new URL('../identity/users/password-examples.json', import.meta.url)
const examples = z
  .strictObject({ weak: z.array(z.string()), good: z.array(z.string()) })
  .parse(JSON.parse(await readFile(file, 'utf8')))

const whose = { username: 'ada.admin', display_name: 'Ada Kruse', email: 'ada@nordwind.example' }
const owner = { ...whose, displayName: whose.display_name, hasSecondFactor: true }

function open(peer?: string) {
  const frame = createTestFrame()
  const hint = createPasswordHint({ frame, passwordRules, config, clock: { now: () => 0 } })
  const browser = createTestBrowser(frame, bindRoutes(passwordHintRoutes, hint), peer)
  browser.jar.set('einlass_browser', 'mine')
  const send = (fields: Record<string, string>) => browser.post('/password-hint', fields)
  const form_token = browser.formToken()
  return { send, ask: (password: string) => send({ form_token, ...whose, password }) }
}

test('the password hint shows the text of the refusal, and only for passwords that are refused', async () => {
  const { ask } = open()
  const t = createTranslator('de')
  const ofNames = ['Nordwind2026!!!!', 'ada.admin.nordwind', 'Nordwind braust auf', 'kurz']
  for (const password of [...ofNames, ...examples.weak, ...examples.good]) {
    const judged = await passwordRules.check(password, owner)
    const said = await (await ask(password)).json()
    const isRefused = judged.type === 'refused'
    const text = isRefused
      ? describeRefusal(judged)
      : message(`password.typed.${judged.guessability}`)
    assert.equal(said.text, t(text), password)
    assert.equal(said.level === 'weak', isRefused, password)
  }
})

test('the password hint requires the form token of the browser, and has a rate limit', async () => {
  assert.equal((await open().send({ ...whose, password: 'Fahrrad im Regen' })).status, 403)
  const { ask } = open('203.0.113.7')
  for (let times = 0; times < 120; times += 1) assert.equal((await ask('')).status, 200)
  const refused = await ask('Fahrrad im Regen')
  assert.equal(refused.status, 429)
  assert.ok(Number(refused.headers.get('retry-after')) > 0)
})

test('A48: the password hint refuses names of an unrealistic length', async () => {
  const { send, ask } = open('203.0.113.7')
  const names = Array.from({ length: 2000 }, (_, n) => `name${n}`).join(' ')
  const { status } = await send({ ...whose, display_name: names, password: 'Fahrrad im Regen' })
  assert.equal(status, 413)
  assert.equal((await ask('\u{1f6b2}'.repeat(256))).status, 200)
})
