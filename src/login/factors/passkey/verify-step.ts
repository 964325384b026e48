/**
 * A passkey as the second factor, as a step. Owns the page and what follows a refused answer. The transaction that moves the
 * journey spends the answer, together with its challenge.
 */

import { z } from 'zod'
import type { Audit } from '../../../identity/audit/audit.ts'
import type { Notify } from '../../../identity/notify/notice.ts'
import { acrPhishingResistant } from '../../../identity/policy/assurance.ts'
import type { Id } from '../../../platform/kernel/ids.ts'
import type { Random } from '../../../platform/kernel/random.ts'
import type { Database } from '../../../platform/storage/database.ts'
import { transact } from '../../../platform/storage/transact.ts'
import { type MessageKey, message } from '../../../platform/ui/message.ts'
import { describeClient } from '../../engine/client.ts'
import { journeyEntry } from '../../engine/data.ts'
import type { Form } from '../../engine/prompt.ts'
import type {
  Answers,
  Change,
  ClientFacts,
  FormError,
  Step,
  StepContext,
  StepResult,
} from '../../engine/step.ts'
import { type BrowserGroup, type FindBudgetKey, findBrowserGroup } from '../budget-key.ts'
import { listExits, provenEntry } from '../enrolled.ts'
import { createRefusalError, type Lockout, type WrongProof } from '../lockout.ts'
import { createTroubleOption, withTrouble } from '../trouble.ts'
import {
  type Assertion,
  judgeAssertion,
  type RightAnswer,
  readAssertion,
} from '../webauthn/judge.ts'
import type { RelyingParty } from '../webauthn/site.ts'
import { clearChallenge, readChallenge, writeNewChallenge } from './challenge.ts'
import { passkeyTrouble } from './describe.ts'
import { passkeyEvents } from './events.ts'
import { passkeyNotices } from './notices.ts'
import { requestOptions, textsFor, textsWithoutOther } from './options.ts'
import type { Passkey, PasskeyStore } from './store.ts'

export interface PasskeyVerifyOptions {
  readonly db: Database
  readonly random: Random
  /** `undefined`: there are no passkeys here. */
  readonly site: RelyingParty | undefined
  readonly store: PasskeyStore
  readonly lockout: Lockout
  readonly audit: Audit
  readonly notify: Notify
  readonly rules: {
    /** Whether the person has another second factor that would be enough here. */
    hasOther(context: StepContext): Promise<boolean>
    readonly findBudgetKey: FindBudgetKey
  }
}

type Outcome = 'confirmed' | 'other' | 'cancelled'
type Result = StepResult<Outcome>

/** The field in which the browser's answer comes. */
export const credentialField = 'credential'
/** The answer came after the end of its challenge. */
export const lateEntry = journeyEntry('passkey.late', z.literal(true))

export function createPasskeyVerifyStep(
  options: PasskeyVerifyOptions,
): Step<'passkey/confirm', Outcome | 'trouble'> {
  const step: Step<'passkey/confirm', Outcome> = {
    name: 'passkey/confirm',
    outcomes: ['confirmed', 'other', 'cancelled'],
    run: (context) => run(options, context),
  }
  return withTrouble(step, 'passkey')
}

/** Another page of the login asks for a passkey with a challenge of its own. */
export const forgetPasskeyChallenge: Change = {
  data: { ...clearChallenge, ...lateEntry.clear() },
}

async function run(options: PasskeyVerifyOptions, context: StepContext): Promise<Result> {
  const { answers, data, now, userId } = context
  const { site, db, store } = options
  if (userId === undefined || site === undefined) throw new Error('a passkey needs user and site')
  const hasOther = await options.rules.hasOther(context)
  if (answers?.action === 'cancel') return leave('cancelled')
  if (answers?.action === 'other' && hasOther) return leave('other')
  const challenge = readChallenge(data, now)
  if (challenge === undefined) return begin(options, context)
  const known = await store.list(db, userId)
  const form = createPasskeyForm(
    requestOptions(site, challenge, known),
    hasOther,
    lateEntry.read(data) === true,
  )
  const answer = answers?.[credentialField] ?? ''
  if (answer === '') return { type: 'ask', form }
  const given = findCredential(known, answer)
  if (given === undefined) return { type: 'ask', form, formError: withWays(refused, hasOther) }
  const group = findBrowserGroup(await options.rules.findBudgetKey(context))
  const judgement = await options.lockout.judge(
    userId,
    'passkey',
    () => judge(options, context.client, { site, challenge, ...given }),
    group,
  )
  if (judgement.type === 'right') {
    const { passkey, verdict } = judgement
    return {
      type: 'done',
      outcome: 'confirmed',
      change: confirmed(options, { passkey, verdict, group }),
    }
  }
  return { type: 'ask', form, formError: withWays(createRefusalError(judgement), hasOther) }
}

/** Mentions no other factor to a person who has none. */
function withWays(error: FormError, hasOther: boolean): FormError {
  const only = hasOther ? undefined : withoutOther[error.text.key]
  return only === undefined ? error : { ...error, text: message(only) }
}

const withoutOther: Partial<Record<MessageKey, MessageKey>> = {
  'passkey.refused.text': 'passkey.refused.text.only',
  'passkey.cloned.text': 'passkey.cloned.text.only',
  'factor.off.text': 'factor.off.text.only',
  'factor.off.text.new': 'factor.off.text.new.only',
}

function leave(outcome: 'cancelled' | 'other'): Result {
  return { type: 'done', outcome, change: forgetPasskeyChallenge }
}

/** The page comes when the step runs again, with the challenge in the database. */
function begin({ random }: PasskeyVerifyOptions, { answers, now }: StepContext): Result {
  const isLate = hasCredential(answers)
  const data = { ...writeNewChallenge(random, now), ...lateEntry.write(isLate || undefined) }
  return { type: 'ask', form: createPasskeyForm('{}', false, false), change: { data } }
}

export function hasCredential(answers: Answers | undefined): boolean {
  return (answers?.[credentialField] ?? '') !== ''
}

type Judgement =
  | { readonly type: 'right'; readonly passkey: Passkey; readonly verdict: RightAnswer }
  | WrongProof

interface Try {
  readonly site: RelyingParty
  readonly challenge: string
  readonly passkey: Passkey
  readonly assertion: Assertion
}

/**
 * The user's passkey that an answer names, with the parsed answer. `undefined` for text that is no answer and for a
 * credential that the user does not have. Neither is a failure, so that nobody can turn a passkey off with random text.
 * The credential of another user is answered like an unknown id.
 */
function findCredential(
  known: readonly Passkey[],
  answer: string,
): Pick<Try, 'passkey' | 'assertion'> | undefined {
  const assertion = readAssertion(answer)
  const passkey = known.find(({ credentialId }) => credentialId === assertion?.id)
  return assertion && passkey && { assertion, passkey }
}

async function judge(
  options: PasskeyVerifyOptions,
  client: ClientFacts,
  { site, challenge, passkey, assertion }: Try,
): Promise<Judgement> {
  const requirement = { site, challenge, needsVerifiedUser: false }
  const verdict = await judgeAssertion(requirement, passkey, assertion)
  if (verdict.type === 'right') return { type: 'right', passkey, verdict }
  await noteRefusal(options, passkey, verdict.reason, client)
  return wrong(verdict.reason === 'cloned' ? cloned : refused)
}

const wrong = (formError: FormError) => ({ type: 'wrong', formError }) as const

/** Writes a refused answer to the audit log, although the journey does not move; notifies the user of a cloned passkey. */
export async function noteRefusal(
  { db, audit, notify }: Pick<PasskeyVerifyOptions, 'db' | 'audit' | 'notify'>,
  { id, userId, name }: Passkey,
  reason: 'invalid' | 'backup_changed' | 'cloned',
  client: ClientFacts,
): Promise<void> {
  const { address } = client
  await transact(db, async (tx) => {
    if (reason === 'cloned') {
      await notify(tx, passkeyNotices.cloned, { userId, device: name, ...describeClient(client) })
    }
    await audit.record(tx, passkeyEvents.refused, { userId, passkeyId: id, reason, address })
  })
}

interface RightUse {
  readonly passkey: Passkey
  readonly verdict: RightAnswer
  readonly group: BrowserGroup
}

function confirmed(
  { store, lockout, audit }: PasskeyVerifyOptions,
  { passkey, verdict, group }: RightUse,
): Change {
  const { id, userId } = passkey
  return {
    data: { ...clearChallenge, ...lateEntry.clear(), ...provenEntry.write(acrPhishingResistant) },
    proof: createPasskeyProof(id, verdict),
    async write(queries) {
      if (!(await store.use(queries, passkey, verdict))) return false
      if (!(await lockout.succeed(queries, userId, 'passkey', group))) return false
      await audit.record(queries, passkeyEvents.used, { userId, passkeyId: id })
      return true
    },
  }
}

/** RFC 8176: a key was used (`pop`) while a person was present (`user`); `mfa` when it also verified the person. */
export function createPasskeyProof(
  authenticatorId: Id<'passkey'>,
  { isUserVerified }: { readonly isUserVerified: boolean },
) {
  const amr = ['pop', 'user', ...(isUserVerified ? ['mfa'] : [])]
  return { factor: 'passkey', strength: 'phishing_resistant', amr, authenticatorId } as const
}

export function createPasskeyForm(options: string, hasOther: boolean, isLate: boolean): Form {
  return {
    title: message('passkey.title'),
    lead: message('passkey.lead'),
    width: 'narrow',
    prompts: [
      ...(isLate
        ? [{ type: 'notice', tone: 'warning', text: message('passkey.expired') } as const]
        : []),
      {
        type: 'webauthn',
        name: credentialField,
        ceremony: 'get',
        options,
        button: message('passkey.submit'),
        script: 'passkey',
        texts: hasOther ? textsFor('get') : textsWithoutOther,
      },
      {
        type: 'choice',
        name: 'action',
        options: listExits(hasOther, createTroubleOption(passkeyTrouble)),
      },
    ],
  }
}

export const refused: FormError = {
  status: 422,
  title: message('passkey.refused.title'),
  text: message('passkey.refused.text'),
}

/** The passkey verifies the owner of a phone, and logs nobody in. */
export const ofPhone: FormError = {
  status: 422,
  title: message('passkey.of_phone.title'),
  text: message('passkey.of_phone.text'),
}

export const cloned: FormError = {
  status: 422,
  title: message('passkey.cloned.title'),
  text: message('passkey.cloned.text'),
}
