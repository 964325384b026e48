/**
 * A code of an app, as a step. Owns the page and the judgement of a code; tries are counted for the person, together
 * with those of all other second factors, and a code is spent in the transaction that moves the journey.
 */
import type { Audit } from '../../../identity/audit/audit.ts'
import { acrPossession } from '../../../identity/policy/assurance.ts'
import type { Id } from '../../../platform/kernel/ids.ts'
import type { Database } from '../../../platform/storage/database.ts'
import { message } from '../../../platform/ui/message.ts'
import type { Form } from '../../engine/prompt.ts'
import {
  type Change,
  type FormError,
  requireUserId,
  type Step,
  type StepContext,
  type StepResult,
} from '../../engine/step.ts'
import { listExits, provenEntry } from '../enrolled.ts'
import { createRefusalError, type Lockout, type Refusal, type WrongProof } from '../lockout.ts'
import { totpEvents } from './events.ts'
import type { TotpAuthenticator, TotpStore } from './store.ts'
import { defaultParameters, matchingStep, readCode } from './verify.ts'

export interface TotpVerifyOptions {
  readonly db: Database
  readonly store: TotpStore
  readonly lockout: Lockout
  readonly audit: Audit
  /** Whether the person has another second factor that would do here. */
  readonly hasOther: (context: StepContext) => Promise<boolean>
}

type Outcome = 'confirmed' | 'other' | 'cancelled'
type Result = StepResult<Outcome>

export function createTotpVerifyStep(options: TotpVerifyOptions): Step<'totp/confirm', Outcome> {
  return {
    name: 'totp/confirm',
    outcomes: ['confirmed', 'other', 'cancelled'],
    run: (context) => run(options, context),
  }
}

async function run(options: TotpVerifyOptions, context: StepContext): Promise<Result> {
  const hasOther = await options.hasOther(context)
  const { answers } = context
  if (answers?.action === 'cancel') return { type: 'done', outcome: 'cancelled' }
  if (answers?.action === 'other' && hasOther) return { type: 'done', outcome: 'other' }
  if (answers?.code === undefined) return { type: 'ask', form: createTotpForm(hasOther) }
  const judgement = await judge(options, requireUserId(context), answers.code, context.now)
  if (judgement.type === 'right') {
    const { authenticator, step } = judgement
    return { type: 'done', outcome: 'confirmed', change: confirmed(options, authenticator, step) }
  }
  return { type: 'ask', form: createTotpForm(hasOther), formError: createRefusalError(judgement) }
}

type Verdict =
  | { readonly type: 'right'; readonly authenticator: TotpAuthenticator; readonly step: number }
  | WrongProof

/** What is no code at all is not counted as a try. */
async function judge(
  { db, store, lockout }: TotpVerifyOptions,
  userId: Id<'user'>,
  typed: string,
  now: number,
): Promise<Verdict | Refusal> {
  const authenticators = await store.listActive(db, userId)
  const codes = authenticators.map((one) => ({ one, code: readCode(typed, one) }))
  if (codes.every(({ code }) => code === undefined)) {
    return { type: 'wrong', formError: malformed(authenticators[0]?.digits) }
  }
  return lockout.judge(userId, 'totp', async () => {
    const matches = codes.flatMap(({ one, code }) => {
      const step = code === undefined ? undefined : matchingStep(one.secret(), code, one, now)
      return step === undefined ? [] : [{ authenticator: one, step }]
    })
    const fresh = matches.find(({ authenticator, step }) => step > authenticator.lastCounter)
    if (fresh !== undefined) return { type: 'right', ...fresh } as const
    return { type: 'wrong', formError: matches.length > 0 ? usedCode : wrongCode } as const
  })
}

function confirmed(
  { store, lockout, audit }: TotpVerifyOptions,
  { id, userId }: TotpAuthenticator,
  step: number,
): Change {
  return {
    data: provenEntry.write(acrPossession),
    proof: totpProof(id),
    async write(queries) {
      if (!(await store.spend(queries, id, step))) return false
      if (!(await lockout.succeed(queries, userId, 'totp'))) return false
      await audit.record(queries, totpEvents.used, { userId, authenticatorId: id })
      return true
    },
  }
}

export function totpProof(authenticatorId: Id<'totp'>) {
  return { factor: 'totp', strength: 'possession', amr: ['otp'], authenticatorId } as const
}

export function createTotpForm(hasOther: boolean): Form {
  return {
    title: message('totp.title'),
    lead: message('totp.lead'),
    width: 'narrow',
    prompts: [
      {
        type: 'text',
        name: 'code',
        label: message('totp.code'),
        autocomplete: 'one-time-code',
        inputMode: 'numeric',
      },
      {
        type: 'choice',
        name: 'action',
        options: [
          { value: 'confirm', label: message('totp.submit'), look: 'primary' },
          ...listExits(hasOther),
        ],
      },
    ],
  }
}

export const wrongCode: FormError = {
  status: 422,
  title: message('totp.wrong.title'),
  text: message('totp.wrong.text'),
  fields: ['code'],
}

export const usedCode: FormError = {
  status: 422,
  title: message('totp.used.title'),
  text: message('totp.used.text'),
  fields: ['code'],
}

export function malformed(digits: number = defaultParameters.digits): FormError {
  return {
    status: 422,
    title: message('totp.wrong.title'),
    text: message('totp.malformed.text', { digits }),
    fields: ['code'],
  }
}
