/**
 * Enrols a code app, as a step: shows the secret and asks for the first code, which proves that the app has it. Owns the page.
 * Until that code the app is not valid. The secret stays the same for one journey.
 */

import { z } from 'zod'
import type { Audit } from '../../../identity/audit/audit.ts'
import { acrPossession } from '../../../identity/policy/assurance.ts'
import type { Users } from '../../../identity/users/users.ts'
import type { Database } from '../../../platform/storage/database.ts'
import { message } from '../../../platform/ui/message.ts'
import { createTranslator } from '../../../platform/ui/translate.ts'
import { describeClient } from '../../engine/client.ts'
import { journeyEntry } from '../../engine/data.ts'
import type { Form } from '../../engine/prompt.ts'
import {
  type Change,
  requireUserId,
  type Step,
  type StepContext,
  type StepResult,
} from '../../engine/step.ts'
import { type FindBudgetKey, findBrowserGroup } from '../budget-key.ts'
import { provenEntry } from '../enrolled.ts'
import { claimEnrolment, type EnrolmentRules } from '../enrolment.ts'
import { createRefusalError, type Lockout } from '../lockout.ts'
import type { AnnounceBound } from '../new-authenticators.ts'
import { totpEvents } from './events.ts'
import { totpNotices } from './notices.ts'
import type { TotpAuthenticator, TotpStore } from './store.ts'
import { matchingStep, otpauthUri, readCode, secretAsText } from './verify.ts'
import { malformed, totpProof, wrongCode } from './verify-step.ts'

export interface TotpEnrolOptions extends EnrolmentRules {
  readonly db: Database
  readonly users: Users
  readonly store: TotpStore
  readonly lockout: Lockout
  readonly findBudgetKey: FindBudgetKey
  readonly audit: Audit
  readonly announceBound: AnnounceBound
  /** The name that the app shows beside the account. */
  readonly issuer: string
}

/** The id of the code app that is being enrolled. */
export const pendingEntry = journeyEntry('totp.id', z.string())

type Outcome = 'registered' | 'back'
type Result = StepResult<Outcome>

export function createTotpEnrolStep(options: TotpEnrolOptions): Step<'totp/enrol', Outcome> {
  return {
    name: 'totp/enrol',
    outcomes: ['registered', 'back'],
    run: (context) => run(options, context),
  }
}

async function run(options: TotpEnrolOptions, context: StepContext): Promise<Result> {
  const pending = await findPending(options, context)
  const { answers, now } = context
  if (answers?.action === 'back' || !(await options.mayEnrol(options.db, context))) {
    return { type: 'done', outcome: 'back', change: leave(options, pending) }
  }
  if (pending === undefined) return open(options, context)
  const form = await askFor(options, pending)
  if (answers?.code === undefined) return { type: 'ask', form }
  const code = readCode(answers.code, pending)
  if (code === undefined) return { type: 'ask', form, formError: malformed(pending.digits) }
  const group = findBrowserGroup(await options.findBudgetKey(context))
  const work = async () => {
    const step = matchingStep(pending.secret(), code, pending, now)
    return step === undefined ? ({ type: 'wrong' } as const) : ({ type: 'right', step } as const)
  }
  const judgement = await options.lockout.judgeEnrolment(pending.userId, work, group)
  if (judgement.type === 'wait')
    return { type: 'ask', form, formError: createRefusalError(judgement) }
  if (judgement.type === 'wrong') return { type: 'ask', form, formError: wrongCode }
  const change = registered(options, context, pending, judgement.step)
  return { type: 'done', outcome: 'registered', change }
}

/** The app that this journey has begun, as long as it is not valid. */
async function findPending(
  { db, store }: TotpEnrolOptions,
  context: StepContext,
): Promise<TotpAuthenticator | undefined> {
  const id = pendingEntry.read(context.data)
  const found = id !== undefined ? await store.find(db, id) : undefined
  return found?.userId === context.userId && found?.status === 'pending' ? found : undefined
}

/** The page comes when the step runs again, with the secret in the database. */
function open({ store }: TotpEnrolOptions, context: StepContext): Result {
  const { client } = context
  const userId = requireUserId(context)
  const id = store.newId()
  const name = createTranslator(client.language)(message('totp.name'))
  return {
    type: 'ask',
    form: { title: message('totp.enrol.title'), width: 'wide', prompts: [] },
    change: {
      data: pendingEntry.write(id),
      async write(queries) {
        await store.add(queries, { id, userId, name })
        return true
      },
    },
  }
}

function leave({ store }: TotpEnrolOptions, left: TotpAuthenticator | undefined): Change {
  return {
    data: pendingEntry.clear(),
    async write(queries) {
      if (left !== undefined) await store.removePending(queries, left.id)
      return true
    },
  }
}

function registered(
  options: TotpEnrolOptions,
  context: StepContext,
  { id, userId, name }: TotpAuthenticator,
  step: number,
): Change {
  const { store, lockout, audit, announceBound } = options
  return {
    data: { ...pendingEntry.clear(), ...provenEntry.write(acrPossession) },
    proof: totpProof(id),
    async write(queries) {
      const isClaimed = await claimEnrolment(options, queries, context, undefined)
      if (!isClaimed) return false
      if (!(await store.activate(queries, id, step))) return false
      await lockout.unlock(queries, userId, 'totp')
      await announceBound(queries, totpNotices.added, {
        userId,
        authenticatorId: id,
        device: name,
        ...describeClient(context.client),
      })
      await audit.record(queries, totpEvents.enrolled, { userId, authenticatorId: id })
      return true
    },
  }
}

async function askFor(options: TotpEnrolOptions, pending: TotpAuthenticator): Promise<Form> {
  const user = await options.users.find(options.db, pending.userId)
  if (user === undefined) throw new Error('an enrolment without a user')
  return createTotpEnrolForm(pending, { issuer: options.issuer, account: user.username })
}

export function createTotpEnrolForm(
  pending: Pick<TotpAuthenticator, 'secret' | 'algorithm' | 'digits' | 'period'>,
  names: { readonly issuer: string; readonly account: string },
): Form {
  const secret = pending.secret()
  return {
    title: message('totp.enrol.title'),
    lead: message('totp.enrol.lead'),
    width: 'wide',
    prompts: [
      {
        type: 'instructions',
        items: [
          message('totp.enrol.step.open'),
          message('totp.enrol.step.scan'),
          message('totp.enrol.step.type'),
        ],
      },
      {
        type: 'qr',
        content: otpauthUri(secret, pending, names),
        label: message('totp.enrol.qr'),
        look: 'device',
        link: message('enrol.mobile_link'),
        typed: {
          text: message('totp.enrol.secret'),
          value: secretAsText(secret),
          copy: message('copy.key'),
        },
        openHint: message('totp.enrol.mobile_hint'),
      },
      {
        type: 'text',
        name: 'code',
        label: message('totp.enrol.code'),
        autocomplete: 'one-time-code',
        inputMode: 'numeric',
      },
      {
        type: 'choice',
        name: 'action',
        options: [
          { value: 'connect', label: message('totp.enrol.submit'), look: 'primary' },
          { value: 'back', label: message('enrol.back'), look: 'quiet' },
        ],
      },
    ],
  }
}
