/**
 * A pass of the service desk in place of a second factor, as a step. Owns the page and the judgement. The transaction that moves
 * the journey spends the pass, and the user is notified by mail.
 */
import type { Audit } from '../../../identity/audit/audit.ts'
import type { Notify } from '../../../identity/notify/notice.ts'
import { acrPossession } from '../../../identity/policy/assurance.ts'
import type { Id } from '../../../platform/kernel/ids.ts'
import type { Database } from '../../../platform/storage/database.ts'
import { message } from '../../../platform/ui/message.ts'
import { describeClient } from '../../engine/client.ts'
import type { Form } from '../../engine/prompt.ts'
import { type Change, requireUserId, type StepContext } from '../../engine/step.ts'
import { type BrowserGroup, type FindBudgetKey, findBrowserGroup } from '../budget-key.ts'
import { createCodeError, createCodeForm, createCodeStep, type RightCode } from '../code-step.ts'
import { listExits, passEntry, raiseProven, recoveredEntry } from '../enrolled.ts'
import type { Lockout, Refusal, WrongProof } from '../lockout.ts'
import { readCode } from './code.ts'
import { deskPassEvents } from './events.ts'
import { deskPassNotices } from './notices.ts'
import type { DeskPassStore, LivePass } from './store.ts'

export interface DeskPassVerifyOptions {
  readonly db: Database
  readonly store: DeskPassStore
  readonly lockout: Lockout
  readonly findBudgetKey: FindBudgetKey
  readonly audit: Audit
  readonly notify: Notify
  /** Whether the person has another second factor that would be enough here. */
  readonly hasOther: (context: StepContext) => Promise<boolean>
  /** Whether the pass can help here at all. */
  readonly mayHelp: (context: StepContext) => Promise<boolean>
}

export function createDeskPassVerifyStep(options: DeskPassVerifyOptions) {
  return createCodeStep({
    name: 'desk-pass/confirm',
    createForm: (hasOther, context) => createDeskPassForm(hasOther, isReset(context)),
    hasOther: options.hasOther,
    mayHelp: options.mayHelp,
    judge: (context, typed) => judge(options, context, typed),
  })
}

type Verdict = { readonly type: 'right'; readonly pass: LivePass } | WrongProof

async function judge(
  options: DeskPassVerifyOptions,
  context: StepContext,
  typed: string,
): Promise<RightCode | WrongProof | Refusal> {
  const { db, store, lockout } = options
  const code = readCode(typed)
  if (code === undefined) return { type: 'wrong', formError: malformed }
  const userId = requireUserId(context)
  const group = findBrowserGroup(await options.findBudgetKey(context))
  const work = async (): Promise<Verdict> => {
    const pass = await store.find(db, userId, code)
    if (pass === undefined || isSpentHere(context, pass))
      return { type: 'wrong', formError: wrongCode }
    return { type: 'right', pass }
  }
  const verdict = await lockout.judge(userId, 'desk-pass', work, group)
  if (verdict.type !== 'right') return verdict
  return {
    type: 'right',
    change: confirmed(options, context, { userId, pass: verdict.pass, group }),
  }
}

const isReset = ({ request }: Pick<StepContext, 'request'>) => request.link !== undefined

/** A pass for a single login is also good for one link before that login. */
const isSpentHere = (context: StepContext, { isSingleUse, lastUsedAt }: LivePass): boolean =>
  isReset(context) && isSingleUse && lastUsedAt !== null

interface RightUse {
  readonly userId: Id<'user'>
  readonly pass: LivePass
  readonly group: BrowserGroup
}

function confirmed(
  { store, lockout, audit, notify }: DeskPassVerifyOptions,
  context: StepContext,
  { userId, pass, group }: RightUse,
): Change {
  const { client, data } = context
  // RFC 8176 has a name for a code that is good for one login, and none for one that is good for hours.
  const amr = pass.isSingleUse ? ['otp'] : []
  return {
    data: {
      ...raiseProven(data, acrPossession),
      ...recoveredEntry.write(true),
      ...passEntry.write(true),
    },
    proof: { factor: 'desk-pass', strength: 'possession', amr, authenticatorId: pass.id },
    async write(queries) {
      if (!(await store.spend(queries, pass, { isForReset: isReset(context) }))) return false
      if (!(await lockout.succeed(queries, userId, 'desk-pass', group))) return false
      await notify(queries, deskPassNotices.used, { userId, ...describeClient(client) })
      await audit.record(queries, deskPassEvents.used, { userId, passId: pass.id })
      return true
    },
  }
}

/** @param isForReset the code does not log in: a new password follows */
export function createDeskPassForm(hasOther: boolean, isForReset = false): Form {
  const words = {
    title: message('desk_pass.title'),
    lead: message('desk_pass.lead'),
    label: message('desk_pass.code'),
    submit: message(isForReset ? 'desk_pass.submit.reset' : 'desk_pass.submit'),
  }
  return createCodeForm(words, { autocomplete: 'off', inputMode: 'numeric' }, listExits(hasOther))
}

/** A used or expired pass gets the same error as one that never existed. */
const wrongCode = createCodeError(message('desk_pass.wrong.title'), message('desk_pass.wrong.text'))
const malformed = createCodeError(
  message('desk_pass.wrong.title'),
  message('desk_pass.malformed.text'),
)
