/**
 * Why a login failed or a message never came, in sentences in English for an operator: what the audit log has of a user in
 * a time. Changes nothing.
 */
import { readAuditAbout } from '../../identity/audit/chain.ts'
import type { EventType } from '../../identity/audit/event.ts'
import type { Administrator } from '../../identity/operations/actor.ts'
import { findUser } from '../../identity/operations/users.ts'
import type { User } from '../../identity/users/user.ts'
import type { Users } from '../../identity/users/users.ts'
import type { Database } from '../../platform/storage/database.ts'
import { createTranslator } from '../../platform/ui/translate.ts'

export interface WhyOptions {
  readonly db: Database
  readonly users: Pick<Users, 'findByName'>
  readonly eventTypes: readonly EventType[]
  /** What keeps the user from logging in now, see obstacles.ts. */
  readonly listObstacles: (actor: Administrator, user: User) => Promise<string[]>
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
/** The times of all rows are in UTC. */
const t = createTranslator('en', { timeZone: () => 'UTC' })

/** A user is named by login name; throws Fault `not_found` where nobody has it. */
export async function explainLogins(
  options: WhyOptions,
  actor: Administrator,
  name: string,
  span: TimeSpan,
): Promise<Explained> {
  const user = await findUser(options.users, options.db, name)
  return {
    username: user.username,
    events: await listEvents(options, user, span),
    now: await options.listObstacles(actor, user),
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
