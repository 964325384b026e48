/** Every page in every state, with plain data: for the gallery and for the tests of the pages. */
import { type AskPage, renderAsk } from '../../src/engine/page.ts'
import type { Ask, ChoiceOption, Prompt } from '../../src/engine/prompt.ts'
import type { Complaint } from '../../src/engine/step.ts'
import { complaintOf } from '../../src/factors/attempts.ts'
import { recoveryAsk, wrongCode } from '../../src/factors/recovery/confirm-step.ts'
import { codesAsk } from '../../src/factors/recovery/create-step.ts'
import { allOffAsk } from '../../src/factors/second-factor/choose.ts'
import { type FaultCode, faultStatus } from '../../src/kernel/fault.ts'
import { loadAssets } from '../../src/ui/assets.ts'
import type { Brand } from '../../src/ui/brand.ts'
import type { Language } from '../../src/ui/language.ts'
import { createLayout, type RenderedDocument } from '../../src/ui/layout.ts'
import { type MessageKey, message } from '../../src/ui/message.ts'
import { notMeDonePage, notMeGonePage, notMePage } from '../../src/ui/not-me-pages.ts'
import type { Page } from '../../src/ui/page.ts'
import {
  accessDeniedPage,
  appErrorPage,
  cookiesOffPage,
  errorPage,
  forgotPasswordPage,
  forwardPage,
  homePage,
  journeyEndPage,
  loggedOutPage,
  logoutPage,
  setupDonePage,
  setupPage,
  setupUsedPage,
} from '../../src/ui/pages.ts'
import type { Translate } from '../../src/ui/translate.ts'
import { accountScenes } from './account-scenes.ts'

export const brand: Brand = {
  name: 'Beispiel Versicherung',
  appsLine: {
    de: 'Eine Anmeldung für Webmail, Portal, Angebot und Lernwelt.',
    en: 'One sign-in for webmail, portal, quotes and learning.',
  },
  colour: '#0b5089',
  cornerRadius: 8,
  support: { email: 'servicedesk@beispiel.example', phone: '089 000-0' },
  imprintUrl: 'https://beispiel.example/impressum',
  privacyUrl: 'https://beispiel.example/datenschutz',
}

export const longBrand: Brand = {
  ...brand,
  name: 'Rückversicherungsgesellschaft Süddeutscher Handwerksinnungen auf Gegenseitigkeit',
  colour: '#f2c200',
  cornerRadius: 0,
}

/** 2026-11-25T07:02:10Z. */
const now = 1_795_590_130_000
const { support } = brand

export interface Scene {
  readonly name: string
  readonly brand?: Brand
  readonly page: (t: Translate) => Page
}

const asked = (ask: Ask, options: Partial<AskPage> = {}) => {
  return (t: Translate): Page =>
    renderAsk({
      ask,
      t,
      now,
      action: '/login/journey',
      version: 3,
      formToken: 'form-token',
      wait: { events: '/login/events', status: '/login/status', next: '/login/journey' },
      ...options,
    })
}

const login = (username: string): Ask => ({
  title: message('login.title'),
  lead: message('login.lead'),
  width: 'narrow',
  prompts: [
    {
      type: 'text',
      name: 'username',
      label: message('login.username'),
      value: username,
      autocomplete: 'username',
    },
    {
      type: 'secret',
      name: 'password',
      label: message('login.password'),
      autocomplete: 'current-password',
    },
    {
      type: 'choice',
      name: 'action',
      options: [{ value: 'login', label: message('login.submit'), look: 'primary' }],
    },
    {
      type: 'passkey',
      name: 'credential',
      ceremony: 'autofill',
      options: '{"challenge":"AAAA"}',
      button: message('passkey.login'),
    },
    { type: 'link', href: '/forgot-password', label: message('login.forgot') },
  ],
})

const changePassword: Ask = {
  title: message('password.change.title'),
  lead: message('password.change.lead'),
  width: 'narrow',
  prompts: [
    {
      type: 'secret',
      name: 'password',
      label: message('password.change.new'),
      hint: message('setup.password_hint', { min: 12 }),
      autocomplete: 'new-password',
    },
    {
      type: 'secret',
      name: 'password_again',
      label: message('password.change.again'),
      autocomplete: 'new-password',
    },
    {
      type: 'choice',
      name: 'action',
      options: [{ value: 'change', label: message('password.change.submit'), look: 'primary' }],
    },
  ],
}

const complaint = (
  title: MessageKey,
  text: MessageKey,
  fields: readonly string[],
  values?: Record<string, number>,
): { complaint: Complaint } => ({
  complaint: { status: 422, title: message(title), text: message(text, values), fields },
})

const both = ['username', 'password']

const choice = (
  options: { app?: string; until?: string; left?: number; decline?: boolean },
  notes: readonly Prompt[] = [],
): Ask => ({
  title: message('choice.title'),
  lead:
    options.until === undefined
      ? message('choice.lead.optional', { app: options.app ?? 'Webmail' })
      : message('choice.lead.until', { app: options.app ?? 'Webmail', date: options.until }),
  width: 'narrow',
  prompts: [
    ...notes,
    { type: 'choice', name: 'choice', options: choiceOptions(options.left, options.decline) },
  ],
})

function choiceOptions(left: number | undefined, decline: boolean | undefined): ChoiceOption[] {
  return [
    {
      value: 'register',
      label: message('choice.register'),
      hint: message('choice.register.hint'),
      look: 'primary',
      icon: 'phone',
    },
    {
      value: 'get_app',
      label: message('choice.get_app'),
      hint: message('choice.get_app.hint'),
      look: 'card',
      icon: 'download',
    },
    {
      value: 'passkey',
      label: message('choice.passkey'),
      hint: message('choice.passkey.hint'),
      look: 'quiet',
      icon: 'key',
    },
    ...(left === undefined || left > 0
      ? [
          {
            value: 'skip',
            label: message('choice.skip'),
            hint:
              left === undefined
                ? message('choice.skip.hint.unlimited')
                : message('choice.skip.hint', { left }),
            look: 'quiet',
            icon: 'later',
          } as const,
        ]
      : []),
    ...(decline === true
      ? [
          {
            value: 'decline',
            label: message('choice.decline'),
            hint: message('choice.decline.hint'),
            look: 'quiet',
            icon: 'never',
          } as const,
        ]
      : []),
  ]
}

const usePasskey: Ask = {
  title: message('passkey.title'),
  lead: message('passkey.lead'),
  width: 'narrow',
  prompts: [
    {
      type: 'passkey',
      name: 'credential',
      ceremony: 'get',
      options: '{}',
      button: message('passkey.submit'),
    },
    {
      type: 'choice',
      name: 'action',
      options: [
        { value: 'other', label: message('push.other'), look: 'secondary' },
        { value: 'cancel', label: message('push.cancel'), look: 'quiet' },
      ],
    },
  ],
}

const makePasskey: Ask = {
  title: message('passkey.enrol.title'),
  lead: message('passkey.enrol.lead'),
  width: 'narrow',
  prompts: [
    {
      type: 'instructions',
      items: [message('passkey.enrol.step.place'), message('passkey.enrol.step.confirm')],
    },
    {
      type: 'passkey',
      name: 'credential',
      ceremony: 'create',
      options: '{}',
      button: message('passkey.enrol.submit'),
    },
    {
      type: 'choice',
      name: 'action',
      options: [{ value: 'back', label: message('enrol.back'), look: 'quiet' }],
    },
  ],
}

const onlyPasskey: Ask = {
  title: message('choice.title'),
  lead: message('choice.lead.passkey', { app: 'Webmail' }),
  width: 'narrow',
  prompts: [
    {
      type: 'choice',
      name: 'action',
      options: [
        {
          value: 'passkey',
          label: message('choice.passkey'),
          hint: message('choice.passkey.hint'),
          look: 'primary',
          icon: 'key',
        },
      ],
    },
  ],
}

const store: Ask = {
  title: message('store.title'),
  lead: message('store.lead'),
  width: 'wide',
  prompts: [
    {
      type: 'qr',
      content: 'https://apps.apple.com/app/forgerock-authenticator/id1038442926',
      label: message('store.ios.qr'),
      look: 'store',
      link: message('store.ios'),
    },
    {
      type: 'qr',
      content: 'https://play.google.com/store/apps/details?id=com.forgerock.authenticator',
      label: message('store.android.qr'),
      look: 'store',
      link: message('store.android'),
    },
    {
      type: 'choice',
      name: 'action',
      options: [
        {
          value: 'register',
          label: message('store.next'),
          hint: message('store.next.hint'),
          look: 'primary',
        },
        { value: 'back', label: message('store.back'), look: 'quiet' },
      ],
    },
  ],
}

const uri = `pushauth://push/forgerock:Beispiel%20Versicherung:erika.mustermann?a=aHR0cHM6Ly9sb2dpbi5iZWlzcGllbC5leGFtcGxlL2FtL2pzb24vcHVzaC9zbnMvbWVzc2FnZT9fYWN0aW9uPWF1dGhlbnRpY2F0ZQ&r=aHR0cHM6Ly9sb2dpbi5iZWlzcGllbC5leGFtcGxlL2FtL2pzb24vcHVzaC9zbnMvbWVzc2FnZT9fYWN0aW9uPXJlZ2lzdGVy&b=0b5089&s=${'k7Qm3xPa'.repeat(5)}&c=${'Zt9WbR2f'.repeat(5)}&l=YW1sYmNvb2tpZT0wMQ&m=REGISTER:2f9c1f1e-6d0b-4a6e-9b0e-6e1f0c2d3a4b1795590130000&issuer=QmVpc3BpZWwgVmVyc2ljaGVydW5n`

const enrol = (notes: readonly Prompt[] = []): Ask => ({
  title: message('enrol.title'),
  lead: message('enrol.lead'),
  width: 'wide',
  prompts: [
    ...notes,
    {
      type: 'instructions',
      items: [message('enrol.step.open'), message('enrol.step.scan'), message('enrol.step.allow')],
    },
    {
      type: 'qr',
      content: uri,
      label: message('enrol.qr.alt'),
      look: 'device',
      link: message('enrol.mobile_link'),
    },
    {
      type: 'wait',
      status: message('enrol.waiting'),
      startedAt: now - 60_000,
      expiresAt: now + 240_000,
    },
    {
      type: 'choice',
      name: 'action',
      options: [
        { value: 'renew', label: message('enrol.renew'), look: 'secondary' },
        { value: 'back', label: message('enrol.back'), look: 'quiet' },
      ],
    },
  ],
})

const push = (
  status: MessageKey,
  options: { device?: string; app?: string; number?: string; purpose?: 'login' | 'test' } = {},
): Ask => {
  const device = options.device ?? 'Erikas iPhone'
  const isTest = options.purpose === 'test'
  const number = options.number ?? '56'
  return {
    title: message(isTest ? 'test.title' : 'push.title'),
    lead: isTest
      ? message('test.lead', { device })
      : message(number === '' ? 'push.lead.plain' : 'push.lead'),
    width: 'narrow',
    prompts: [
      ...(number === ''
        ? []
        : [{ type: 'code', value: number, label: message('push.number') } as const]),
      {
        type: 'wait',
        status: message(status, { device }),
        startedAt: now - 30_000,
        expiresAt: now + 90_000,
      },
      ...(isTest ? [] : [factsOf(options.app ?? 'Webmail')]),
      {
        type: 'choice',
        name: 'action',
        options: [
          { value: 'resend', label: message('push.resend'), look: 'secondary' },
          { value: 'cancel', label: message('push.cancel'), look: 'quiet' },
        ],
      },
    ],
  }
}

function factsOf(app: string): Prompt {
  return {
    type: 'facts',
    rows: [
      { label: message('facts.app'), value: app },
      {
        label: message('facts.browser'),
        value: message('browser.on', { browser: 'Firefox', system: 'Windows' }),
      },
      { label: message('facts.place'), value: 'München' },
      { label: message('facts.time'), value: message('facts.moment', { at: now }) },
    ],
  }
}

const ended = (title: MessageKey, text: MessageKey, tone: 'error' | 'warning' | 'info'): Ask => ({
  title: message(title),
  width: 'narrow',
  prompts: [
    { type: 'notice', tone, text: message(text) },
    {
      type: 'choice',
      name: 'action',
      options: [{ value: 'resend', label: message('push.resend'), look: 'primary' }],
    },
    { type: 'link', href: '/login', label: message('push.cancel') },
  ],
})

const finished: Ask = {
  title: message('enrol.done.title'),
  width: 'narrow',
  prompts: [
    { type: 'notice', tone: 'success', text: message('enrol.done.text') },
    {
      type: 'choice',
      name: 'action',
      options: [{ value: 'next', label: message('push.retry'), look: 'primary' }],
    },
  ],
}

const confirmLogin = (username: string): Ask => ({
  ...login(username),
  lead: message('login.lead.account'),
})

const begun = (title: MessageKey, lead: MessageKey, values?: Record<string, string>): Ask => ({
  title: message(title),
  lead: message(lead, values),
  width: 'narrow',
  prompts: [
    {
      type: 'choice',
      name: 'action',
      options: [
        { value: 'begin', label: message('enrol.begin.submit'), look: 'primary' },
        { value: 'back', label: message('push.cancel'), look: 'quiet' },
      ],
    },
  ],
})

const tried = (
  title: MessageKey,
  text: MessageKey,
  tone: 'success' | 'warning' | 'error' | 'info',
): Ask => ({
  title: message(title),
  width: 'narrow',
  prompts: [
    { type: 'notice', tone, text: message(text, { device: 'Erikas iPhone' }) },
    {
      type: 'choice',
      name: 'action',
      options: [
        { value: 'back', label: message('trial.back'), look: 'primary' },
        { value: 'send', label: message('trial.again'), look: 'secondary' },
      ],
    },
  ],
})

const noneLeft: Prompt = { type: 'notice', tone: 'info', text: message('choice.none_left') }
const secondPhone: Prompt = {
  type: 'notice',
  tone: 'warning',
  title: message('enrol.second_phone.title'),
  text: message('enrol.second_phone.text'),
}
const longApp = 'Vertriebspartnerinformationssystem'
const longDevice =
  'Maximiliane-Friederike von Hohenlohe-Langenburgs privates Xiaomi Redmi Note 13 Pro'

const journeyScenes: readonly Scene[] = [
  { name: 'login', page: asked(login('')) },
  { name: 'login-long-brand', brand: longBrand, page: asked(login('')) },
  {
    name: 'login-wrong',
    page: asked(
      login('erika.mustermann'),
      complaint('login.wrong.title', 'login.wrong.text', both),
    ),
  },
  {
    name: 'login-missing',
    page: asked(
      login('erika.mustermann'),
      complaint('login.missing.title', 'login.missing.password', ['password']),
    ),
  },
  {
    name: 'login-throttled',
    page: asked(
      login('erika.mustermann'),
      complaint('login.throttled.title', 'login.throttled.text', [], { wait: 90 }),
    ),
  },
  { name: 'login-outdated', page: asked(login(''), { outdated: true }) },
  { name: 'password-change', page: asked(changePassword) },
  {
    name: 'password-change-refused',
    page: asked(
      changePassword,
      complaint('password.change.refused.title', 'password.change.mismatch', ['password_again']),
    ),
  },
  { name: 'choice', page: asked(choice({ until: '2027-01-15', left: 2, decline: true })) },
  { name: 'choice-unlimited', page: asked(choice({ app: longApp })) },
  { name: 'choice-none-left', page: asked(choice({ left: 0 }, [noneLeft])) },
  {
    name: 'decline',
    page: asked({
      title: message('decline.title'),
      lead: message('decline.lead.days', { days: 90 }),
      width: 'narrow',
      prompts: [
        { type: 'text', name: 'reason', label: message('decline.reason'), autocomplete: 'off' },
        {
          type: 'choice',
          name: 'action',
          options: [
            { value: 'decline', label: message('decline.submit'), look: 'primary' },
            { value: 'back', label: message('decline.back'), look: 'quiet' },
          ],
        },
      ],
    }),
  },
  { name: 'choice-passkey', page: asked(onlyPasskey) },
  { name: 'passkey-enrol', page: asked(makePasskey) },
  {
    name: 'passkey-enrol-refused',
    page: asked(
      makePasskey,
      complaint('passkey.enrol.refused.title', 'passkey.enrol.refused.text', []),
    ),
  },
  { name: 'passkey', page: asked(usePasskey) },
  {
    name: 'passkey-late',
    page: asked({
      ...usePasskey,
      prompts: [
        { type: 'notice', tone: 'warning', text: message('passkey.expired') },
        ...usePasskey.prompts,
      ],
    }),
  },
  {
    name: 'passkey-cloned',
    page: asked(usePasskey, complaint('passkey.cloned.title', 'passkey.cloned.text', [])),
  },
  {
    name: 'login-passkey-refused',
    page: asked(login(''), complaint('passkey.refused.title', 'passkey.login.refused.text', [])),
  },
  { name: 'store', page: asked(store) },
  { name: 'enrol', page: asked(enrol()) },
  { name: 'enrol-second-phone', page: asked(enrol([secondPhone])) },
  {
    name: 'enrol-expired',
    page: asked(ended('enrol.expired.title', 'enrol.expired.text', 'warning')),
  },
  { name: 'enrol-done', page: asked(finished) },
  { name: 'test', page: asked(push('push.status.sent', { purpose: 'test' })) },
  { name: 'push-sending', page: asked(push('push.status.sending')) },
  { name: 'push', page: asked(push('push.status.sent')) },
  { name: 'push-plain', page: asked(push('push.status.sent', { number: '' })) },
  { name: 'push-failed', page: asked(push('push.status.failed')) },
  {
    name: 'push-long-names',
    brand: longBrand,
    page: asked(push('push.status.sent_again', { device: longDevice, app: longApp })),
  },
  { name: 'push-denied', page: asked(ended('push.denied.title', 'push.denied.text', 'error')) },
  {
    name: 'push-wrong-number',
    page: asked(ended('push.wrong_number.title', 'push.wrong_number.text', 'error')),
  },
  { name: 'push-expired', page: asked(ended('push.expired.title', 'push.expired.text', 'error')) },
  {
    name: 'push-blocked',
    page: asked({
      ...ended('push.blocked.title', 'push.blocked.text', 'error'),
      prompts: [
        {
          type: 'notice',
          tone: 'error',
          text: message('push.blocked.text.other', { at: now + 900_000 }),
        },
        {
          type: 'choice',
          name: 'action',
          options: [{ value: 'other', label: message('push.other'), look: 'primary' }],
        },
        { type: 'link', href: '/login', label: message('push.restart') },
      ],
    }),
  },
  { name: 'account-fresh-login', page: asked(confirmLogin('erika.mustermann')) },
  {
    name: 'account-enrol-push',
    page: asked(begun('enrol.begin.push.title', 'enrol.begin.push.lead')),
  },
  {
    name: 'account-enrol-replace',
    page: asked(
      begun('enrol.begin.replace.title', 'enrol.begin.replace.lead', { device: longDevice }),
    ),
  },
  {
    name: 'account-trial-approved',
    page: asked(tried('trial.approved.title', 'trial.approved.text', 'success')),
  },
  {
    name: 'account-trial-refused',
    page: asked(tried('trial.refused.title', 'trial.refused.text', 'error')),
  },
  {
    name: 'account-trial-expired',
    page: asked(tried('trial.expired.title', 'trial.expired.text', 'warning')),
  },
  { name: 'push-limit', page: asked(ended('push.limit.title', 'push.limit.text', 'error')) },
]

const apps = [
  'Webmail',
  'Portal',
  'Angebot',
  'Lernwelt',
  longApp,
  'Ärzteverzeichnis und Gesundheitsportal',
].map((name) => ({ name, href: 'https://app.beispiel.example/' }))
const setup = { action: '/setup', formToken: 'form-token', minLength: 12 }
const home = { name: 'Erika Mustermann', apps, accountUrl: '/account', logoutUrl: '/logout' }

const otherScenes: readonly Scene[] = [
  { name: 'home', page: (t) => homePage(home, t) },
  {
    name: 'home-declined',
    page: (t) =>
      homePage({ ...home, declined: { at: now, action: '/account/undo', formToken: 'x' } }, t),
  },
  { name: 'home-undone', page: (t) => homePage({ ...home, declineUndone: true }, t) },
  { name: 'home-empty', page: (t) => homePage({ ...home, apps: [] }, t) },
  {
    name: 'logout',
    page: (t) => logoutPage({ action: '/logout', formToken: 'x', cancelUrl: '/' }, t),
  },
  { name: 'logout-done', page: (t) => loggedOutPage('/login', t) },
  { name: 'forgot', page: (t) => forgotPasswordPage({ backUrl: '/login', support }, t) },
  { name: 'forward', page: (t) => forwardPage({ app: 'Webmail', href: '#main' }, t) },
  { name: 'cookies-off', page: (t) => cookiesOffPage('/login', t) },
  { name: 'journey-expired', page: (t) => journeyEndPage('expired', '/login', t) },
  { name: 'journey-ended', page: (t) => journeyEndPage('ended', '/login', t) },
  { name: 'journey-moved', page: (t) => journeyEndPage('moved', '/login', t) },
  { name: 'journey-cancelled', page: (t) => journeyEndPage('cancelled', '/login', t) },
  { name: 'access-denied', page: (t) => accessDeniedPage({ app: longApp, support }, t) },
  {
    name: 'app-error',
    page: (t) =>
      appErrorPage(
        { code: 'invalid_request', description: 'redirect_uri is not registered', support },
        t,
      ),
  },
  {
    name: 'not-me',
    page: (t) =>
      notMePage(
        {
          action: '/not-me/token',
          rows: [
            { label: message('facts.time'), value: message('facts.moment', { at: now }) },
            { label: message('facts.app'), value: longApp },
            {
              label: message('facts.browser'),
              value: message('browser.on', { browser: 'Firefox', system: 'Windows' }),
            },
            { label: message('facts.address'), value: '192.0.2.7' },
          ],
          consequences: [
            message('not_me.then.attempt'),
            message('not_me.then.sessions'),
            message('not_me.then.password'),
            message('not_me.then.push', { wait: 900 }),
          ],
        },
        t,
      ),
  },
  {
    name: 'not-me-done',
    page: (t) =>
      notMeDonePage(
        {
          sentences: [
            message('not_me.done.password'),
            message('not_me.done.push', { at: now + 900_000 }),
          ],
          loginUrl: '/login',
        },
        t,
      ),
  },
  { name: 'not-me-used', page: (t) => notMeGonePage('used', support, t) },
  { name: 'not-me-expired', page: (t) => notMeGonePage('expired', support, t) },
  { name: 'not-me-unknown', page: (t) => notMeGonePage('unknown', support, t) },
  { name: 'setup', page: (t) => setupPage(setup, t) },
  {
    name: 'setup-refused',
    page: (t) =>
      setupPage(
        {
          ...setup,
          values: { username: 'admin', displayName: 'Erika Mustermann' },
          mistakes: { password: message('password.refused.too_short', { min: 12 }) },
        },
        t,
      ),
  },
  { name: 'setup-used', page: setupUsedPage },
  { name: 'setup-done', page: (t) => setupDonePage('/login', t) },
]

const codes = Object.keys(faultStatus) as FaultCode[]
const errorScenes = codes.map(
  (code): Scene => ({
    name: `error-${code}`,
    page: (t) => errorPage({ code, reference: 'K7QM3XPA', support }, t),
  }),
)

const paper = [
  ...['0J4K9QW2ZT7RM5XB', '1V8N3HCY6GPD0ESA', '2R5TB7XKQ9WJ4MZF', '3GHP8D1NV6YC0ESK'],
  ...['4QW9ZT7RM5XB0J2K', '5HCY6GPD0ESA1V8N', '6KQ9WJ4MZF2R5TB7', '7NV6YC0ESK3GHP8D'],
  ...['8M5XB0J2K4QW9ZT7', '9D0ESA1V8N5HCY6G'],
]
const codeWasUsed = { kept: { 'recovery.used': true } }

const recoveryScenes: Scene[] = [
  { name: 'recovery-codes', page: asked(codesAsk(paper, { kept: {} }, true, 0)) },
  { name: 'recovery-codes-after-use', page: asked(codesAsk(paper, codeWasUsed, true, 9)) },
  { name: 'recovery-codes-new', page: asked(codesAsk(paper, { kept: {} }, false, 7)) },
  { name: 'recovery-code', page: asked(recoveryAsk(true)) },
  {
    name: 'recovery-code-wrong',
    page: asked(recoveryAsk(true), { complaint: wrongCode }),
  },
  {
    name: 'recovery-code-off',
    page: asked(recoveryAsk(true), { complaint: complaintOf({ type: 'off' }) }),
  },
  { name: 'recovery-all-off', page: asked(allOffAsk) },
]

export const scenes: readonly Scene[] = [
  ...recoveryScenes,
  ...journeyScenes,
  ...otherScenes,
  ...accountScenes,
  ...errorScenes,
]

/** The whole document of a scene. */
export function renderScene(scene: Scene, language: Language): RenderedDocument {
  const ofBrand = scene.brand ?? brand
  const layout = createLayout({ brand: ofBrand, assets: loadAssets(ofBrand) })
  const t = layout.translator(language)
  return layout.renderDocument(scene.page(t), { t, path: '/login?app=webmail' })
}
