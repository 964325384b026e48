/**
 * A recovery code in the place of a second factor, as a step. Owns the page and the judgement; a code is spent in the
 * transaction that moves the journey, and the user is notified by mail.
 */

import { z } from 'zod'
import type { Audit } from '../../../identity/audit/audit.ts'
import type { Notify } from '../../../identity/notify/notice.ts'
import { acrPossession } from '../../../identity/policy/assurance.ts'
import type { Id } from '../../../platform/kernel/ids.ts'
import type { Database } from '../../../platform/storage/database.ts'
import { message } from '../../../platform/ui/message.ts'
import { describeClient } from '../../engine/client.ts'
import { journeyEntry } from '../../engine/data.ts'
import type { Form } from '../../engine/prompt.ts'
import {
  type Change,
  type FormError,
  requireUserId,
  type Step,
  type StepContext,
  type StepResult,
} from '../../engine/step.ts'
import { listExits, provenEntry, recoveredEntry } from '../enrolled.ts'
import { createRefusalError, type Lockout, type Refusal, type WrongProof } from '../lockout.ts'
import { readCode } from './codes.ts'
import { recoveryEvents } from './events.ts'
import { recoveryNotices } from './notices.ts'
import type { RecoveryStore } from './store.ts'

export interface RecoveryVerifyOptions {
  readonly db: Database
  readonly store: RecoveryStore
  readonly lockout: Lockout
  readonly audit: Audit
  readonly notify: Notify
  /** Whether the person has another second factor that would do here. */
  readonly hasOther: (context: StepContext) => Promise<boolean>
}

type Outcome = 'confirmed' | 'other' | 'cancelled'
type Result = StepResult<Outcome>

/** Kept in a journey in which a code was used. */
export const usedEntry = journeyEntry('recovery.used', z.literal(true))

export function createRecoveryVerifyStep(
  options: RecoveryVerifyOptions,
): Step<'recovery/confirm', Outcome> {
  return {
    name: 'recovery/confirm',
    outcomes: ['confirmed', 'other', 'cancelled'],
    run: (context) => run(options, context),
  }
}

async function run(options: RecoveryVerifyOptions, context: StepContext): Promise<Result> {
  const { answers } = context
  const userId = requireUserId(context)
  const hasOther = await options.hasOther(context)
  if (answers?.action === 'cancel') return { type: 'done', outcome: 'cancelled' }
  if (answers?.action === 'other' && hasOther) return { type: 'done', outcome: 'other' }
  if (answers?.code === undefined) return { type: 'ask', form: createRecoveryForm(hasOther) }
  const judgement = await judge(options, userId, answers.code)
  if (judgement.type === 'right') {
    const change = confirmed(options, context, userId, judgement.id)
    return { type: 'done', outcome: 'confirmed', change }
  }
  return {
    type: 'ask',
    form: createRecoveryForm(hasOther),
    formError: createRefusalError(judgement),
  }
}

type Verdict = { readonly type: 'right'; readonly id: Id<'recovery'> } | WrongProof

/** What is no code at all is not counted as a try. */
async function judge(
  { db, store, lockout }: RecoveryVerifyOptions,
  userId: Id<'user'>,
  typed: string,
): Promise<Verdict | Refusal> {
  const code = readCode(typed)
  if (code === undefined) return { type: 'wrong', formError: malformed }
  return await lockout.judge<Verdict>(userId, 'recovery', async () => {
    const id = await store.find(db, userId, code)
    return id === undefined ? { type: 'wrong', formError: wrongCode } : { type: 'right', id }
  })
}

function confirmed(
  { store, lockout, audit, notify }: RecoveryVerifyOptions,
  { client }: StepContext,
  userId: Id<'user'>,
  id: Id<'recovery'>,
): Change {
  return {
    data: {
      ...provenEntry.write(acrPossession),
      ...recoveredEntry.write(true),
      ...usedEntry.write(true),
    },
    // The code is on paper, so it proves possession and no higher level. RFC 8176 calls a one-time code `otp`.
    proof: { factor: 'recovery', strength: 'possession', amr: ['otp'], authenticatorId: id },
    async write(queries) {
      if (!(await store.spend(queries, id))) return false
      if (!(await lockout.succeed(queries, userId, 'recovery'))) return false
      const left = (await store.findLeft(queries, userId))?.left ?? 0
      await notify(queries, recoveryNotices.used, { userId, left, ...describeClient(client) })
      await audit.record(queries, recoveryEvents.used, { userId, codeId: id, left })
      return true
    },
  }
}

export function createRecoveryForm(hasOther: boolean): Form {
  return {
    title: message('recovery.title'),
    lead: message('recovery.lead'),
    width: 'narrow',
    prompts: [
      { type: 'text', name: 'code', label: message('recovery.code'), autocomplete: 'off' },
      {
        type: 'choice',
        name: 'action',
        options: [
          { value: 'confirm', label: message('recovery.submit'), look: 'primary' },
          ...listExits(hasOther),
        ],
      },
    ],
  }
}

/** One that was used is as wrong as one that never was. */
export const wrongCode: FormError = {
  status: 422,
  title: message('recovery.wrong.title'),
  text: message('recovery.wrong.text'),
  fields: ['code'],
}

const malformed: FormError = {
  status: 422,
  title: message('recovery.wrong.title'),
  text: message('recovery.malformed.text'),
  fields: ['code'],
}
