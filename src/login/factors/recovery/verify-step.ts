/**
 * A recovery code in place of a second factor, as a step. Owns the page and the judgement. The transaction that moves the journey
 * spends the code, and the user is notified by mail.
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
import { type Change, requireUserId, type StepContext } from '../../engine/step.ts'
import { type BrowserGroup, type FindBudgetKey, findBrowserGroup } from '../budget-key.ts'
import { createCodeError, createCodeForm, createCodeStep, type RightCode } from '../code-step.ts'
import { codesLeftEntry, listExits, raiseProven, recoveredEntry } from '../enrolled.ts'
import type { Lockout, Refusal, WrongProof } from '../lockout.ts'
import { fewCodes, readCode, readForeignCode } from './codes.ts'
import { recoveryEvents } from './events.ts'
import { recoveryNotices } from './notices.ts'
import type { RecoveryStore } from './store.ts'

export interface RecoveryVerifyOptions {
  readonly db: Database
  readonly store: RecoveryStore
  readonly lockout: Lockout
  readonly findBudgetKey: FindBudgetKey
  readonly audit: Audit
  readonly notify: Notify
  /** Whether the person has another second factor that would be enough here. */
  readonly hasOther: (context: StepContext) => Promise<boolean>
  /** Whether a code can help here at all. */
  readonly mayHelp: (context: StepContext) => Promise<boolean>
}

/** A code was used in this journey. */
export const usedEntry = journeyEntry('recovery.used', z.literal(true))

export function createRecoveryVerifyStep(options: RecoveryVerifyOptions) {
  return createCodeStep({
    name: 'recovery/confirm',
    createForm: async (hasOther, context) =>
      createRecoveryForm(hasOther, await hasForeign(options, context)),
    hasOther: options.hasOther,
    mayHelp: options.mayHelp,
    judge: (context, typed) => judge(options, context, typed),
  })
}

/** Without such codes, the mention of another length would only confuse. */
const hasForeign = ({ db, store }: RecoveryVerifyOptions, context: StepContext): Promise<boolean> =>
  store.hasForeign(db, requireUserId(context))

type Verdict = { readonly type: 'right'; readonly id: Id<'recovery'> } | WrongProof

async function judge(
  options: RecoveryVerifyOptions,
  context: StepContext,
  typed: string,
): Promise<RightCode | WrongProof | Refusal> {
  const { db, store, lockout } = options
  const code = readCode(typed) ?? readForeignCode(typed)
  if (code === undefined) {
    const formError = (await hasForeign(options, context)) ? malformedOrForeign : malformed
    return { type: 'wrong', formError }
  }
  const userId = requireUserId(context)
  const group = findBrowserGroup(await options.findBudgetKey(context))
  const work = async (): Promise<Verdict> => {
    const id = await store.find(db, userId, code)
    return id === undefined ? { type: 'wrong', formError: wrongCode } : { type: 'right', id }
  }
  const verdict = await lockout.judge(userId, 'recovery', work, group)
  if (verdict.type !== 'right') return verdict
  const left = ((await store.findLeft(db, userId))?.left ?? 1) - 1
  const { id } = verdict
  return { type: 'right', change: confirmed(options, context, { userId, id, left, group }) }
}

interface RightUse {
  readonly userId: Id<'user'>
  readonly id: Id<'recovery'>
  readonly left: number
  readonly group: BrowserGroup
}

function confirmed(
  { store, lockout, audit, notify }: RecoveryVerifyOptions,
  { client, data }: StepContext,
  { userId, id, left, group }: RightUse,
): Change {
  return {
    data: {
      ...raiseProven(data, acrPossession),
      ...recoveredEntry.write(true),
      ...usedEntry.write(true),
      ...codesLeftEntry.write(left > fewCodes ? left : undefined),
    },
    // The code is on paper, so it proves possession and no higher level. RFC 8176 calls a one-time code `otp`.
    proof: { factor: 'recovery', strength: 'possession', amr: ['otp'], authenticatorId: id },
    async write(queries) {
      if (!(await store.spend(queries, id))) return false
      if (!(await lockout.succeed(queries, userId, 'recovery', group))) return false
      // Another login may have used one meanwhile.
      const left = (await store.findLeft(queries, userId))?.left ?? 0
      await notify(queries, recoveryNotices.used, { userId, left, ...describeClient(client) })
      await audit.record(queries, recoveryEvents.used, { userId, codeId: id, left })
      return true
    },
  }
}

export function createRecoveryForm(hasOther: boolean, isForeign: boolean): Form {
  const words = {
    title: message('recovery.title'),
    lead: message(isForeign ? 'recovery.lead.foreign' : 'recovery.lead'),
    label: message(isForeign ? 'recovery.code.foreign' : 'recovery.code'),
    submit: message('recovery.submit'),
  }
  return createCodeForm(words, { autocomplete: 'off' }, listExits(hasOther))
}

/** A used code gets the same error as one that never existed. */
export const wrongCode = createCodeError(
  message('recovery.wrong.title'),
  message('recovery.wrong.text'),
)
const malformed = createCodeError(
  message('recovery.wrong.title'),
  message('recovery.malformed.text'),
)
const malformedOrForeign = createCodeError(
  message('recovery.wrong.title'),
  message('recovery.malformed.foreign'),
)
