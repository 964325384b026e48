/** The pages of an account in every state, with plain data. */
import { activityPage } from '../../src/faces/account/pages/activity.ts'
import {
  addPage,
  authenticatorPage,
  authenticatorsPage,
  refusedPage,
  removePage,
  renamePage,
} from '../../src/faces/account/pages/authenticators.ts'
import { type OverviewPage, overviewPage } from '../../src/faces/account/pages/overview.ts'
import { passwordPage } from '../../src/faces/account/pages/password.ts'
import { type SessionLine, sessionsPage } from '../../src/faces/account/pages/sessions.ts'
import {
  acrNumber,
  acrPhishingResistant,
  acrPossession,
} from '../../src/identity/policy/assurance.ts'
import type { Authenticator } from '../../src/login/factors/factor.ts'
import { createConfirmForm } from '../../src/login/factors/password/form.ts'
import { type Message, message } from '../../src/platform/ui/message.ts'
import type { Page } from '../../src/platform/ui/page.ts'
import type { Translate } from '../../src/platform/ui/translate.ts'
import { askedInAccount } from './scene.ts'

/** 2026-11-25T07:02:10Z. */
const now = 1_795_590_130_000
const day = 24 * 60 * 60 * 1000
const formToken = 'form-token'
const longDevice =
  'Maximiliane-Friederike von Hohenlohe-Langenburgs privates Xiaomi Redmi Note 13 Pro'
const longApp = 'Vertriebspartnerinformationssystem'

const phone: Authenticator = {
  id: 'dev_1',
  kind: 'push',
  name: 'Erikas iPhone',
  addedAt: now - 100 * day,
  lastUsedAt: now,
  level: acrNumber,
  state: 'usable',
  canBeTested: true,
  facts: [{ label: message('authenticator.push'), value: message('authenticator.push.on') }],
}
const lost: Authenticator = {
  ...phone,
  id: 'dev_2',
  name: longDevice,
  lastUsedAt: null,
  state: 'cannot_be_reached',
  facts: [{ label: message('authenticator.push'), value: message('authenticator.push.off') }],
}
const codes: Authenticator = {
  addedAt: phone.addedAt,
  state: 'usable',
  id: 'otp_1',
  kind: 'totp',
  name: null,
  level: acrPossession,
  lastUsedAt: now - 12 * day,
}
const passkey: Authenticator = {
  ...codes,
  id: 'key_1',
  kind: 'passkey',
  name: 'Windows Hello auf dem Dienstrechner',
  level: acrPhishingResistant,
  lastUsedAt: now - day,
}
const recovery: Authenticator = {
  ...codes,
  id: 'rec_1',
  kind: 'recovery',
  left: 7,
}
const elsewhere: Authenticator = { ...passkey, id: 'key_2', state: 'other_host' }
const off: Authenticator = { ...codes, state: 'off' }
const many = [phone, passkey, codes, lost]

const account: OverviewPage = {
  username: 'erika.mustermann',
  email: 'erika.mustermann@beispiel.example',
  signedInAt: now,
  method: message('account.method.number'),
  stronger: message('account.stronger.own_passkey'),
  authenticators: many,
  fallbacks: [recovery],
  sessions: 3,
}
const longNames = {
  username: 'maximiliane-friederike.hohenlohe-langenburg',
  email: 'maximiliane-friederike.hohenlohe-langenburg@versicherungsgesellschaft.example',
}
const bare: OverviewPage = {
  ...account,
  email: null,
  method: message('account.method.password'),
  stronger: message('account.stronger.passkey'),
  authenticators: [],
  fallbacks: [],
  sessions: 1,
}

const browser = (name: string, system: string) => message('browser.on', { browser: name, system })
const sessions: readonly SessionLine[] = [
  {
    id: 'ses_1',
    browser: browser('Firefox', 'Windows'),
    place: 'München',
    since: now,
    lastSeenAt: now,
    isThis: true,
    isOnPhone: false,
    method: message('account.method.number'),
    stronger: message('account.stronger.own_passkey'),
  },
  {
    id: 'ses_2',
    browser: browser('Safari', 'iPhone'),
    place: '2001:db8:85a3:8d3:1319:8a2e:370:7348',
    since: now - day,
    lastSeenAt: now - 3_600_000,
    isThis: false,
    isOnPhone: true,
    method: message('account.method.passkey'),
    stronger: undefined,
  },
  {
    id: 'ses_3',
    browser: message('browser.unknown'),
    place: undefined,
    since: now - day,
    lastSeenAt: now - day,
    isThis: false,
    isOnPhone: false,
    method: message('account.method.password'),
    stronger: message('account.stronger.deferred'),
  },
]

const line = (
  minutes: number,
  text: Message,
  options: { place?: string; warns?: boolean } = {},
) => ({
  at: now - minutes * 60_000,
  text,
  place: options.place,
  isWarning: options.warns === true,
})
const lines = [
  line(0, message('event.login', { app: 'Webmail' }), { place: 'München' }),
  line(1, message('event.push_approved')),
  line(30, message('event.login_failed'), { place: '203.0.113.77', warns: true }),
  line(60 * 26, message('event.push_wrong_number'), { warns: true }),
  line(60 * 27, message('event.renamed', { device: longDevice })),
  line(60 * 28, message('event.app_entered', { app: longApp }), { place: 'Homeoffice' }),
  line(60 * 24 * 40, message('event.push_activated')),
]

export interface AccountScene {
  readonly name: string
  readonly page: (t: Translate) => Page
}

const changed = { tone: 'success', text: message('password.own.done') } as const
const password = {
  username: 'erika.mustermann',
  formToken,
  wanted: { min: 15 },
}
const wrongCurrent = {
  text: message('password.own.current.wrong'),
  fields: ['current_password'],
} as const
const refusedPassword = { text: message('password.refused.common'), fields: ['password'] } as const

const overviews: readonly AccountScene[] = [
  { name: 'account', page: (t) => overviewPage(account, t) },
  {
    name: 'account-long',
    page: (t) => overviewPage({ ...account, ...longNames }, t),
  },
  { name: 'account-bare', page: (t) => overviewPage({ ...bare, skipsLeft: 2 }, t) },
  { name: 'account-declined', page: (t) => overviewPage({ ...bare, declinedAt: now }, t) },
  {
    name: 'account-password-changed',
    page: (t) => overviewPage({ ...account, password: { changedAt: now }, notice: changed }, t),
  },
  { name: 'account-password', page: (t) => passwordPage(password, t) },
  {
    name: 'account-password-current-wrong',
    page: (t) => passwordPage({ ...password, mistake: wrongCurrent }, t),
  },
  {
    name: 'account-password-refused',
    page: (t) => passwordPage({ ...password, mistake: refusedPassword }, t),
  },
]

const list = {
  mayAdd: true,
  fallbacks: [{ kind: 'recovery', authenticator: recovery, mayCreate: true }],
} as const
const one = { formToken, mayReplace: true }

const authenticators: readonly AccountScene[] = [
  {
    name: 'account-devices-empty',
    page: (t) => authenticatorsPage({ authenticators: [], mayAdd: true, fallbacks: [] }, t),
  },
  {
    name: 'account-devices-one',
    page: (t) => authenticatorsPage({ authenticators: [phone], mayAdd: true, fallbacks: [] }, t),
  },
  {
    name: 'account-devices-codes',
    page: (t) => authenticatorsPage({ authenticators: [{ ...phone, hasCodes: true }], ...list }, t),
  },
  {
    name: 'account-device-with-codes',
    page: (t) => authenticatorPage({ authenticator: { ...phone, hasCodes: true }, ...one }, t),
  },
  {
    name: 'account-devices',
    page: (t) => authenticatorsPage({ authenticators: many, ...list }, t),
  },
  {
    name: 'account-devices-added',
    page: (t) =>
      authenticatorsPage(
        {
          authenticators: [phone],
          ...list,
          notice: { tone: 'success', text: message('authenticators.done.added') },
        },
        t,
      ),
  },
  { name: 'account-device', page: (t) => authenticatorPage({ authenticator: phone, ...one }, t) },
  {
    name: 'account-device-lost',
    page: (t) => authenticatorPage({ authenticator: lost, ...one }, t),
  },
  { name: 'account-device-off', page: (t) => authenticatorPage({ authenticator: off, ...one }, t) },
  {
    name: 'account-device-elsewhere',
    page: (t) => authenticatorPage({ authenticator: elsewhere, ...one }, t),
  },
  {
    name: 'account-device-codes',
    page: (t) => authenticatorPage({ authenticator: recovery, ...one }, t),
  },
  { name: 'account-add', page: (t) => addPage({ kinds: ['push', 'totp', 'passkey'] }, t) },
  {
    name: 'account-add-phones',
    page: (t) => addPage({ kinds: ['authenticator', 'push', 'totp', 'passkey'] }, t),
  },
  {
    name: 'account-rename',
    page: (t) => renamePage({ authenticator: phone, formToken, name: 'Erikas iPhone' }, t),
  },
  {
    name: 'account-rename-refused',
    page: (t) =>
      renamePage(
        {
          authenticator: phone,
          formToken,
          name: longDevice,
          mistake: message('rename.refused', { max: 60 }),
        },
        t,
      ),
  },
  {
    name: 'account-confirm-password',
    page: askedInAccount(
      createConfirmForm('erika.mustermann', {
        kind: 'enrol',
        request: { returnTo: '/', confirms: 'account' },
        createRestartPath: () => '/account/authenticators',
      }),
    ),
  },
  {
    name: 'account-remove',
    page: (t) =>
      removePage(
        {
          ...{ authenticator: phone, formToken, asksPassword: false },
          isLast: false,
          isLost: false,
          hasCodes: true,
        },
        t,
      ),
  },
  {
    name: 'account-remove-last',
    page: (t) =>
      removePage(
        {
          ...{ authenticator: lost, formToken, isLast: true, isLost: false, hasCodes: false },
          ...{ minLengthAlone: 15, asksPassword: false },
        },
        t,
      ),
  },
  {
    name: 'account-remove-lost',
    page: (t) =>
      removePage(
        {
          ...{ authenticator: lost, formToken, asksPassword: false },
          isLast: true,
          isLost: true,
          hasCodes: false,
        },
        t,
      ),
  },
  {
    name: 'account-remove-refused',
    page: (t) =>
      refusedPage(
        { authenticator: phone, demandedBy: ['Webmail', longApp, undefined], mayReplace: true },
        t,
      ),
  },
]

const others: readonly AccountScene[] = [
  { name: 'account-sessions', page: (t) => sessionsPage({ sessions, formToken }, t) },
  {
    name: 'account-sessions-one',
    page: (t) =>
      sessionsPage(
        {
          sessions: sessions.slice(0, 1),
          formToken,
          notice: { tone: 'success', text: message('sessions.ended') },
        },
        t,
      ),
  },
  {
    name: 'account-activity',
    page: (t) => activityPage({ lines, days: 90, older: '?before=7', newest: '/' }, t),
  },
  { name: 'account-activity-empty', page: (t) => activityPage({ lines: [], days: 90 }, t) },
]

export const accountScenes: readonly AccountScene[] = [...overviews, ...authenticators, ...others]
