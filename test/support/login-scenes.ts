/** Name and password, a passkey in their place, a step-up, and the offer of a second factor. */

import { createNote } from '../../src/faces/login/cancelled.ts'
import { withEndedNote, withOpenAppsNote } from '../../src/faces/login/ended-note.ts'
import { policySchema } from '../../src/identity/policy/policy.ts'
import type { ChoiceOption } from '../../src/login/engine/prompt.ts'
import { createTooLittleForm } from '../../src/login/factors/code-step.ts'
import { createFactorOption } from '../../src/login/factors/enrolled.ts'
import type { Authenticator } from '../../src/login/factors/factor.ts'
import { describeFactor } from '../../src/login/factors/index.ts'
import { createChangePasswordForm } from '../../src/login/factors/password/change-step.ts'
import { createGraceForm } from '../../src/login/factors/password/expiry-step.ts'
import {
  addTicket,
  createConfirmForm,
  createPasswordForm,
  warnOfUnknownApp,
} from '../../src/login/factors/password/form.ts'
import { createGetAppForm } from '../../src/login/factors/push/get-app-step.ts'
import { sheetOption } from '../../src/login/factors/recovery/recovery.ts'
import { addedPath } from '../../src/login/journeys/account.ts'
import { createStepUpForm } from '../../src/login/journeys/begin-step.ts'
import { cancelLink } from '../../src/login/journeys/second-factor/cancel.ts'
import { createDeclineForm } from '../../src/login/journeys/second-factor/decline.ts'
import { createDoneForm } from '../../src/login/journeys/second-factor/done.ts'
import { createMissingForm } from '../../src/login/journeys/second-factor/missing-page.ts'
import { createOfferForm, type Offer } from '../../src/login/journeys/second-factor/offer.ts'
import { createRenewForm } from '../../src/login/journeys/second-factor/renew-page.ts'
import { createWhichForm, type Thing } from '../../src/login/journeys/second-factor/things.ts'
import { createTooWeakForm } from '../../src/login/journeys/second-factor/too-weak.ts'
import { createWeakProofForm } from '../../src/login/journeys/second-factor/weak-proof.ts'
import { message } from '../../src/platform/ui/message.ts'
import { ways } from './factor-scenes.ts'
import { asked, formError, longApp, longBrand, longDevice, now, type Scene } from './scene.ts'

const ownLogin = {
  kind: 'login',
  request: { returnTo: '/' },
  createRestartPath: () => '/',
} as const
const askedPlainly = { isEnough: true, mayEnrol: true, isHeldBack: false, hasOthers: false }

const passkey = {
  type: 'webauthn',
  name: 'credential',
  ceremony: 'autofill',
  options: '{"challenge":"AAAA"}',
  button: message('passkey.login'),
  script: 'passkey-login',
  texts: { failed: message('passkey.login.failed') },
} as const
const login = createPasswordForm('', undefined, passkey)
const filled = createPasswordForm('erika.mustermann', undefined, passkey)
const both = ['username', 'password']
const change = createChangePasswordForm({ min: 15 })
const longer = createChangePasswordForm({ min: 15 }, message('password.longer.lead', { min: 15 }))
type Changes = Partial<Offer> & Partial<Record<'push' | 'totp' | 'passkey', boolean>>
const offer = ({ push = true, totp = false, passkey = false, ...changes }: Changes): Offer => ({
  app: 'Webmail',
  policy: policySchema.parse({ secondFactor: 'optional', skips: 3 }),
  skips: 2,
  decline: false,
  factors: [
    push ? (describeFactor('push').offer ?? []) : [],
    passkey ? (describeFactor('passkey').offer ?? []) : [],
    totp ? (describeFactor('totp').offer ?? []) : [],
  ].flat(),
  isReplacement: false,
  mayGoOn: false,
  isSettled: false,
  cancel: cancelLink({ cancelTo: '/sso/cancel' }),
  ...changes,
})
const wish = { returnTo: '/sso', cancelTo: '/sso/cancel', appId: 'webmail' }
const until = policySchema.parse({ secondFactor: 'required', skips: 3, skipUntil: '2027-01-14' })
const nothingRemembered = { name: undefined, isTicked: false, isWithoutPassword: false }
const nameRemembered = { name: 'erika.mustermann', isTicked: true, isWithoutPassword: false }
const iphone = { kind: 'push', name: 'Erikas iPhone' } as const
const thing = (main: Pick<Authenticator, 'kind' | 'name'>): Thing => ({
  id: `${main.kind}-${main.name}`,
  parts: [{ ...main, addedAt: now } as Authenticator],
})
const computer: ChoiceOption = {
  value: 'passkey',
  label: message('done.computer'),
  hint: message('done.computer.windows'),
  look: 'card',
  icon: 'key',
}

const cancelled = (kind: 'login' | 'step_up') =>
  createNote({ kind, text: message(`push.cancelled.${kind}`) })

export const loginScenes: readonly Scene[] = [
  {
    name: 'login-ended',
    page: asked(withEndedNote(login, 'password_set')),
  },
  { name: 'login-open-apps', page: asked(withOpenAppsNote(login, ['Portal', longApp])) },
  { name: 'login', page: asked(login, { remembered: nothingRemembered }) },
  {
    name: 'login-of-app',
    page: asked(login, { remembered: nothingRemembered, leavesForApp: true }),
  },
  { name: 'login-kept', page: asked(login, { remembered: nameRemembered }) },
  {
    name: 'login-kept-long',
    page: asked(login, {
      remembered: {
        ...nameRemembered,
        name: 'maximiliane-friederike.hohenlohe-langenburg@beispiel.example',
      },
    }),
  },
  {
    name: 'login-kept-wrong',
    page: asked(login, {
      remembered: nameRemembered,
      ...formError('login.wrong.title', 'login.wrong.text', both),
    }),
  },
  {
    name: 'login-passkey-first',
    page: asked(login, { remembered: { ...nothingRemembered, isWithoutPassword: true } }),
  },
  {
    name: 'login-kept-passkey-first',
    page: asked(login, { remembered: { ...nameRemembered, isWithoutPassword: true } }),
  },
  { name: 'login-long-brand', brand: longBrand, page: asked(login) },
  {
    name: 'login-wrong',
    page: asked(filled, formError('login.wrong.title', 'login.wrong.text', both)),
  },
  {
    name: 'login-missing',
    page: asked(filled, formError('login.missing.title', 'login.missing.password', ['password'])),
  },
  {
    name: 'login-change-elsewhere',
    page: asked(
      filled,
      formError('login.change_elsewhere.title', 'login.change_elsewhere.text', []),
    ),
  },
  {
    name: 'login-throttled',
    page: asked(
      filled,
      formError('login.throttled.title', 'login.throttled.name', [], { wait: 90 }),
    ),
  },
  {
    name: 'login-passkey-refused',
    page: asked(login, formError('passkey.refused.title', 'passkey.refused.text', [])),
  },
  { name: 'login-cancelled', page: asked(login, { cancelled: cancelled('login') }) },
  {
    name: 'login-cancelled-kept',
    page: asked(login, { remembered: nameRemembered, cancelled: cancelled('login') }),
  },
  {
    name: 'step-up-cancelled',
    page: asked(createStepUpForm(longApp, { sendsMessage: true, hasWeaker: true }, wish), {
      cancelled: cancelled('step_up'),
    }),
  },
  { name: 'login-outdated', page: asked(login, { outdated: true }) },
  {
    name: 'login-again',
    page: asked(
      createPasswordForm('erika.mustermann', message('login.again.app', { app: longApp })),
    ),
  },
  {
    name: 'account-fresh-login',
    page: asked(createPasswordForm('erika.mustermann', message('login.lead.account'))),
  },
  {
    name: 'login-unknown-app',
    page: asked(
      warnOfUnknownApp(login, {
        name: 'Schachclub',
        registration: {
          ...{ tokenId: 'rgt_1', accessHash: '', contacts: [] },
          policyUri: 'https://schach.example/datenschutz',
          termsUri: 'https://schach.example/nutzung',
        },
      }),
    ),
  },
  {
    name: 'login-ticket',
    page: asked(
      addTicket(login, {
        type: 'ticket',
        action: '/login/kerberos',
        label: message('ticket.button'),
      }),
    ),
  },
  { name: 'login-ticket-password', page: asked(createConfirmForm('erika.mustermann', ownLogin)) },
  { name: 'password-change', page: asked(change) },
  { name: 'password-longer', page: asked(longer) },
  { name: 'password-grace', page: asked(createGraceForm(3)) },
  { name: 'password-grace-last', page: asked(createGraceForm(0)) },
  {
    name: 'password-change-refused',
    page: asked(
      change,
      formError('password.change.refused.title', 'password.change.mismatch', ['password_again']),
    ),
  },
  {
    name: 'step-up',
    page: asked(createStepUpForm(longApp, { sendsMessage: true, hasWeaker: true }, wish)),
  },
  {
    name: 'step-up-code',
    page: asked(createStepUpForm('Webmail', { sendsMessage: false, hasWeaker: false }, wish)),
  },
  {
    name: 'step-up-own',
    page: asked(
      createStepUpForm(
        undefined,
        {
          ...{ sendsMessage: true, hasWeaker: false, ask: message('stepup.begin.code') },
          ...{ phone: 'Erikas iPhone', weakerPhone: 'Diensthandy' },
        },
        { returnTo: '/' },
      ),
    ),
  },
  {
    name: 'step-up-added',
    page: asked(
      createStepUpForm(
        undefined,
        { sendsMessage: false, hasWeaker: false },
        { returnTo: addedPath },
      ),
    ),
  },
  {
    name: 'step-up-too-weak',
    page: asked(
      createTooWeakForm({ app: longApp, enough: ways.slice(0, 3), restartPath: '/login' }),
    ),
  },
  {
    name: 'step-up-too-weak-for-good',
    page: asked(createTooWeakForm({ app: 'Webmail', enough: [], restartPath: '/login' })),
  },
  { name: 'choice', page: asked(createOfferForm(offer({ policy: until, decline: true }))) },
  {
    name: 'choice-all',
    page: asked(createOfferForm(offer({ app: longApp, decline: true, totp: true, passkey: true }))),
  },
  {
    name: 'choice-passkey',
    page: asked(createOfferForm(offer({ push: false, passkey: true, skips: 0 }))),
  },
  {
    name: 'choice-no-push',
    page: asked(createOfferForm(offer({ push: false, totp: true, passkey: true }))),
  },
  { name: 'choice-none-left', page: asked(createOfferForm(offer({ skips: 0 }))) },
  {
    name: 'choice-required',
    page: asked(
      createOfferForm(
        offer({ policy: policySchema.parse({ secondFactor: 'required', skips: 3 }) }),
      ),
    ),
  },
  {
    name: 'choice-again',
    page: asked(
      createOfferForm(offer({ policy: until, skips: 0, isReplacement: true, mayGoOn: true })),
    ),
  },
  {
    name: 'choice-nothing',
    page: asked(createOfferForm(offer({ app: undefined, push: false, skips: 0 }))),
  },
  {
    name: 'done',
    page: asked(
      createDoneForm({ newest: iphone, offered: [sheetOption, computer], app: 'Webmail' }),
    ),
  },
  {
    name: 'done-long',
    brand: longBrand,
    page: asked(
      createDoneForm({
        newest: { kind: 'push', name: longDevice },
        offered: [computer],
        app: longApp,
      }),
    ),
  },
  {
    name: 'done-codes',
    page: asked(
      createDoneForm({
        newest: { kind: 'recovery', name: null },
        offered: [computer],
        app: 'Webmail',
      }),
    ),
  },
  {
    name: 'done-replaced',
    page: asked(
      createDoneForm({ newest: iphone, replaced: longDevice, offered: [], app: 'Webmail' }),
    ),
  },
  {
    name: 'done-last',
    page: asked(createDoneForm({ newest: iphone, offered: [], app: undefined })),
  },
  {
    name: 'missing',
    page: asked(createMissingForm(thing(iphone), askedPlainly)),
  },
  {
    name: 'missing-after-code',
    page: asked(createMissingForm(thing(iphone), { ...askedPlainly, codesLeft: 8 })),
  },
  {
    name: 'missing-asked',
    page: asked(createMissingForm(thing(iphone), { ...askedPlainly, isEnough: false })),
  },
  { name: 'code-too-little', page: asked(createTooLittleForm()) },
  {
    name: 'missing-long',
    brand: longBrand,
    page: asked(
      createMissingForm(thing({ kind: 'push', name: longDevice }), {
        mayEnrol: true,
        isHeldBack: true,
        isEnough: true,
        hasOthers: true,
      }),
    ),
  },
  {
    name: 'missing-which',
    page: asked(
      createWhichForm([
        thing(iphone),
        thing({ kind: 'push', name: longDevice }),
        thing({ kind: 'passkey', name: null }),
      ]),
    ),
  },
  {
    name: 'missing-too-weak',
    page: asked(
      createWeakProofForm({
        device: message('missing.name', { name: longDevice }),
        stronger: undefined,
        isLost: true,
        fallbacks: ways.filter(({ kind }) => kind === 'recovery').map(createFactorOption),
        desk: { type: 'desk', phone: '089 000-0', reference: 'K7QM-3XPA' },
      }),
    ),
  },
  {
    name: 'missing-renew',
    page: asked(
      createRenewForm(message('missing.name', { name: longDevice }), ['authenticator', 'push']),
    ),
  },
  { name: 'decline', page: asked(createDeclineForm({ declineDays: 90 })) },
  {
    name: 'store',
    page: asked(
      createGetAppForm({
        iosUrl: 'https://apps.apple.com/app/forgerock-authenticator/id1038442926',
        androidUrl: 'https://play.google.com/store/apps/details?id=com.forgerock.authenticator',
      }),
    ),
  },
  {
    name: 'store-on-phone',
    page: asked(
      createGetAppForm(
        {
          iosUrl: 'https://apps.apple.com/app/forgerock-authenticator/id1038442926',
          androidUrl: 'https://play.google.com/store/apps/details?id=com.forgerock.authenticator',
        },
        'iPhone',
      ),
    ),
  },
]
