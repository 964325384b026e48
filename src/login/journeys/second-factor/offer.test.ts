import assert from 'node:assert/strict'
import { test } from 'node:test'
import { policySchema } from '../../../identity/policy/policy.ts'
import type { Form } from '../../engine/prompt.ts'
import { describeFactor, type FactorKind } from '../../factors/index.ts'
import { cancelLink } from './cancel.ts'
import { createOfferForm, type Offer } from './offer.ts'

const cancel = cancelLink({ cancelTo: '/sso/oidc/a/cancel' })
const offersOf = (isOffered: Readonly<Partial<Record<FactorKind, boolean>>>) =>
  (['push', 'passkey', 'totp'] as const).flatMap((kind) =>
    isOffered[kind] === true ? (describeFactor(kind).offer ?? []) : [],
  )
type Changes = Partial<Offer> & Partial<Record<'push' | 'totp' | 'passkey', boolean>>
const offer = ({ push = true, totp = false, passkey = false, ...changes }: Changes): Offer => ({
  app: 'Webmail',
  policy: policySchema.parse({ secondFactor: 'required', skips: 3 }),
  skips: 0,
  decline: false,
  factors: offersOf({ push, passkey, totp }),
  isReplacement: false,
  mayGoOn: false,
  isSettled: false,
  cancel,
  ...changes,
})
const all = { push: true, totp: true, passkey: true }
const none = { push: false, totp: false, passkey: false }
const optional = policySchema.parse({ secondFactor: 'optional', skips: 3, decline: true })

const linksOf = ({ prompts }: Form) =>
  prompts.flatMap((prompt) => (prompt.type === 'link' ? [prompt.href] : []))
const noticesOf = ({ prompts }: Form) =>
  prompts.flatMap((prompt) => (prompt.type === 'notice' ? [prompt.text.key] : []))

test('the page mentions the phone only if no other factor is offered', () => {
  const leadOf = (changes: Changes) => createOfferForm(offer(changes)).lead?.key
  assert.equal(leadOf({}), 'choice.lead.required')
  assert.equal(leadOf(all), 'choice.any.required')
  assert.equal(leadOf({ totp: true }), 'choice.any.required')
  assert.equal(leadOf({ push: false, passkey: true }), 'choice.lead.passkey')
  assert.equal(leadOf({ push: false, totp: true }), 'choice.any.required')
  assert.equal(leadOf({ ...all, policy: optional, skips: 2 }), 'choice.any.optional')
  assert.equal(leadOf({ policy: optional, decline: true }), 'choice.lead.optional')
})

test('if the user may skip, the page says that a factor will be required soon', () => {
  const leadOf = (changes: Changes) => createOfferForm(offer(changes)).lead?.key
  assert.equal(leadOf({ skips: 1 }), 'choice.lead.soon')
  assert.equal(leadOf({ ...all, skips: 1, app: undefined }), 'choice.any.soon.plain')
  assert.equal(leadOf({ push: false, passkey: true, skips: 1 }), 'choice.any.soon')
})

test('after a code for a lost factor, the page asks for a new factor and does not call it due later', () => {
  for (const changes of [{ mayGoOn: true }, { mayGoOn: false }, { ...all, mayGoOn: true }]) {
    const form = createOfferForm(offer({ isReplacement: true, ...changes }))
    assert.deepEqual([form.title.key, form.lead?.key], ['choice.again.title', 'choice.again'])
  }
  const own = { policy: optional, isReplacement: true, mayGoOn: true }
  assert.equal(createOfferForm(offer(own)).lead?.key, 'choice.again.plain')
  const empty = createOfferForm(offer({ ...none, isReplacement: true, mayGoOn: true }))
  assert.equal(empty.title.key, 'choice.nothing.title')
})

test('a user who can neither skip nor decline gets a cancel link', () => {
  assert.deepEqual(linksOf(createOfferForm(offer({}))), ['/sso/oidc/a/cancel'])
  assert.deepEqual(linksOf(createOfferForm(offer({ skips: 1 }))), [])
  assert.deepEqual(linksOf(createOfferForm(offer({ policy: optional, decline: true }))), [])
})

test('the cancel link leads to the app, the account or the start of the login, or ends the session', () => {
  const hrefOf = (...of: Parameters<typeof cancelLink>) => cancelLink(...of).href
  assert.equal(hrefOf({ cancelTo: '/sso/oidc/a/cancel' }, '/login'), '/sso/oidc/a/cancel')
  assert.equal(hrefOf({}, '/login?continue=x'), '/login?continue=x')
  assert.equal(hrefOf({ confirms: 'account' }, '/login'), '/account/authenticators')
  assert.equal(hrefOf({}), '/logout')
})

test('if no factor can be set up, the page says so and names no factor', () => {
  const form = createOfferForm(offer({ ...none, app: undefined }))
  assert.equal(form.title.key, 'choice.nothing.title')
  assert.equal(form.lead?.key, 'choice.nothing.plain')
  assert.deepEqual(noticesOf(form), ['choice.nothing.text'])
  assert.deepEqual(
    form.prompts.map(({ type }) => type),
    ['notice', 'link'],
  )
  const withSkips = createOfferForm(offer({ ...none, skips: 1 }))
  assert.equal(withSkips.lead?.key, 'choice.nothing')
  assert.deepEqual(
    withSkips.prompts.map(({ type }) => type),
    ['notice', 'choice'],
  )
})

test('at most one option stands out, with any factor first', () => {
  const kinds = ['authenticator', 'push', 'passkey', 'totp'] as const
  for (const first of kinds) {
    const order = [first, ...kinds.filter((kind) => kind !== first)]
    const factors = order.flatMap((kind) => describeFactor(kind).offer ?? [])
    const { prompts } = createOfferForm(offer({ factors }))
    const options = prompts.flatMap((prompt) => (prompt.type === 'choice' ? prompt.options : []))
    const standOut = options.filter(({ look }) => look === 'primary')
    assert.deepEqual(standOut.slice(1), [], first)
    if (first !== 'totp') assert.equal(standOut[0], options[0], first)
  }
})
