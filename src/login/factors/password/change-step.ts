/**
 * A new password in the middle of a login, where the old one lets nobody in any more. Owns the page and the change; the
 * journey comes here only after the second factor of whoever has one, as the old password may be known to a thief.
 */
import type { Audit } from '../../../identity/audit/audit.ts'
import type { Throttle } from '../../../identity/limits/throttle.ts'
import type { Notices } from '../../../identity/notify/mail/notices.ts'
import type { Sessions } from '../../../identity/sessions/sessions.ts'
import type { Hasher } from '../../../identity/users/hasher.ts'
import type { LocalUsers, UserWithHash } from '../../../identity/users/local.ts'
import { checkPassword } from '../../../identity/users/password-rules.ts'
import type { Events } from '../../../platform/kernel/events.ts'
import type { Id } from '../../../platform/kernel/ids.ts'
import type { Log } from '../../../platform/kernel/log.ts'
import type { Database, Queries } from '../../../platform/storage/database.ts'
import { type Message, message } from '../../../platform/ui/message.ts'
import { noticeOf } from '../../engine/client.ts'
import { journeyTopic } from '../../engine/engine.ts'
import type { Ask } from '../../engine/prompt.ts'
import {
  type Answers,
  type Change,
  type Complaint,
  type Step,
  type StepResult,
  userOf,
  type Visit,
} from '../../engine/step.ts'
import type { JourneyStore } from '../../engine/store.ts'
import { doneTooOften } from '../attempts.ts'
import { changeRequiredKey, credentialKey, listExits } from '../enrolled.ts'

export interface ChangeStepOptions {
  readonly db: Database
  readonly users: LocalUsers
  readonly hasher: Hasher
  readonly throttle: Throttle
  readonly sessions: Sessions
  readonly store: Pick<JourneyStore, 'endAllOf'>
  readonly audit: Audit
  readonly notices: Notices
  readonly log: Log
  readonly events: Events
  readonly minPasswordLength: number
}

type Result = StepResult<'changed' | 'cancelled'>

export function createChangeStep(
  options: ChangeStepOptions,
): Step<'password/change', 'changed' | 'cancelled'> {
  return {
    name: 'password/change',
    outcomes: ['changed', 'cancelled'],
    async run(visit) {
      if (visit.answers === undefined) return { type: 'ask', ask: changePasswordAsk(options) }
      if (visit.answers.action === 'cancel') return { type: 'done', outcome: 'cancelled' }
      return await change(options, visit, visit.answers)
    },
  }
}

async function change(options: ChangeStepOptions, visit: Visit, answers: Answers): Promise<Result> {
  const { throttle, minPasswordLength: minLength } = options
  const user = await findSame(options, visit)
  if (user === undefined) return { type: 'ask', ask: changePasswordAsk(options) }
  const typed = answers.password ?? ''
  if (typed === '') return refused(options, message('password.change.missing'), ['password'])
  const judged = checkPassword(typed, { minLength, username: user.username })
  if (judged.type === 'refused') {
    const text = message(`password.refused.${judged.reason}`, { min: minLength })
    return refused(options, text, ['password'])
  }
  if (typed !== answers.password_again) {
    return refused(options, message('password.change.mismatch'), ['password_again'])
  }
  return await throttle.inTurn(keyOf(user.id), () => replace(options, visit, judged.password))
}

/** With the password that was typed in this login. `undefined`: it is another one by now, and the login is over. */
async function findSame(
  { db, users }: ChangeStepOptions,
  visit: Visit,
): Promise<UserWithHash | undefined> {
  const user = await users.findWithHash(db, userOf(visit))
  return user?.credentialVersion === visit.kept[credentialKey] ? user : undefined
}

const keyOf = (userId: Id<'user'>): string => `change:${userId}`

/** Two slow hashes, which every login would have to wait for: one try after another, and a wait after some. */
async function replace(
  options: ChangeStepOptions,
  visit: Visit,
  password: string,
): Promise<Result> {
  const { db, hasher, throttle } = options
  const user = await findSame(options, visit)
  // Another page was faster: what would be made here could not be written.
  if (user === undefined) return { type: 'ask', ask: changePasswordAsk(options) }
  const admission = await throttle.admit(db, keyOf(user.id))
  if (admission.type === 'wait') {
    return {
      type: 'ask',
      ask: changePasswordAsk(options),
      complaint: doneTooOften(admission.retryAfter),
    }
  }
  if ((await hasher.verify(user.passwordHash, password)).matches) {
    return refused(options, message('password.change.same'), ['password'])
  }
  const newHash = await hasher.hash(password)
  return { type: 'done', outcome: 'changed', change: changeOf(options, visit, user, newHash) }
}

/** The login goes on with the new password: it is proven by having been typed twice, and the old proof is worth nothing. */
function changeOf(
  options: ChangeStepOptions,
  { now, client, journeyHash }: Visit,
  { id, credentialVersion: from }: UserWithHash,
  newHash: string,
): Change {
  const { users, audit, notices, sessions, store, events, log } = options
  let ended: readonly Id<'session'>[] = []
  let waiting: readonly string[] = []
  return {
    kept: { [changeRequiredKey]: undefined, [credentialKey]: from + 1 },
    proof: { factor: 'password', strength: 'knowledge', amr: ['pwd'], authenticatorId: null },
    async write(queries) {
      if (!(await users.changePassword(queries, id, { from, newHash, at: now }))) return false
      waiting = await store.endAllOf(queries, id, { now, except: journeyHash })
      ended = await sessions.endAllOf(queries, id, 'password_changed')
      await notices.passwordChanged(queries, { userId: id, ...noticeOf(client) })
      await audit.passwordSet(queries, { userId: id, by: id })
      await tellEnds(audit, queries, id, ended)
      return true
    },
    after() {
      for (const journey of waiting) events.wake(journeyTopic(journey))
      sessions
        .announceEnd(ended)
        .catch((error: unknown) => log.error({ error }, 'an end was not told'))
    },
  }
}

async function tellEnds(
  audit: Audit,
  queries: Queries,
  userId: Id<'user'>,
  ended: readonly Id<'session'>[],
): Promise<void> {
  for (const sessionId of ended) {
    await audit.sessionEnded(queries, { userId, sessionId, reason: 'password_changed' })
  }
}

function refused(options: ChangeStepOptions, text: Message, fields: readonly string[]): Result {
  const complaint: Complaint = {
    status: 422,
    title: message('password.change.refused.title'),
    text,
    fields,
  }
  return { type: 'ask', ask: changePasswordAsk(options), complaint }
}

export function changePasswordAsk({
  minPasswordLength: min,
}: Pick<ChangeStepOptions, 'minPasswordLength'>): Ask {
  return {
    title: message('password.change.title'),
    lead: message('password.change.lead'),
    width: 'narrow',
    prompts: [
      {
        type: 'secret',
        name: 'password',
        label: message('password.change.new'),
        hint: message('password.hint', { min }),
        autocomplete: 'new-password',
      },
      {
        type: 'secret',
        name: 'password_again',
        label: message('password.change.again'),
        autocomplete: 'new-password',
      },
      {
        type: 'choice',
        name: 'action',
        options: [
          { value: 'change', label: message('password.change.submit'), look: 'primary' },
          ...listExits(false),
        ],
      },
    ],
  }
}
