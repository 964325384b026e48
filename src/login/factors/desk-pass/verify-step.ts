/**
 * A pass of the service desk in the place of a second factor, as a step. Owns the page and the judgement; the pass is spent
 * in the transaction that moves the journey, and the user is notified by mail.
 */
import type { Audit } from '../../../identity/audit/audit.ts'
import type { Notify } from '../../../identity/notify/notice.ts'
import { acrPossession } from '../../../identity/policy/assurance.ts'
import type { Id } from '../../../platform/kernel/ids.ts'
import type { Database } from '../../../platform/storage/database.ts'
import { message } from '../../../platform/ui/message.ts'
import { describeClient } from '../../engine/client.ts'
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
import { readCode } from './code.ts'
import { deskPassEvents } from './events.ts'
import { deskPassNotices } from './notices.ts'
import type { DeskPassStore, LivePass } from './store.ts'

export interface DeskPassVerifyOptions {
  readonly db: Database
  readonly store: DeskPassStore
  readonly lockout: Lockout
  readonly audit: Audit
  readonly notify: Notify
  /** Whether the person has another second factor that would do here. */
  readonly hasOther: (context: StepContext) => Promise<boolean>
}

type Outcome = 'confirmed' | 'other' | 'cancelled'
type Result = StepResult<Outcome>

export function createDeskPassVerifyStep(
  options: DeskPassVerifyOptions,
): Step<'desk-pass/confirm', Outcome> {
  return {
    name: 'desk-pass/confirm',
    outcomes: ['confirmed', 'other', 'cancelled'],
    run: (context) => run(options, context),
  }
}

async function run(options: DeskPassVerifyOptions, context: StepContext): Promise<Result> {
  const { answers } = context
  const userId = requireUserId(context)
  const hasOther = await options.hasOther(context)
  if (answers?.action === 'cancel') return { type: 'done', outcome: 'cancelled' }
  if (answers?.action === 'other' && hasOther) return { type: 'done', outcome: 'other' }
  const typed = answers?.code
  if (typed === undefined) return { type: 'ask', form: createDeskPassForm(hasOther) }
  const judgement = await judge(options, userId, typed)
  if (judgement.type === 'right') {
    const change = confirmed(options, context, userId, judgement.pass)
    return { type: 'done', outcome: 'confirmed', change }
  }
  const formError = createRefusalError(judgement)
  return { type: 'ask', form: createDeskPassForm(hasOther), formError }
}

type Verdict = { readonly type: 'right'; readonly pass: LivePass } | WrongProof

/** What is no code at all is not counted as a try. */
async function judge(
  { db, store, lockout }: DeskPassVerifyOptions,
  userId: Id<'user'>,
  typed: string,
): Promise<Verdict | Refusal> {
  const code = readCode(typed)
  if (code === undefined) return { type: 'wrong', formError: malformed }
  return await lockout.judge<Verdict>(userId, 'desk-pass', async () => {
    const pass = await store.find(db, userId, code)
    return pass === undefined ? { type: 'wrong', formError: wrongCode } : { type: 'right', pass }
  })
}

function confirmed(
  { store, lockout, audit, notify }: DeskPassVerifyOptions,
  { client }: StepContext,
  userId: Id<'user'>,
  pass: LivePass,
): Change {
  // RFC 8176 has a name for a code that is good for one login, and none for one that is good for hours.
  const amr = pass.isSingleUse ? ['otp'] : []
  return {
    data: { ...provenEntry.write(acrPossession), ...recoveredEntry.write(true) },
    proof: { factor: 'desk-pass', strength: 'possession', amr, authenticatorId: pass.id },
    async write(queries) {
      if (!(await store.spend(queries, pass))) return false
      if (!(await lockout.succeed(queries, userId, 'desk-pass'))) return false
      await notify(queries, deskPassNotices.used, { userId, ...describeClient(client) })
      await audit.record(queries, deskPassEvents.used, { userId, passId: pass.id })
      return true
    },
  }
}

export function createDeskPassForm(hasOther: boolean): Form {
  return {
    title: message('desk_pass.title'),
    lead: message('desk_pass.lead'),
    width: 'narrow',
    prompts: [
      {
        type: 'text',
        name: 'code',
        label: message('desk_pass.code'),
        autocomplete: 'off',
        inputMode: 'numeric',
      },
      {
        type: 'choice',
        name: 'action',
        options: [
          { value: 'confirm', label: message('desk_pass.submit'), look: 'primary' },
          ...listExits(hasOther),
        ],
      },
    ],
  }
}

/** One that was used or has expired is as wrong as one that never was. */
export const wrongCode: FormError = {
  status: 422,
  title: message('desk_pass.wrong.title'),
  text: message('desk_pass.wrong.text'),
  fields: ['code'],
}

const malformed: FormError = {
  status: 422,
  title: message('desk_pass.wrong.title'),
  text: message('desk_pass.malformed.text'),
  fields: ['code'],
}
