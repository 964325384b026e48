import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { ChoiceOption, Form, Prompt } from '../../login/engine/prompt.ts'
import { parseForm } from '../../platform/http/body.ts'
import { type MessageKey, message } from '../../platform/ui/message.ts'
import { createTranslator } from '../../platform/ui/translate.ts'
import { renderForm } from '../login/page.ts'
import { type Callback, readCallbacks, renderCallbacks } from './callbacks.ts'

const t = createTranslator('en')
const askOf = (...prompts: Prompt[]): Form => ({
  title: message('login.title'),
  width: 'narrow',
  prompts,
})
const option = (value: string): ChoiceOption => ({
  value,
  label: message('login.submit'),
  look: 'quiet',
})
const choice = (...values: string[]): Prompt => ({
  type: 'choice',
  name: 'action',
  options: values.map(option),
})
const wait: Prompt = {
  type: 'wait',
  status: message('push.enrol.waiting'),
  startedAt: 0,
  expiresAt: 60_000,
}
const username: Prompt = {
  type: 'text',
  name: 'username',
  label: message('login.username'),
  autocomplete: 'username',
}
const password: Prompt = {
  type: 'secret',
  name: 'password',
  label: message('login.password'),
  autocomplete: 'current-password',
}
const login = askOf(username, password, choice('login'))

/** The rendered callbacks with some changed inputs, as a client sends them. */
function sent(form: Form, inputs: Readonly<Record<string, unknown>> = {}): Callback[] {
  const callbacks = JSON.parse(JSON.stringify(renderCallbacks(form, t))) as Callback[]
  return callbacks.map((callback) => {
    const [input] = callback.input ?? []
    if (input === undefined || !(input.name in inputs)) return callback
    return { ...callback, input: [{ name: input.name, value: inputs[input.name] as string }] }
  })
}

test('the login page is sent as callbacks for name, password and button', () => {
  assert.deepEqual(renderCallbacks(login, t), [
    {
      type: 'NameCallback',
      output: [{ name: 'prompt', value: t(message('login.username')) }],
      input: [{ name: 'IDToken1', value: '' }],
    },
    {
      type: 'PasswordCallback',
      output: [{ name: 'prompt', value: t(message('login.password')) }],
      input: [{ name: 'IDToken2', value: '' }],
    },
    {
      type: 'ConfirmationCallback',
      output: [
        { name: 'prompt', value: '' },
        { name: 'messageType', value: 0 },
        { name: 'options', value: [t(message('login.submit'))] },
        { name: 'optionType', value: -1 },
        { name: 'defaultOption', value: 0 },
      ],
      input: [{ name: 'IDToken3', value: 0 }],
    },
  ])
  assert.deepEqual(readCallbacks(login, sent(login, { IDToken1: 'erika', IDToken2: 'pw' })), {
    type: 'ok',
    answers: { username: 'erika', password: 'pw', action: 'login' },
  })
})

test('a callback contains a user name that was typed before, but never a password', () => {
  const [name, secret] = renderCallbacks(
    askOf({ ...username, value: 'erika' } as Prompt, password),
    t,
  )
  assert.equal(name?.input?.[0]?.value, 'erika')
  assert.equal(secret?.input?.[0]?.value, '')
})

test('a client that only polls presses no button', () => {
  for (const values of [['cancel'], ['resend', 'cancel'], ['other', 'resend', 'cancel']]) {
    const form = askOf(wait, choice(...values))
    assert.deepEqual(readCallbacks(form, sent(form)), { type: 'ok', answers: {} })
    const answers = { action: values.at(-1) }
    assert.deepEqual(readCallbacks(form, sent(form, { IDToken2: values.length - 1 })), {
      type: 'ok',
      answers,
    })
  }
})

test('more than two buttons are sent as a ChoiceCallback', () => {
  const form = askOf(choice('register', 'get_app', 'skip'))
  const [callback] = renderCallbacks(form, t)
  assert.equal(callback?.type, 'ChoiceCallback')
  assert.deepEqual(readCallbacks(form, sent(form, { IDToken1: 2 })), {
    type: 'ok',
    answers: { action: 'skip' },
  })
})

test('a client can send a number as text', () => {
  const form = askOf(choice('register', 'get_app', 'skip'))
  assert.deepEqual(readCallbacks(form, sent(form, { IDToken1: '1' })), {
    type: 'ok',
    answers: { action: 'get_app' },
  })
})

test('a QR code is sent under the id that clients look for', () => {
  const content = 'pushauth://push/forgerock:erika?x=1'
  const form = askOf({
    type: 'qr',
    content,
    label: message('enrol.phone.qr.alt'),
    look: 'device',
    link: message('enrol.mobile_link'),
  })
  assert.deepEqual(renderCallbacks(form, t)[1], {
    type: 'HiddenValueCallback',
    output: [
      { name: 'value', value: content },
      { name: 'id', value: 'mfaDeviceRegistration' },
    ],
    input: [{ name: 'IDToken2', value: 'mfaDeviceRegistration' }],
  })
  assert.deepEqual(readCallbacks(form, sent(form)), { type: 'ok', answers: {} })
})

test('the number of a push is sent as text and under the id that clients look for', () => {
  const form = askOf({ type: 'code', value: '42', label: message('push.number') }, wait)
  const [text, hidden, polling] = renderCallbacks(form, t)
  assert.match(`${text?.output[0]?.value}`, /42$/)
  assert.deepEqual(hidden?.output, [
    { name: 'value', value: '42' },
    { name: 'id', value: 'pushChallengeNumber' },
  ])
  assert.equal(hidden?.input?.[0]?.value, 'pushChallengeNumber')
  assert.equal(polling?.type, 'PollingWaitCallback')
  assert.equal(typeof polling?.output[0]?.value, 'string')
})

for (const [tone, type] of [
  ['info', '0'],
  ['success', '0'],
  ['warning', '1'],
  ['error', '2'],
] as const) {
  test(`a notice of tone ${tone} is a text of type ${type}`, () => {
    const text = message('push.denied.text')
    const [callback] = renderCallbacks(askOf({ type: 'notice', tone, text }), t)
    assert.deepEqual(callback, {
      type: 'TextOutputCallback',
      output: [
        { name: 'message', value: t(text) },
        { name: 'messageType', value: type },
      ],
    })
  })
}

test('facts and instructions are sent as texts with one line for each item', () => {
  const rows = [
    { label: message('facts.app'), value: 'Webmail' },
    { label: message('facts.browser'), value: message('browser.unknown') },
  ]
  const items = [message('push.enrol.step.open'), message('push.enrol.step.scan')]
  const callbacks = renderCallbacks(
    askOf({ type: 'facts', rows }, { type: 'instructions', items }),
    t,
  )
  const [facts, steps] = callbacks.map(({ output }) => `${output[0]?.value}`.split('\n'))
  assert.equal(facts?.length, 2)
  assert.match(facts?.[0] ?? '', /Webmail$/)
  assert.deepEqual(
    steps?.map((line) => line.slice(0, 3)),
    ['1. ', '2. '],
  )
})

test('a client can send callbacks in any order and omit those without input', () => {
  const form = askOf({ type: 'instructions', items: [] }, username, wait, password)
  const callbacks = sent(form, { IDToken2: 'erika', IDToken4: 'pw' })
  const answers = { username: 'erika', password: 'pw' }
  for (const body of [callbacks, callbacks.toReversed(), callbacks.filter(({ input }) => input)]) {
    assert.deepEqual(readCallbacks(form, body), { type: 'ok', answers })
  }
})

const nameOf = (name: string, value: unknown = 'x', type = 'NameCallback') => ({
  type,
  input: [{ name, value }],
})
const secret = nameOf('IDToken2', 'y', 'PasswordCallback')
const two = askOf(username, password)
const ways = askOf(choice('a', 'b', 'c'))
const both = askOf(choice('a', 'b'), { ...choice('c', 'd'), name: 'other' } as Prompt)

for (const [what, form, body, reason] of [
  ['nothing', two, undefined, 'malformed'],
  ['an object', two, {}, 'malformed'],
  ['a callback with more in it', two, [{ ...nameOf('IDToken1'), more: 1 }], 'malformed'],
  [
    'an input with more in it',
    two,
    [{ type: 'x', input: [{ name: 'IDToken1', value: '', a: 1 }] }],
    'malformed',
  ],
  ['a name of another kind', two, [nameOf('callback_1')], 'malformed'],
  ['a name with a leading zero', two, [nameOf('IDToken01')], 'malformed'],
  ['an object as value', two, [nameOf('IDToken1', {})], 'malformed'],
  ['a broken number', two, [nameOf('IDToken1', 1.5)], 'malformed'],
  ['a very long text', two, [nameOf('IDToken1', 'x'.repeat(5000))], 'malformed'],
  [
    'an input that was not asked for',
    two,
    [nameOf('IDToken1'), secret, nameOf('IDToken3')],
    'unknown',
  ],
  [
    'a callback that is not of the page',
    two,
    [nameOf('IDToken1'), secret, { type: 'PollingWaitCallback' }],
    'unknown',
  ],
  ['a missing input', two, [nameOf('IDToken1')], 'missing'],
  ['an empty page', two, [], 'missing'],
  ['a duplicate input', two, [nameOf('IDToken1'), nameOf('IDToken1', 'z'), secret], 'doubled'],
  ['an input of another type', two, [nameOf('IDToken1'), nameOf('IDToken2')], 'wrong_type'],
  ['a number for a text', two, [nameOf('IDToken1', 7), secret], 'bad_value'],
  ['a choice that does not exist', ways, [nameOf('IDToken1', 3, 'ChoiceCallback')], 'bad_value'],
  ['a choice below the first', ways, [nameOf('IDToken1', -1, 'ChoiceCallback')], 'bad_value'],
  [
    'no choice where one is required',
    ways,
    [nameOf('IDToken1', 100, 'ChoiceCallback')],
    'bad_value',
  ],
  ['a choice by its name', ways, [nameOf('IDToken1', 'a', 'ChoiceCallback')], 'bad_value'],
  [
    'two buttons',
    both,
    [nameOf('IDToken1', 0, 'ConfirmationCallback'), nameOf('IDToken2', 1, 'ConfirmationCallback')],
    'doubled',
  ],
] as const) {
  test(`${what} is refused as ${reason}`, () => {
    assert.deepEqual(readCallbacks(form, body), { type: 'refused', reason })
  })
}

test('the reader of callbacks never throws on any input', () => {
  const inputs = fc.record({
    type: fc.constantFrom('NameCallback', 'PasswordCallback', 'ChoiceCallback', 'x'),
    input: fc.array(
      fc.record({
        name: fc.constantFrom('IDToken1', 'IDToken2', 'IDToken999', '__proto__'),
        value: fc.anything(),
      }),
    ),
  })
  fc.assert(
    fc.property(fc.oneof(fc.anything(), fc.array(inputs)), (body) => {
      readCallbacks(login, body)
    }),
  )
})

const key = fc.constantFrom<MessageKey>('login.title', 'push.number', 'push.enrol.waiting')
const words = key.map((name) => message(name))
const name = fc.stringMatching(/^[a-z_]{1,8}$/)
/** Texts without line breaks, which a browser removes from a value. */
const value = fc.string({ unit: fc.constantFrom(...'aZ0 ä&<>"\'=+%;💡'), maxLength: 8 })
const options = fc.uniqueArray(fc.stringMatching(/^[a-z_&"]{1,8}$/), { minLength: 1, maxLength: 4 })
const prompt: fc.Arbitrary<Prompt> = fc.oneof(
  fc.record({
    type: fc.constant('text' as const),
    name,
    label: words,
    value,
    autocomplete: fc.constant('username'),
  }),
  fc.record({
    type: fc.constant('secret' as const),
    name,
    label: words,
    autocomplete: fc.constant('current-password'),
  }),
  fc.record({ type: fc.constant('hidden' as const), name, value }),
  fc.record({
    type: fc.constant('choice' as const),
    name: fc.constantFrom('action', 'other'),
    options: fc
      .tuple(options, fc.constantFrom('primary', 'card', 'quiet'))
      .map(([values, look]) => values.map((one) => ({ ...option(one), look }) as ChoiceOption)),
  }),
  fc.record({
    type: fc.constant('qr' as const),
    content: value,
    label: words,
    look: fc.constantFrom('device' as const, 'store' as const),
    link: words,
  }),
  fc.record({ type: fc.constant('code' as const), value, label: words }),
  fc.constant(wait),
  fc.record({
    type: fc.constant('notice' as const),
    tone: fc.constantFrom(
      'info' as const,
      'success' as const,
      'warning' as const,
      'error' as const,
    ),
    text: words,
  }),
  fc.record({
    type: fc.constant('facts' as const),
    rows: fc.array(fc.record({ label: words, value: fc.oneof(value, words) }), { maxLength: 2 }),
  }),
  fc.record({
    type: fc.constant('instructions' as const),
    items: fc.array(words, { maxLength: 2 }),
  }),
  fc.record({ type: fc.constant('link' as const), href: fc.constant('/login'), label: words }),
)
const isField = ({ type }: Prompt) => type === 'text' || type === 'secret' || type === 'hidden'
/** A name is used once; buttons of one name are one decision. */
const anyForm = fc
  .uniqueArray(prompt, {
    maxLength: 7,
    selector: (one) => (isField(one) && 'name' in one ? one.name : one),
  })
  .map((prompts) => askOf(...prompts))

interface Control {
  readonly tag: 'input' | 'button'
  readonly type: string
  readonly name: string
  readonly value: string
}

const entities: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  '#39': "'",
}

/** The controls of a page's form, in the order of the document. */
function controlsOf(form: Form): Control[] {
  const common = { action: '/login/x', version: 0, formToken: 'token', now: 0 }
  const { body } = renderForm({ ...common, form, t })
  return [...`${body}`.matchAll(/<(input|button)\b([^>]*)>/g)].flatMap(([, tag, rest = '']) => {
    const attributes = new Map(
      [...rest.matchAll(/([\w-]+)="([^"]*)"/g)].map(([, attribute = '', text = '']) => [
        attribute,
        text.replace(/&(#?\w+);/g, (whole, entity: string) => entities[entity] ?? whole),
      ]),
    )
    const called = attributes.get('name')
    if (called === undefined || called === 'version' || called === 'form_token') return []
    return [
      {
        tag: tag as Control['tag'],
        type: attributes.get('type') ?? 'text',
        name: called,
        value: attributes.get('value') ?? '',
      },
    ]
  })
}

/** Types `typed` into one field after the other, presses a button, and sends the form. */
function throughForm(form: Form, typed: readonly string[], button: number | undefined) {
  const controls = controlsOf(form)
  const rest = [...typed]
  const fields = controls
    .filter(({ tag }) => tag === 'input')
    .map((one) => [one.name, one.type === 'hidden' ? one.value : (rest.shift() ?? '')])
  const buttons = controls.filter(({ tag, type }) => tag === 'button' && type !== 'button')
  const pressed = button === undefined ? undefined : buttons[button % Math.max(1, buttons.length)]
  const pairs = [...fields, ...(pressed ? [[pressed.name, pressed.value]] : [])]
  return { ...parseForm(new URLSearchParams(pairs as [string, string][]).toString()) }
}

/** Gives the same answers through callbacks. */
function throughCallbacks(form: Form, typed: readonly string[], button: number | undefined) {
  const callbacks = renderCallbacks(form, t)
  const rest = [...typed]
  const counts = callbacks.map(({ output }) => {
    const labels = output.find(({ name: one }) => one === 'options' || one === 'choices')?.value
    return Array.isArray(labels) ? labels.length : 0
  })
  const total = counts.reduce((sum, count) => sum + count, 0)
  let left = button === undefined || total === 0 ? undefined : button % total
  const inputs: Record<string, unknown> = {}
  callbacks.forEach(({ type, input }, index) => {
    const called = input?.[0]?.name ?? ''
    if (type === 'NameCallback' || type === 'PasswordCallback') inputs[called] = rest.shift() ?? ''
    const count = counts[index] ?? 0
    if (count === 0) return
    if (left !== undefined && left >= 0 && left < count) inputs[called] = left
    else inputs[called] = 100
    if (left !== undefined) left -= count
  })
  return readCallbacks(form, sent(form, inputs))
}

test('for any page the answers through callbacks equal the answers through the HTML form', () => {
  const typed = fc.array(value, { minLength: 7, maxLength: 7 })
  fc.assert(
    fc.property(
      anyForm,
      typed,
      fc.option(fc.nat(20), { nil: undefined }),
      (form, texts, button) => {
        const isForced = renderCallbacks(form, t).some(({ type }) => type === 'ChoiceCallback')
        fc.pre(!isForced || button !== undefined)
        assert.deepEqual(throughCallbacks(form, texts, button), {
          type: 'ok',
          answers: throughForm(form, texts, button),
        })
      },
    ),
    { numRuns: 500 },
  )
})
