/**
 * Why a login failed or a message never came, in sentences in English for an operator: what the audit log has of a user in
 * a time, and what keeps the user from logging in now. Changes nothing.
 */
import { readAuditAbout } from '../../identity/audit/chain.ts'
import type { EventType } from '../../identity/audit/event.ts'
import { findPasswordWait } from '../../identity/limits/password-waits.ts'
import type { Throttle } from '../../identity/limits/throttle.ts'
import type { Administrator } from '../../identity/operations/actor.ts'
import { findUser } from '../../identity/operations/users.ts'
import type { User } from '../../identity/users/user.ts'
import type { Users } from '../../identity/users/users.ts'
import type { Database } from '../../platform/storage/database.ts'
import { createTranslator } from '../../platform/ui/translate.ts'
import { findBlockEnd } from '../report/report.ts'
import type { AllAuthenticators } from './authenticators.ts'
import type { Authenticator } from './factor.ts'
import { describeFactor } from './index.ts'
import type { Lockout } from './lockout.ts'

export interface WhyOptions {
  readonly db: Database
  readonly clock: { readonly now: () => number }
  readonly users: Pick<Users, 'findByName'>
  readonly eventTypes: readonly EventType[]
  readonly authenticators: Pick<AllAuthenticators, 'list'>
  readonly throttle: Pick<Throttle, 'check' | 'clear'>
  readonly lockout: Pick<Lockout, 'findWait'>
}

/** In milliseconds since the epoch. */
export interface TimeSpan {
  readonly from: number
  readonly until: number
}

export interface Explained {
  readonly username: string
  readonly events: readonly { readonly at: number; readonly type: string; readonly text: string }[]
  /** What is so now, whenever the login was. */
  readonly now: readonly string[]
}

const mostEvents = 200
const t = createTranslator('en')
const formatTime = (at: number): string => new Date(at).toISOString()

/** A user is named by login name; throws Fault `not_found` where nobody has it. */
export async function explainLogins(
  options: WhyOptions,
  _actor: Administrator,
  name: string,
  span: TimeSpan,
): Promise<Explained> {
  const user = await findUser(options.users, options.db, name)
  return {
    username: user.username,
    events: await listEvents(options, user, span),
    now: await listObstacles(options, user),
  }
}

async function listEvents(
  { db, eventTypes }: WhyOptions,
  { id, username }: User,
  { from, until }: TimeSpan,
): Promise<Explained['events']> {
  const found = await readAuditAbout(db, {
    about: [id, username],
    types: eventTypes.map(({ type }) => type),
    since: from,
    until,
    limit: mostEvents,
  })
  return found.reverse().flatMap(({ at, type, data }) => {
    const declared = eventTypes.find((one) => one.type === type)
    const said = declared?.describe?.(data, typeof data.appId === 'string' ? data.appId : 'no app')
    const text = declared?.explain?.(data) ?? (said && `${t(said.text)}.`)
    const times = typeof data.times === 'number' && data.times > 1 ? ` (${data.times} times)` : ''
    return text === undefined ? [] : [{ at, type, text: `${text}${times}` }]
  })
}

async function listObstacles(options: WhyOptions, user: User): Promise<string[]> {
  const { db, clock, lockout } = options
  const wait = await findPasswordWait(options, db, user)
  const factorWait = await lockout.findWait(db, user.id)
  const blockEnd = findBlockEnd(user, clock.now())
  const own = await options.authenticators.list(db, user.id)
  const sentences = [
    user.disabledAt !== null && 'The user is disabled.',
    user.passwordChangeRequired && 'The user has to choose a new password at the next login.',
    wait && `After wrong passwords the next attempt has to wait ${wait.retryAfter} s.`,
    factorWait && `After wrong second factors the next one has to wait ${factorWait.retryAfter} s.`,
    blockEnd && `After a report no notification goes to the phones until ${formatTime(blockEnd)}.`,
    own.length === 0 && 'The user has no second factor.',
    ...own.map(explainState),
  ]
  return sentences.filter((one) => typeof one === 'string')
}

/** `undefined`: it can be used. */
function explainState({ kind, id, name, state }: Authenticator): string | undefined {
  const which = `${name ?? t(describeFactor(kind).words.name)} (${kind}, ${id})`
  return {
    usable: undefined,
    cannot_be_reached: `No notification reaches ${which}: its address is dead until its app tells a new one.`,
    off: `${which} is locked after too many wrong attempts.`,
    other_host: `${which} belongs to an earlier public_url and cannot be used.`,
  }[state]
}
