import assert from 'node:assert/strict'
import { test } from 'node:test'
import { message } from '../../platform/ui/message.ts'
import { createTranslator } from '../../platform/ui/translate.ts'
import type { StepContext } from '../engine/step.ts'
import { createBeginStep } from './begin-step.ts'

const stepOf = ({ sendsMessage = true, hasWeaker = false } = {}) =>
  createBeginStep({
    appName: async (id) => (id === 'app_mail' ? 'Webmail' : undefined),
    findFitting: async () => ({ sendsMessage, hasWeaker }),
  })
const step = stepOf()

function context(answers: StepContext['answers'], appId?: string): StepContext {
  return {
    answers,
    request: { returnTo: '/', ...(appId !== undefined && { appId }) },
  } as StepContext
}

test('a step-up begins only when the user presses its button', async () => {
  const begun = await step.run(context({ action: 'begin' }))
  assert.deepEqual(begun, { type: 'done', outcome: 'begun' })
  for (const answers of [undefined, {}, { action: '' }, { action: 'skip' }]) {
    const result = await step.run(context(answers))
    assert.equal(result.type, 'ask')
    assert.equal(result.change, undefined, 'a page that was only opened moves nothing')
  }
})

test('the page of a step-up names the app that asks for it', async () => {
  const named = await step.run(context(undefined, 'app_mail'))
  assert.deepEqual(named.type === 'ask' && named.form.lead, {
    key: 'stepup.lead',
    values: { app: 'Webmail' },
  })
  const plain = await step.run(context(undefined, 'app_gone'))
  assert.deepEqual(plain.type === 'ask' && plain.form.lead, { key: 'stepup.lead.plain' })
})

test('the page of a step-up names the phone that is asked and the phone that is not enough', async () => {
  const { run } = createBeginStep({
    appName: async () => undefined,
    findFitting: async () => ({
      ...{ sendsMessage: true, hasWeaker: true, ask: message('stepup.begin.code') },
      ...{ phone: 'Browser', weakerPhone: 'Terminal' },
    }),
  })
  const page = await run(context(undefined))
  const t = createTranslator('de')
  assert.ok(page.type === 'ask' && page.form.lead !== undefined)
  assert.equal(
    t(page.form.lead),
    'Für diesen Schritt brauchen wir eine Bestätigung auf „Browser“. „Terminal“ genügt dafür nicht.',
  )
  const [choice] = page.form.prompts
  assert.equal(choice?.type === 'choice' && choice.options[0]?.label.key, 'stepup.begin.code')
})

test('a page for a typed code does not mention a message to a phone', async () => {
  const { run } = stepOf({ sendsMessage: false })
  for (const appId of ['app_mail', undefined]) {
    const result = await run(context(undefined, appId))
    assert.equal(result.type, 'ask')
    for (const language of ['de', 'en'] as const) {
      const t = createTranslator(language)
      const { lead, prompts } = result.type === 'ask' ? result.form : { prompts: [] }
      const [choice] = prompts
      const label = choice?.type === 'choice' ? choice.options[0]?.label : undefined
      const text = [lead, label].map((one) => (one === undefined ? '' : t(one))).join(' ')
      assert.doesNotMatch(text, /Telefon|Mitteilung|phone|notification/)
    }
  }
})

test('after an enrolment, the page says that the new factor is added and asks the user to confirm with it', async () => {
  const returnTo = '/account/authenticators?done=added'
  const added = await step.run({ answers: undefined, request: { returnTo } } as StepContext)
  assert.equal(added.type === 'ask' && added.form.lead?.key, 'stepup.added.lead')
  const [first] = added.type === 'ask' ? added.form.prompts : []
  assert.deepEqual(first, {
    type: 'notice',
    tone: 'success',
    text: { key: 'authenticators.done.added' },
  })
})

const linksOf = async (request: StepContext['request'], hasWeaker = false) => {
  const result = await stepOf({ hasWeaker }).run({ answers: undefined, request } as StepContext)
  const { prompts } = result.type === 'ask' ? result.form : { prompts: [] }
  return prompts.flatMap((prompt) => (prompt.type === 'link' ? [prompt.href] : []))
}

test('a step-up can be cancelled: to the app, back to the account, or by signing out', async () => {
  const ofApp = { returnTo: '/sso/oidc/a', cancelTo: '/sso/oidc/a/cancel', appId: 'app_mail' }
  assert.deepEqual(await linksOf(ofApp), ['/sso/oidc/a/cancel'])
  const change = { returnTo: '/account/authenticators/add', confirms: 'account' } as const
  assert.deepEqual(await linksOf(change), ['/account/authenticators'])
  assert.deepEqual(await linksOf({ returnTo: '/' }), ['/logout'])
})

test('a user with a weaker authenticator gets a link to the page where lost ones are replaced', async () => {
  const ofApp = { returnTo: '/sso/oidc/a', cancelTo: '/sso/oidc/a/cancel', appId: 'app_mail' }
  assert.deepEqual(await linksOf(ofApp, true), ['/sso/oidc/a/cancel', '/account/authenticators'])
  assert.deepEqual(await linksOf({ returnTo: '/' }, true), ['/logout'])
})
