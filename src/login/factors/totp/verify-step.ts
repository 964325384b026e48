/**
 * A code of a code app, as a step. Owns the page and the judgement of a code. Attempts are counted for the person, together with
 * those of all other second factors. The transaction that moves the journey spends the code.
 */
import type { Audit } from '../../../identity/audit/audit.ts'
import { acrPossession } from '../../../identity/policy/assurance.ts'
import type { Id } from '../../../platform/kernel/ids.ts'
import type { Database } from '../../../platform/storage/database.ts'
import { message } from '../../../platform/ui/message.ts'
import type { Form } from '../../engine/prompt.ts'
import { type Change, type FormError, requireUserId, type StepContext } from '../../engine/step.ts'
import { type BrowserGroup, type FindBudgetKey, findBrowserGroup } from '../budget-key.ts'
import { createCodeError, createCodeForm, createCodeStep, type RightCode } from '../code-step.ts'
import { listExits, provenEntry } from '../enrolled.ts'
import type { Lockout, Refusal, WrongProof } from '../lockout.ts'
import { createTroubleOption, withTrouble } from '../trouble.ts'
import { findOnlyName } from './authenticators.ts'
import { codeAppTrouble } from './describe.ts'
import { totpEvents } from './events.ts'
import type { TotpAuthenticator, TotpStore } from './store.ts'
import { defaultParameters, matchingStep, readCode } from './verify.ts'

export interface TotpVerifyOptions {
  readonly db: Database
  readonly store: TotpStore
  readonly lockout: Lockout
  readonly findBudgetKey: FindBudgetKey
  readonly audit: Audit
  /** Whether the person has another second factor that would be enough here. */
  readonly hasOther: (context: StepContext) => Promise<boolean>
}

export function createTotpVerifyStep(options: TotpVerifyOptions) {
  const step = createCodeStep({
    name: 'totp/confirm',
    async createForm(hasOther, context) {
      const own = await options.store.listActive(options.db, requireUserId(context))
      return createTotpForm(hasOther, findOnlyName(own))
    },
    hasOther: options.hasOther,
    judge: (context, typed) => judge(options, context, typed),
  })
  return withTrouble(step, 'totp')
}

type Verdict =
  | { readonly type: 'right'; readonly authenticator: TotpAuthenticator; readonly step: number }
  | WrongProof

async function judge(
  options: TotpVerifyOptions,
  context: StepContext,
  typed: string,
): Promise<RightCode | WrongProof | Refusal> {
  const userId = requireUserId(context)
  const authenticators = await options.store.listActive(options.db, userId)
  const codes = authenticators.map((one) => ({ one, code: readCode(typed, one) }))
  if (codes.every(({ code }) => code === undefined)) {
    return { type: 'wrong', formError: malformed(authenticators[0]?.digits) }
  }
  const group = findBrowserGroup(await options.findBudgetKey(context))
  const work = async (): Promise<Verdict> => {
    const matches = codes.flatMap(({ one, code }) => {
      const step =
        code === undefined ? undefined : matchingStep(one.secret(), code, one, context.now)
      return step === undefined ? [] : [{ authenticator: one, step }]
    })
    const fresh = matches.find(({ authenticator, step }) => step > authenticator.lastCounter)
    if (fresh !== undefined) return { type: 'right', ...fresh }
    return { type: 'wrong', formError: matches.length > 0 ? usedCode : wrongCode }
  }
  const verdict = await options.lockout.judge(userId, 'totp', work, group)
  if (verdict.type !== 'right') return verdict
  return { type: 'right', change: confirmed(options, { ...verdict, group }) }
}

interface RightUse extends Extract<Verdict, { type: 'right' }> {
  readonly group: BrowserGroup
}

function confirmed(
  { store, lockout, audit }: TotpVerifyOptions,
  { authenticator: { id, userId }, step, group }: RightUse,
): Change {
  return {
    data: provenEntry.write(acrPossession),
    proof: totpProof(id),
    async write(queries) {
      if (!(await store.spend(queries, id, step))) return false
      if (!(await lockout.succeed(queries, userId, 'totp', group))) return false
      await audit.record(queries, totpEvents.used, { userId, authenticatorId: id })
      return true
    },
  }
}

export function totpProof(authenticatorId: Id<'totp'>) {
  return { factor: 'totp', strength: 'possession', amr: ['otp'], authenticatorId } as const
}

/** @param device the name of the one device that shows the codes */
export function createTotpForm(hasOther: boolean, device?: string): Form {
  const words = {
    title: message('totp.title'),
    lead: device === undefined ? message('totp.lead') : message('totp.lead.named', { device }),
    label: message('totp.code'),
    submit: message('totp.submit'),
  }
  const exits = listExits(hasOther, createTroubleOption(codeAppTrouble))
  return createCodeForm(words, { autocomplete: 'one-time-code', inputMode: 'numeric' }, exits)
}

export const wrongCode = createCodeError(message('totp.wrong.title'), message('totp.wrong.text'))
export const usedCode = createCodeError(message('totp.used.title'), message('totp.used.text'))

export function malformed(digits: number = defaultParameters.digits): FormError {
  return createCodeError(message('totp.wrong.title'), message('totp.malformed.text', { digits }))
}
