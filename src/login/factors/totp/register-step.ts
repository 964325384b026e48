/**
 * Connecting a code app, as a step: shows the secret and asks for the first code, which proves that the app has it. Owns
 * the page; until that code an app does not count. The secret stays the same for one journey.
 */
import type { Audit } from '../../../identity/audit/audit.ts'
import type { Notices } from '../../../identity/notify/mail/notices.ts'
import { acrPossession } from '../../../identity/policy/assurance.ts'
import type { LocalUsers } from '../../../identity/users/local.ts'
import type { Database } from '../../../platform/storage/database.ts'
import { message } from '../../../platform/ui/message.ts'
import { createTranslator } from '../../../platform/ui/translate.ts'
import { noticeOf } from '../../engine/client.ts'
import type { Ask } from '../../engine/prompt.ts'
import { type Change, type Step, type StepResult, userOf, type Visit } from '../../engine/step.ts'
import { type Attempts, complaintOf } from '../attempts.ts'
import { provenKey } from '../enrolled.ts'
import { claimRegistration, type Registering } from '../registering.ts'
import { malformed, totpProof, wrongCode } from './confirm-step.ts'
import type { TotpAuthenticator, TotpStore } from './store.ts'
import { matchingStep, otpauthUri, readCode, secretAsText } from './verify.ts'

export interface TotpRegisterOptions extends Registering {
  readonly db: Database
  readonly users: LocalUsers
  readonly store: TotpStore
  readonly attempts: Attempts
  readonly audit: Audit
  readonly notices: Notices
  /** The name that the app shows beside the account. */
  readonly issuer: string
}

type Outcome = 'registered' | 'back'
type Result = StepResult<Outcome>

export function createTotpRegisterStep(
  options: TotpRegisterOptions,
): Step<'totp/register', Outcome> {
  return {
    name: 'totp/register',
    outcomes: ['registered', 'back'],
    run: (visit) => run(options, visit),
  }
}

async function run(options: TotpRegisterOptions, visit: Visit): Promise<Result> {
  const pending = await currentOf(options, visit)
  const { answers, now } = visit
  if (answers?.action === 'back' || !(await options.mayRegister(options.db, visit))) {
    return { type: 'done', outcome: 'back', change: leave(options, pending) }
  }
  if (pending === undefined) return open(options, visit)
  const ask = await askFor(options, pending)
  if (answers?.code === undefined) return { type: 'ask', ask }
  const code = readCode(answers.code, pending)
  if (code === undefined) return { type: 'ask', ask, complaint: malformed(pending.digits) }
  const judgement = await options.attempts.judgeFirst(pending.userId, async () => {
    const step = matchingStep(pending.secret(), code, pending, now)
    return step === undefined ? ({ type: 'wrong' } as const) : ({ type: 'right', step } as const)
  })
  if (judgement.type === 'wait') return { type: 'ask', ask, complaint: complaintOf(judgement) }
  if (judgement.type === 'wrong') return { type: 'ask', ask, complaint: wrongCode }
  const change = registered(options, visit, pending, judgement.step)
  return { type: 'done', outcome: 'registered', change }
}

/** The one that this journey has begun, as long as it does not count. */
async function currentOf(
  { db, store }: TotpRegisterOptions,
  visit: Visit,
): Promise<TotpAuthenticator | undefined> {
  const id = visit.kept['totp.id']
  const found = typeof id === 'string' ? await store.find(db, id) : undefined
  return found?.userId === visit.userId && found?.status === 'pending' ? found : undefined
}

/** The page comes with the next look, when the secret is in the database. */
function open({ store }: TotpRegisterOptions, visit: Visit): Result {
  const { client } = visit
  const userId = userOf(visit)
  const id = store.newId()
  const name = createTranslator(client.language)(message('totp.name'))
  return {
    type: 'ask',
    ask: { title: message('totp.enrol.title'), width: 'wide', prompts: [] },
    change: {
      kept: { 'totp.id': id },
      async write(queries) {
        await store.add(queries, { id, userId, name })
        return true
      },
    },
  }
}

function leave({ store }: TotpRegisterOptions, left: TotpAuthenticator | undefined): Change {
  return {
    kept: { 'totp.id': undefined },
    async write(queries) {
      if (left !== undefined) await store.removePending(queries, left.id)
      return true
    },
  }
}

function registered(
  options: TotpRegisterOptions,
  visit: Visit,
  { id, userId, name }: TotpAuthenticator,
  step: number,
): Change {
  const { store, attempts, audit, notices } = options
  return {
    kept: { 'totp.id': undefined, [provenKey]: acrPossession },
    proof: totpProof(id),
    async write(queries) {
      const claim = await claimRegistration(options, queries, visit)
      if (claim === undefined) return false
      if (!(await store.activate(queries, id, step))) return false
      await attempts.setUp(queries, userId, 'totp')
      await notices.totpAdded(queries, {
        userId,
        device: name,
        ...noticeOf(visit.client),
      })
      await audit.totpRegistered(queries, { userId, authenticatorId: id })
      await claim.audit()
      return true
    },
  }
}

async function askFor(options: TotpRegisterOptions, pending: TotpAuthenticator): Promise<Ask> {
  const user = await options.users.find(options.db, pending.userId)
  if (user === undefined) throw new Error('an enrolment without a user')
  return totpEnrolAsk(pending, { issuer: options.issuer, account: user.username })
}

export function totpEnrolAsk(
  pending: Pick<TotpAuthenticator, 'secret' | 'algorithm' | 'digits' | 'period'>,
  names: { readonly issuer: string; readonly account: string },
): Ask {
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
