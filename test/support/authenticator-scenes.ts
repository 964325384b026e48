/** The Einlass authenticator: connecting a phone, and carrying the code to it. */
import type { Form } from '../../src/login/engine/prompt.ts'
import type { StepContext } from '../../src/login/engine/step.ts'
import type { Challenge } from '../../src/login/factors/authenticator/challenges.ts'
import type { AuthenticatorDevice } from '../../src/login/factors/authenticator/devices.ts'
import { createLinkForm } from '../../src/login/factors/authenticator/enrol-step.ts'
import {
  type ChallengePage,
  createChallengeForm,
} from '../../src/login/factors/authenticator/page.ts'
import { createResumeForm } from '../../src/login/factors/authenticator/resume.ts'
import {
  createCopiedForm,
  refusedTestForm,
} from '../../src/login/factors/authenticator/stuck-page.ts'
import { message } from '../../src/platform/ui/message.ts'
import { ways } from './factor-scenes.ts'
import { asked, longApp, longDevice, now, type Scene } from './scene.ts'

const origin = 'https://login.beispiel.example'
const link = `${origin}/authenticator#enrol.1.${'k7Qm3xPa'.repeat(3)}Zt9.${'Zt9WbR2f'.repeat(2)}k7Qm3x.${'k7Qm3xPa'.repeat(5)}Zt9`

const context = {
  client: { browser: { name: 'Firefox', system: 'Windows' }, place: 'München' },
  data: {},
  now,
  createRestartPath: () => '/login',
  request: { returnTo: '/' },
} as StepContext

/** A phone of the other kind. */
const otherKind = {
  kind: 'push',
  label: message('other.push.named', { device: 'Diensttelefon' }),
  hint: message('other.push.hint'),
  icon: 'phone',
  authenticatorId: 'dev_2',
  phone: { name: 'Diensttelefon' },
} as const

const ask = (
  page: Partial<ChallengePage> = {},
  challenge: Partial<Challenge> = {},
  name = 'Erikas iPhone',
): Form =>
  createChallengeForm({
    state: 'waiting',
    app: 'Webmail',
    maySend: true,
    others: [],
    phones: [],
    context,
    origin,
    device: { name } as AuthenticatorDevice,
    challenge: {
      id: `${'k7Qm3xPa'.repeat(3)}Zt9`,
      scan: `${'Zt9WbR2f'.repeat(2)}k7Qm3x`,
      code: '480263',
      purpose: 'login',
      delivery: 'sent',
      createdAt: now - 30_000,
      expiresAt: now + 90_000,
      ...challenge,
    } as Challenge,
    ...page,
  })

const isNew = { purpose: 'enrolment', delivery: 'none' } as const

export const authenticatorScenes: readonly Scene[] = [
  {
    name: 'authenticator-enrol',
    page: asked(createLinkForm(link, { createdAt: now - 60_000, expiresAt: now + 240_000 })),
  },
  {
    name: 'authenticator-resume',
    page: asked(createResumeForm({ name: 'Erikas iPhone', createdAt: now - 9_000_000 })),
  },
  { name: 'authenticator-test', page: asked(ask({}, isNew)) },
  { name: 'authenticator-test-wrong', page: asked(ask({ state: 'wrong_code' }, isNew)) },
  { name: 'authenticator-second-phone', page: asked(refusedTestForm) },
  { name: 'authenticator-wait', page: asked(ask({ others: ways })) },
  { name: 'authenticator-alone', page: asked(ask()) },
  { name: 'authenticator-asleep', page: asked(ask({ others: ways }, { delivery: 'none' })) },
  { name: 'authenticator-undelivered', page: asked(ask({ others: ways }, { delivery: 'failed' })) },
  {
    name: 'authenticator-other-kind',
    page: asked(ask({ others: [...ways.filter(({ kind }) => kind === 'totp'), otherKind] })),
  },
  {
    name: 'authenticator-wait-long',
    page: asked(
      ask(
        {
          app: longApp,
          others: ways,
          phones: [{ id: 'aut_2', name: longDevice } as AuthenticatorDevice],
        },
        { delivery: 'none' },
        longDevice,
      ),
    ),
  },
  { name: 'authenticator-wrong-code', page: asked(ask({ state: 'wrong_code' })) },
  { name: 'authenticator-expired', page: asked(ask({ state: 'expired', others: ways })) },
  {
    name: 'authenticator-copied',
    page: asked(createCopiedForm(longDevice, { others: [], restartPath: '/login' })),
  },
  { name: 'authenticator-denied', page: asked(ask({ state: 'denied' })) },
  { name: 'authenticator-reported', page: asked(ask({ state: 'reported' })) },
]
