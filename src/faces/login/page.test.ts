import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Prompt } from '../../login/engine/prompt.ts'
import { message } from '../../platform/ui/message.ts'
import { createTranslator } from '../../platform/ui/translate.ts'
import type { AskPage } from './ask-page.ts'
import { renderForm } from './page.ts'

const t = createTranslator('de')
const hostile = `"><script>alert(1)</script>'&`

const plain = {
  form: { title: message('login.title'), width: 'narrow', prompts: [] },
  t,
  now: 30_000,
  action: '/login/a',
  version: 7,
  formToken: 'token',
} as const

function render(prompts: readonly Prompt[], options: Partial<AskPage> = {}) {
  const page = renderForm({ ...plain, form: { ...plain.form, prompts }, ...options })
  return { ...page, text: page.body.toString() }
}

const username: Prompt = {
  type: 'text',
  name: 'username',
  label: message('login.username'),
  value: 'erika',
  autocomplete: 'username',
}
const password: Prompt = {
  type: 'secret',
  name: 'password',
  label: message('login.password'),
  autocomplete: 'current-password',
}
const wait: Prompt = {
  type: 'wait',
  status: message('push.enrol.waiting'),
  startedAt: 0,
  expiresAt: 120_000,
}
const formError = {
  status: 422,
  title: message('login.wrong.title'),
  text: message('login.wrong.text'),
  fields: ['username', 'password'],
} as const

test('the form carries its version and its token', () => {
  const { text } = render([username])
  assert.match(text, /<form [^>]*method="post" action="\/login\/a" novalidate>/)
  assert.match(text, /name="version" value="7"/)
  assert.match(text, /name="form_token" value="token"/)
})

test('every field has a label and an autocomplete value', () => {
  const { text, scripts } = render([username, password])
  for (const [, id] of text.matchAll(/<label for="([^"]+)"/g)) {
    assert.ok(text.includes(`<input id="${id}"`))
  }
  assert.match(text, /name="username" type="text" autocomplete="username" value="erika"/)
  assert.match(text, /name="password" type="password" autocomplete="current-password"/)
  assert.deepEqual(scripts, ['password', 'again'])
})

test('the first empty field has the focus', () => {
  const { text } = render([username, password])
  assert.match(text, /name="password"[^>]* autofocus/)
  assert.equal(text.match(/ autofocus/g)?.length, 1)
})

test('after a form error the field has the focus and is described by the message, which is no second alert', () => {
  const page = render([username, password], { formError })
  assert.match(page.text, /name="password"[^>]* aria-describedby="summary" autofocus/)
  assert.match(page.text, /<div class="note error" id="summary">/)
  assert.equal(page.text.match(/ autofocus/g)?.length, 1)
  assert.equal(page.text.match(/aria-invalid="true" aria-describedby="summary"/g)?.length, 2)
  assert.equal(page.isError, true)
})

test('a refusal with a wait is shown as a warning, and one with a very short wait as information', () => {
  const { fields: _, ...about } = formError
  const { text, isError } = render([username], { formError: { ...about, retryAfter: 90 } })
  assert.match(
    text,
    /<div class="note warning" role="status" id="summary" tabindex="-1" autofocus>/,
  )
  assert.equal(isError, true, 'what was sent was not accepted')
  const short = render([username], { formError: { ...about, retryAfter: 1, tone: 'info' } })
  assert.match(short.text, /<div class="note info" role="status" id="summary"/)
  assert.equal(short.isError, false)
})

test('a message with a button has its own form, so that Enter in a field does not press this button', () => {
  const said = {
    text: message('lost.text'),
    option: { value: 'later', label: message('choice.later') },
  }
  const { body } = renderForm({ ...plain, form: { ...plain.form, prompts: [password], said } })
  const [first = '', second = ''] = body.toString().split('</form>')
  assert.match(first, /role="status"/)
  assert.match(first, /name="version" value="7".*name="form_token" value="token".*value="later"/)
  assert.doesNotMatch(second, /value="later"/)
  assert.match(second, /name="version" value="7"/)
})

test('a form error without a field has the focus and is an alert', () => {
  const { fields: _, ...about } = formError
  const page = render([username, password], { formError: about })
  assert.match(page.text, /role="alert" id="summary" tabindex="-1" autofocus/)
  assert.equal(page.text.match(/ autofocus/g)?.length, 1)
})

test('the field that caused the form error has the focus', () => {
  const page = render([username, password], { formError: { ...formError, fields: ['username'] } })
  assert.match(page.text, /name="username"[^>]* aria-describedby="summary" autofocus/)
  assert.equal(page.text.match(/ autofocus/g)?.length, 1)
})

test('the page marks an option that is only for computers or for browsers with scripts', () => {
  const option = {
    value: 'key',
    label: message('choice.passkey'),
    look: 'card',
    icon: 'key',
  } as const
  const choice = (only: readonly ('scripts' | 'computer')[]): Prompt => {
    return { type: 'choice', name: 'action', options: [{ ...option, only }] }
  }
  assert.match(render([choice(['scripts', 'computer'])]).text, /class="pick scripted desk"/)
  assert.match(render([choice([])]).text, /class="pick" name/)
})

const waitingForCode: readonly Prompt[] = [
  {
    type: 'qr',
    content: 'pushauth://push/forgerock:erika',
    label: message('enrol.phone.qr.alt'),
    look: 'device',
    link: message('enrol.mobile_link'),
  },
  wait,
]
const addresses = { events: '/login/a/events', status: '/login/a/status', next: '/login/a' }

test('without scripts a page with a QR code links to a page that shows its address and does not reload', () => {
  const code = render(waitingForCode, { wait: addresses })
  assert.ok(code.refresh)
  assert.match(code.text, /<noscript><p class="links"><a href="\/login\/a\?address">/)
  assert.match(code.text, /<details class="scripted">/)
  const address = render(waitingForCode, { wait: addresses, showsAddress: true })
  assert.equal(address.refresh, undefined)
  assert.match(address.text, /<details open>/)
  assert.match(address.text, /<a href="\/login\/a\?address">Jetzt prüfen<\/a><a href="\/login\/a">/)
  assert.doesNotMatch(address.text, /alle paar Sekunden/)
})

test('the page says that an outdated answer was not used', () => {
  assert.match(render([username], { outdated: true }).text, /nicht mehr aktuell/)
})

test('each option is a button that submits its value', () => {
  const { text } = render([
    {
      type: 'choice',
      name: 'choice',
      options: [
        { value: 'a', label: message('choice.register'), look: 'primary', icon: 'phone' },
        { value: 'b', label: message('choice.get_app'), look: 'card', icon: 'download' },
        { value: 'c', label: message('push.resend'), look: 'secondary' },
        {
          value: 'd',
          label: message('choice.skip'),
          hint: message('choice.skip.hint', { left: 2 }),
          look: 'quiet',
        },
      ],
    },
  ])
  for (const value of ['a', 'b', 'c', 'd']) {
    assert.match(text, new RegExp(`<button [^>]*name="choice" value="${value}"`))
  }
  assert.match(text, /aria-describedby="hint-d">Überspringen<\/button><p class="hint" id="hint-d">/)
})

test('a page shows a QR code also as a link and as text', () => {
  const content = 'pushauth://push/forgerock:x?a=1&b=2'
  const { text } = render([
    {
      type: 'qr',
      content,
      label: message('enrol.phone.qr.alt'),
      look: 'device',
      link: message('enrol.mobile_link'),
    },
    wait,
  ])
  const escaped = content.replace('&', '&amp;')
  assert.equal(text.split(`href="${escaped}"`).length - 1, 2)
  assert.ok(text.includes(`<code>${escaped}</code>`))
  assert.ok(text.indexOf('class="button" href="pushauth:') < text.indexOf('role="img"'))
  assert.match(text, /role="img" aria-label="QR-Code/)
})

test('a waiting page shows the time that is left and has the addresses to check again', () => {
  const addresses = { events: '/e', status: '/s', next: '/n' }
  const page = render([wait], { wait: addresses })
  assert.match(page.text, /<progress max="120" value="90"/)
  assert.match(page.text, /data-left="90000"/)
  assert.match(page.text, /data-events="\/e" data-status="\/s" data-next="\/n"/)
  assert.match(
    page.text,
    /\[\[60,&quot;Noch 1 Minute&quot;\],\[30,&quot;Noch 30 Sekunden&quot;\]\]/,
  )
  assert.deepEqual(page.refresh, { seconds: 5, url: '/n', when: 'scripts_off' })
  assert.deepEqual(page.scripts, ['wait'])
})

test('an expired wait shows no time left', () => {
  assert.match(render([wait], { now: 500_000 }).text, /<progress max="120" value="0"/)
})

test('text from a user or an app cannot inject a script into a form', () => {
  const { text } = render(
    [
      { ...username, value: hostile },
      { type: 'hidden', name: hostile, value: hostile },
      { type: 'link', href: `/${hostile}`, label: message('login.forgot') },
      { type: 'code', value: hostile, label: message('push.number') },
      { type: 'facts', rows: [{ label: message('facts.app'), value: hostile }] },
      { ...wait, status: message('push.status.sent', { device: hostile }) },
      { type: 'notice', tone: 'info', text: message('home.title', { name: hostile }) },
    ],
    {
      action: hostile,
      formToken: hostile,
      wait: { events: hostile, status: hostile, next: hostile },
    },
  )
  assert.doesNotMatch(text, /<script/)
})

test('a form has no inline styles and no event handlers', () => {
  const { text } = render([username, password, wait], { formError })
  assert.doesNotMatch(text, / style=| on\w+=/)
})

test('the browser asks for a passkey by itself only on a page without a message', () => {
  const passkey: Prompt = {
    type: 'webauthn',
    name: 'credential',
    ceremony: 'get',
    options: '{}',
    button: message('passkey.submit'),
    script: 'passkey',
    texts: { failed: message('passkey.failed') },
  }
  const notice: Prompt = { type: 'notice', tone: 'info', text: message('journey.moved.text') }
  const { fields: _, ...about } = formError
  assert.match(render([passkey]).text, / data-asks/)
  assert.doesNotMatch(render([passkey], { formError: about }).text, / data-asks/)
  assert.doesNotMatch(render([notice, passkey]).text, / data-asks/)
  assert.doesNotMatch(render([{ ...passkey, ceremony: 'create' }]).text, / data-asks/)
})

const desk: Prompt = { type: 'desk', phone: '089 000-0', reference: 'K7QM-3XPA' }

for (const [name, prompts, isPrimary] of [
  ['before buttons that are no better way on', [desk, choose('secondary')], true],
  ['after the buttons', [choose('secondary'), desk], false],
  ['beside a primary button', [desk, choose('primary')], false],
] as const) {
  test(`the call to the service desk ${name} is ${isPrimary ? 'a' : 'no'} primary button`, () => {
    const { text } = render(prompts)
    assert.match(text, isPrimary ? /<a class="button" href="tel:/ : /<a class="act" href="tel:/)
  })
}

function choose(look: 'primary' | 'secondary'): Prompt {
  const label = message('approval.retry')
  return { type: 'choice', name: 'action', options: [{ value: 'pass', label, look }] }
}
