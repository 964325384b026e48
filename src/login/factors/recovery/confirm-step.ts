/**
 * A recovery code in the place of a second factor, as a step. Owns the page and the judgement; a code is spent in the
 * transaction that moves the journey, and the person is told by mail.
 */
import type { Audit } from '../../../identity/audit/audit.ts'
import type { Notices } from '../../../identity/notify/mail/notices.ts'
import { acrPossession } from '../../../identity/policy/assurance.ts'
import type { Id } from '../../../platform/kernel/ids.ts'
import type { Database } from '../../../platform/storage/database.ts'
import { message } from '../../../platform/ui/message.ts'
import { noticeOf } from '../../engine/client.ts'
import type { Ask } from '../../engine/prompt.ts'
import {
  type Change,
  type Complaint,
  type Step,
  type StepResult,
  userOf,
  type Visit,
} from '../../engine/step.ts'
import { type Attempts, complaintOf, type Refusal, type WrongTry } from '../attempts.ts'
import { listExits, provenKey, recoveredKey } from '../enrolled.ts'
import { readCode } from './codes.ts'
import type { RecoveryStore } from './store.ts'

export interface RecoveryConfirmOptions {
  readonly db: Database
  readonly store: RecoveryStore
  readonly attempts: Attempts
  readonly audit: Audit
  readonly notices: Notices
  /** Whether the person has another second factor that would do here. */
  readonly hasOther: (visit: Visit) => Promise<boolean>
}

type Outcome = 'confirmed' | 'other' | 'cancelled'
type Result = StepResult<Outcome>

/** Kept in a journey in which a code was used. */
export const usedKey = 'recovery.used'

export function createRecoveryConfirmStep(
  options: RecoveryConfirmOptions,
): Step<'recovery/confirm', Outcome> {
  return {
    name: 'recovery/confirm',
    outcomes: ['confirmed', 'other', 'cancelled'],
    run: (visit) => run(options, visit),
  }
}

async function run(options: RecoveryConfirmOptions, visit: Visit): Promise<Result> {
  const { answers } = visit
  const userId = userOf(visit)
  const hasOther = await options.hasOther(visit)
  if (answers?.action === 'cancel') return { type: 'done', outcome: 'cancelled' }
  if (answers?.action === 'other' && hasOther) return { type: 'done', outcome: 'other' }
  if (answers?.code === undefined) return { type: 'ask', ask: recoveryAsk(hasOther) }
  const judgement = await judge(options, userId, answers.code)
  if (judgement.type === 'right') {
    const change = confirmed(options, visit, userId, judgement.id)
    return { type: 'done', outcome: 'confirmed', change }
  }
  return { type: 'ask', ask: recoveryAsk(hasOther), complaint: complaintOf(judgement) }
}

type Verdict = { readonly type: 'right'; readonly id: Id<'recovery'> } | WrongTry

/** What is no code at all is not counted as a try. */
async function judge(
  { db, store, attempts }: RecoveryConfirmOptions,
  userId: Id<'user'>,
  typed: string,
): Promise<Verdict | Refusal> {
  const code = readCode(typed)
  if (code === undefined) return { type: 'wrong', complaint: malformed }
  return await attempts.judge<Verdict>(userId, 'recovery', async () => {
    const id = await store.find(db, userId, code)
    return id === undefined ? { type: 'wrong', complaint: wrongCode } : { type: 'right', id }
  })
}

function confirmed(
  { store, attempts, audit, notices }: RecoveryConfirmOptions,
  { client }: Visit,
  userId: Id<'user'>,
  id: Id<'recovery'>,
): Change {
  return {
    kept: { [provenKey]: acrPossession, [recoveredKey]: true, [usedKey]: true },
    // Whoever has the paper has the code: possession, and never more. RFC 8176 calls what counts once `otp`.
    proof: { factor: 'recovery', strength: 'possession', amr: ['otp'], authenticatorId: id },
    async write(queries) {
      if (!(await store.spend(queries, id))) return false
      if (!(await attempts.succeed(queries, userId, 'recovery'))) return false
      const left = (await store.leftOf(queries, userId))?.left ?? 0
      await notices.recoveryCodeUsed(queries, { userId, left, ...noticeOf(client) })
      await audit.recoveryCodeUsed(queries, { userId, codeId: id, left })
      return true
    },
  }
}

export function recoveryAsk(hasOther: boolean): Ask {
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
export const wrongCode: Complaint = {
  status: 422,
  title: message('recovery.wrong.title'),
  text: message('recovery.wrong.text'),
  fields: ['code'],
}

const malformed: Complaint = {
  status: 422,
  title: message('recovery.wrong.title'),
  text: message('recovery.malformed.text'),
  fields: ['code'],
}
