/** A phone: connecting it, trying it, waiting for it, and every way in which that can end. */
import type { Form } from '../../src/login/engine/prompt.ts'
import type { StepContext } from '../../src/login/engine/step.ts'
import { heldUntilEntry, withoutHoldNotice } from '../../src/login/factors/approval/hold-words.ts'
import {
  createLimitError,
  createLimitedForm,
  createLimitedTestForm,
} from '../../src/login/factors/approval/limited-page.ts'
import { createTrialLimitedForm } from '../../src/login/factors/approval/trial-page.ts'
import { listFactorOptions } from '../../src/login/factors/enrolled.ts'
import { passkeyTrouble } from '../../src/login/factors/passkey/describe.ts'
import type { PushChallenge } from '../../src/login/factors/push/challenges.ts'
import type { PushDevice } from '../../src/login/factors/push/devices.ts'
import {
  createEnrolForm,
  createTooManyCodesForm,
  expiredCodeForm,
} from '../../src/login/factors/push/enrol-step.ts'
import { createResumeForm, resumeEndedForm } from '../../src/login/factors/push/resume.ts'
import {
  type ChallengePage,
  createChallengeForm,
  createUnreachableForm,
} from '../../src/login/factors/push/verify-page.ts'
import { codeAppTrouble } from '../../src/login/factors/totp/describe.ts'
import { phoneTrouble } from '../../src/login/factors/trouble.ts'
import {
  createBeginForm,
  createFullForm,
  describeEnrolled,
} from '../../src/login/journeys/enrol-begin-step.ts'
import { nameBack, sayLost } from '../../src/login/journeys/second-factor/lost.ts'
import {
  createNoCodeForm,
  createTroubleForm,
  type TroublePage,
} from '../../src/login/journeys/second-factor/trouble-page.ts'
import { type MessageKey, message } from '../../src/platform/ui/message.ts'
import { ways } from './factor-scenes.ts'
import { asked, askedInAccount, longApp, longBrand, longDevice, now, type Scene } from './scene.ts'

const uri = `pushauth://push/forgerock:Beispiel%20Versicherung:erika.mustermann?a=aHR0cHM6Ly9sb2dpbi5iZWlzcGllbC5leGFtcGxlL2FtL2pzb24vcHVzaC9zbnMvbWVzc2FnZT9fYWN0aW9uPWF1dGhlbnRpY2F0ZQ&r=aHR0cHM6Ly9sb2dpbi5iZWlzcGllbC5leGFtcGxlL2FtL2pzb24vcHVzaC9zbnMvbWVzc2FnZT9fYWN0aW9uPXJlZ2lzdGVy&b=0b5089&s=${'k7Qm3xPa'.repeat(5)}&c=${'Zt9WbR2f'.repeat(5)}&l=YW1sYmNvb2tpZT0wMQ&m=REGISTER:2f9c1f1e-6d0b-4a6e-9b0e-6e1f0c2d3a4b1795590130000&issuer=QmVpc3BpZWwgVmVyc2ljaGVydW5n`

const withCodes = `${uri.replace('pushauth://push', 'mfauth://totp')}&secret=U7UM4RRNF4L37QG6SD2MFDO7ZSBOWCOP&period=30&digits=6`

const lifetime = { createdAt: now - 60_000, expiresAt: now + 240_000 }
const enrol = createEnrolForm(uri, lifetime)
const oldEntry = { entry: 'Beispiel Versicherung', isNewPhone: false }
const onNewPhone = { ...oldEntry, isNewPhone: true }
const context = {
  client: { browser: { name: 'Firefox', system: 'Windows' }, place: 'München' },
  data: {},
  now,
  createRestartPath: () => '/login',
} as StepContext

const phone = (name: string) => ({ name }) as PushDevice

/** The last message of the budget was sent three minutes ago. */
const heldContext = { ...context, data: heldUntilEntry.write(now + 420_000) }
const held = { context: heldContext, phones: [phone('Diensthandy')] }

const others = ways.filter(({ kind: name }) => name !== 'push')
/** The only other factor of a person. */
const code = ways.filter(({ kind: name }) => name === 'totp')
const stuck = { others, restartPath: '/login' }
const alone = { ...stuck, others: [] }

const push = (
  page: Partial<ChallengePage> = {},
  challenge: Partial<PushChallenge> = {},
  device = 'Erikas iPhone',
): Form =>
  createChallengeForm({
    purpose: 'login',
    state: 'waiting',
    app: 'Webmail',
    isAgain: false,
    maySend: true,
    others: [],
    phones: [],
    isSlow: false,
    secondPhone: false,
    context,
    device: phone(device),
    challenge: {
      type: 'challenge',
      numbers: { right: 56, numbers: [17, 56, 88] },
      delivery: 'sent',
      createdAt: now - 30_000,
      expiresAt: now + 90_000,
      ...challenge,
    } as PushChallenge,
    ...page,
  })

const desk = {
  type: 'desk',
  phone: '089 000-0',
  email: 'servicedesk@beispiel.example',
  reference: 'K7QM-3XPA',
} as const

const noCode = { others: [], mayGetPass: true, isCalling: false, desk }

const deskWithoutPhone = { type: 'desk', reference: 'K7QM-3XPA' } as const
const lostInSession = { reason: 'lost', mayEnrol: false, mayGetPass: false } as const
const trouble = (page: Partial<TroublePage>): Form =>
  createTroubleForm({
    words: phoneTrouble,
    reason: undefined,
    replaced: message('missing.name', { name: 'Erikas iPhone' }),
    others: listFactorOptions(others),
    mayEnrol: true,
    mayGetPass: true,
    isCalling: false,
    desk,
    ...page,
  })

const begun = (title: MessageKey, lead: MessageKey, values?: Record<string, string>): Form =>
  createBeginForm(message(title), message(lead, values), 'verify')

const tried = (
  title: MessageKey,
  text: MessageKey,
  tone: 'success' | 'warning' | 'error' | 'info',
): Form => ({
  title: message(title),
  width: 'narrow',
  prompts: [
    { type: 'notice', tone, text: message(text, { device: 'Erikas iPhone' }) },
    {
      type: 'choice',
      name: 'action',
      options: [
        {
          value: 'back',
          label: message(tone === 'success' ? 'trial.done' : 'trial.back'),
          look: 'primary',
        },
        { value: 'send', label: message('trial.again'), look: 'secondary' },
      ],
    },
  ],
})

export const pushScenes: readonly Scene[] = [
  { name: 'enrol', page: asked(enrol) },
  { name: 'enrol-long-brand', brand: longBrand, page: asked(enrol) },
  { name: 'enrol-old-entry', page: asked(createEnrolForm(uri, lifetime, { oldEntry })) },
  {
    name: 'enrol-old-entry-new',
    page: asked(nameBack(createEnrolForm(uri, lifetime, { oldEntry: onNewPhone }))),
  },
  { name: 'enrol-lost', page: asked(sayLost(enrol, 'Erikas iPhone')) },
  {
    name: 'enrol-lost-long',
    brand: longBrand,
    page: asked(sayLost(createEnrolForm(uri, lifetime, { oldEntry }), longDevice, true)),
  },
  {
    name: 'resume',
    page: asked(createResumeForm({ name: 'Erikas iPhone', createdAt: now - 9_000_000 })),
  },
  { name: 'resume-ended', page: asked(resumeEndedForm) },
  { name: 'enrol-codes', page: asked(createEnrolForm(withCodes, lifetime)) },
  { name: 'enrol-expired', page: asked(expiredCodeForm) },
  { name: 'enrol-limit', page: asked(createTooManyCodesForm(400)) },
  {
    name: 'test-limit',
    page: asked(createLimitedTestForm({ type: 'tests', until: now + 400_000 }, now)),
  },
  {
    name: 'test-limit-day',
    page: asked(createLimitedTestForm({ type: 'day', until: now + 9_000_000 }, now)),
  },
  { name: 'push-other-phone', page: asked(push({ phones: [phone('Diensthandy')] })) },
  { name: 'push-held', page: asked(push({ ...held, others })) },
  {
    name: 'push-other-phones',
    page: asked(push({ phones: [phone('Diensthandy'), phone(longDevice)], others })),
  },
  {
    name: 'push-many-phones',
    page: asked(push({ phones: ['A', 'B', 'C'].map(phone), others })),
  },
  {
    name: 'push-no-sender',
    page: asked(
      createUnreachableForm(stuck, {
        type: 'no_sender',
        device: phone('Erikas iPhone'),
        mayEnrol: false,
      }),
    ),
  },
  { name: 'test', page: asked(push({ purpose: 'test' })) },
  { name: 'test-second-phone', page: asked(push({ purpose: 'test', secondPhone: true })) },
  { name: 'test-denied', page: asked(push({ purpose: 'test', state: 'denied' })) },
  { name: 'test-wrong-number', page: asked(push({ purpose: 'test', state: 'wrong_number' })) },
  { name: 'test-expired', page: asked(push({ purpose: 'test', state: 'expired' })) },
  { name: 'push-sending', page: asked(push({}, { delivery: 'queued' })) },
  { name: 'push', page: asked(push()) },
  { name: 'push-other', page: asked(push({ others })) },
  { name: 'push-slow', page: asked(push({ others, isSlow: true }, { delivery: 'queued' })) },
  { name: 'push-plain', page: asked(push({}, { type: 'default' })) },
  { name: 'push-other-one', page: asked(push({ others: code }, { delivery: 'queued' })) },
  {
    name: 'push-slow-one',
    page: asked(push({ others: code, isSlow: true }, { delivery: 'queued' })),
  },
  { name: 'push-failed', page: asked(push({}, { delivery: 'failed' })) },
  { name: 'push-failed-held', page: asked(push({ ...held, others }, { delivery: 'failed' })) },
  { name: 'push-failed-one', page: asked(push({ others: code }, { delivery: 'failed' })) },
  { name: 'push-failed-plain', page: asked(push({}, { delivery: 'failed', type: 'default' })) },
  { name: 'test-failed', page: asked(push({ purpose: 'test' }, { delivery: 'failed' })) },
  { name: 'push-failed-others', page: asked(push({ others }, { delivery: 'failed' })) },
  {
    name: 'push-failed-long',
    brand: longBrand,
    page: asked(push({ others }, { delivery: 'failed' }, longDevice)),
  },
  { name: 'push-expired-alone', page: asked(push({ state: 'expired' })) },
  { name: 'trouble', page: asked(trouble({})) },
  ...[codeAppTrouble, passkeyTrouble].flatMap((words, at) => {
    const name = ['code-app', 'passkey'][at]
    return [
      { name: `trouble-${name}`, page: asked(trouble({ words })) },
      { name: `trouble-${name}-away`, page: asked(trouble({ words, reason: 'away', others: [] })) },
      { name: `trouble-${name}-renewed`, page: asked(trouble({ words, reason: 'renewed' })) },
      {
        name: `trouble-${name}-renewed-alone`,
        page: asked(trouble({ words, reason: 'renewed', others: [] })),
      },
    ]
  }),
  { name: 'trouble-long', brand: longBrand, page: asked(trouble({})) },
  { name: 'trouble-no-desk', page: asked(trouble({ desk: deskWithoutPhone })) },
  { name: 'trouble-away', page: asked(trouble({ reason: 'away' })) },
  { name: 'trouble-codes', page: asked(trouble({ reason: 'away', shownByPhone: ['totp'] })) },
  { name: 'trouble-away-alone', page: asked(trouble({ reason: 'away', others: [] })) },
  {
    name: 'trouble-away-strong',
    page: asked(
      trouble({
        reason: 'away',
        others: [],
        mayGetPass: false,
        tooLittle: message('trouble.away.strong', { app: 'Webmail' }),
      }),
    ),
  },
  { name: 'trouble-lost', page: asked(trouble({ reason: 'lost' })) },
  { name: 'trouble-lost-account', page: asked(trouble(lostInSession)) },
  { name: 'trouble-lost-account-alone', page: asked(trouble({ ...lostInSession, others: [] })) },
  {
    name: 'trouble-lost-too-weak',
    page: asked(
      trouble({
        reason: 'lost',
        tooWeak: [listFactorOptions(others)[0]?.value ?? ''],
      }),
    ),
  },
  {
    name: 'trouble-lost-only-weak',
    page: asked(
      trouble({ reason: 'lost', tooWeak: listFactorOptions(others).map(({ value }) => value) }),
    ),
  },
  { name: 'trouble-lost-alone', page: asked(trouble({ reason: 'lost', others: [] })) },
  { name: 'trouble-renewed', page: asked(trouble({ reason: 'renewed' })) },
  { name: 'trouble-renewed-weak', page: asked(trouble({ reason: 'renewed', oldTooWeak: true })) },
  { name: 'trouble-renewed-alone', page: asked(trouble({ reason: 'renewed', others: [] })) },
  {
    name: 'trouble-renewed-calling',
    page: asked(trouble({ reason: 'renewed', others: [], isCalling: true })),
  },
  {
    name: 'trouble-lost-calling',
    page: asked(trouble({ reason: 'lost', isCalling: true })),
  },
  { name: 'trouble-no-code', page: asked(createNoCodeForm(noCode)) },
  {
    name: 'trouble-no-code-others',
    page: asked(createNoCodeForm({ ...noCode, others: listFactorOptions(others) })),
  },
  {
    name: 'push-long-names',
    brand: longBrand,
    page: asked(push({ app: longApp, isAgain: true, others }, {}, longDevice)),
  },
  { name: 'push-denied', page: asked(push({ state: 'denied' })) },
  { name: 'push-wrong-number', page: asked(push({ state: 'wrong_number', others })) },
  { name: 'push-expired', page: asked(push({ state: 'expired', others })) },
  { name: 'push-expired-held', page: asked(push({ ...held, state: 'expired', others })) },
  {
    name: 'push-expired-refused',
    page: asked(withoutHoldNotice(push({ ...held, state: 'expired', others })), {
      formError: createLimitError({ type: 'budget', until: now + 420_000 }, now),
    }),
  },
  { name: 'push-superseded', page: asked(push({ state: 'superseded' })) },
  {
    name: 'push-blocked',
    page: asked(createLimitedForm({ type: 'blocked', until: now + 900_000 }, stuck, now)),
  },
  {
    name: 'push-limit',
    page: asked(createLimitedForm({ type: 'budget', until: now + 540_000 }, alone, now)),
  },
  {
    name: 'account-enrol-push',
    page: askedInAccount(begun('enrol.begin.phone.title', 'enrol.begin.push.lead')),
  },
  { name: 'account-enrol-full', page: askedInAccount(createFullForm(describeEnrolled('push'))) },
  {
    name: 'account-enrol-replace',
    page: askedInAccount(
      begun('enrol.begin.replace.title', 'enrol.begin.replace.lead', { device: longDevice }),
    ),
  },
  {
    name: 'account-trial-approved',
    page: askedInAccount(tried('trial.approved.title', 'trial.approved.text', 'success')),
  },
  {
    name: 'account-trial-refused',
    page: askedInAccount(tried('trial.refused.title', 'trial.refused.text', 'error')),
  },
  {
    name: 'account-trial-tests',
    page: askedInAccount(createTrialLimitedForm({ type: 'tests', until: now + 400_000 }, now)),
  },
  {
    name: 'account-trial-busy',
    page: askedInAccount(createTrialLimitedForm({ type: 'busy' }, now)),
  },
  {
    name: 'account-trial-day',
    page: askedInAccount(createTrialLimitedForm({ type: 'day', until: now + 9_000_000 }, now)),
  },
  {
    name: 'account-trial-blocked',
    page: askedInAccount(createTrialLimitedForm({ type: 'blocked', until: now + 900_000 }, now)),
  },
  {
    name: 'account-trial-expired',
    page: askedInAccount(tried('trial.expired.title', 'trial.expired.text', 'warning')),
  },
  {
    name: 'push-unreachable',
    page: asked(
      createUnreachableForm(alone, {
        type: 'unreachable',
        device: phone(longDevice),
        mayEnrol: true,
      }),
    ),
  },
  {
    name: 'push-unreachable-others',
    page: asked(
      createUnreachableForm(stuck, {
        type: 'unreachable',
        device: phone('Erikas iPhone'),
        mayEnrol: false,
      }),
    ),
  },
  {
    name: 'push-old-app',
    page: asked(
      createUnreachableForm(alone, {
        type: 'old_app',
        device: phone('Erikas iPhone'),
        mayEnrol: false,
      }),
    ),
  },
  ...(['pause', 'busy'] as const).map((type) => ({
    name: `push-${type}`,
    page: asked(createLimitedForm({ type, seconds: 20 }, alone, now)),
  })),
  {
    name: 'push-no-device',
    page: asked(createUnreachableForm(alone, { type: 'none', mayEnrol: false })),
  },
]
