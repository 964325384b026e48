/**
 * Why a login failed or a message never came: sentences in English for an operator, from what the audit log has of a user in a
 * time. Changes nothing.
 */
import { readAuditAbout } from '../../identity/audit/chain.ts'
import type { EventType } from '../../identity/audit/event.ts'
import type { Administrator } from '../../identity/operations/actor.ts'
import { findUser } from '../../identity/operations/users.ts'
import { explainAccount } from '../../identity/users/account-words.ts'
import type { Directory } from '../../identity/users/directory.ts'
import { findByAnyName } from '../../identity/users/directory-answers.ts'
import { listOutages, type Outage } from '../../identity/users/outage-records.ts'
import type { User } from '../../identity/users/user.ts'
import type { Users } from '../../identity/users/users.ts'
import { showInZone, type Zone } from '../../platform/kernel/zoned.ts'
import type { Database } from '../../platform/storage/database.ts'
import { createTranslator } from '../../platform/ui/translate.ts'

export interface WhyOptions {
  readonly db: Database
  readonly users: Pick<Users, 'findByName'>
  readonly directory: Pick<Directory, 'describeAccount' | 'findByName'>
  readonly eventTypes: readonly EventType[]
  /** What keeps the user from logging in now, see obstacles.ts. */
  readonly listObstacles: (actor: Administrator, user: User) => Promise<string[]>
  /** Of all times in the sentences. */
  readonly zone: Zone
}

/** In milliseconds since the epoch. */
export interface TimeSpan {
  readonly from: number
  readonly until: number
}

export interface Explained {
  readonly username: string
  readonly events: readonly { readonly at: number; readonly type: string; readonly text: string }[]
  /** What is true now, whenever the login was. */
  readonly now: readonly string[]
}

const mostEvents = 200
/** A user is named by any name that a login takes; throws Fault `not_found` where nobody has it, here or in a directory. */
export async function explainLogins(
  options: WhyOptions,
  actor: Administrator,
  name: string,
  span: TimeSpan,
): Promise<Explained> {
  const { username, events, now } = await explain(options, actor, name, span)
  const show = (sentence: string) => showInZone(sentence, options.zone)
  return {
    username,
    events: events.map((one) => ({ ...one, text: show(one.text) })),
    now: now.map(show),
  }
}

async function explain(
  options: WhyOptions,
  actor: Administrator,
  name: string,
  span: TimeSpan,
): Promise<Explained> {
  const { db, users, directory, listObstacles } = options
  const account = await directory.describeAccount?.(db, name)
  const there = account === undefined ? [] : explainAccount(account, formatTime)
  if (account?.type === 'account' && account.user === undefined) {
    const { username } = account
    const known = await directory.findByName(db, name, 'background')
    const listed = known.type === 'unknown' ? (known.username ?? username) : username
    return {
      username: listed,
      events: await listEvents(options, [listed], span),
      now: [
        `Nobody has logged in with this account of the directory ${account.directory} yet.`,
        ...there,
      ],
    }
  }
  const user = (await findByAnyName(options, db, name)) ?? (await findUser(users, db, name))
  return {
    username: user.username,
    events: await listEvents(options, [user.id, user.username], span),
    now: [...there, ...(await listObstacles(actor, user))],
  }
}

const formatTime = (at: number): string => `${new Date(at).toISOString().slice(0, 19)}Z`

/** What happened to the user, and when a directory did not answer: the latter prevents logins of people without an event. */
async function listEvents(
  options: WhyOptions,
  about: readonly string[],
  span: TimeSpan,
): Promise<Explained['events']> {
  const outages = (await listOutages(options.db, span)).map((outage) => ({
    ...{ at: outage.beganAt, type: 'directory_outage' },
    text: describeOutage(outage, options.zone),
  }))
  return [...(await listAudit(options, about, span)), ...outages].sort((a, b) => a.at - b.at)
}

function describeOutage(outage: Outage, zone: Zone): string {
  const { directory, beganAt, seenAt, endedAt, reason } = outage
  const showTime = (at: number) =>
    zone.stamp(at).slice(0, 10) === zone.stamp(beganAt).slice(0, 10)
      ? zone.clock(at)
      : zone.stamp(at).slice(0, 16)
  const until =
    endedAt === undefined
      ? `from ${zone.clock(beganAt)} on, at least until ${showTime(seenAt)}`
      : `from ${zone.clock(beganAt)} to ${showTime(endedAt)}`
  const because = reason === undefined ? '' : ` (${reason})`
  return `The directory ${directory} did not answer ${until}${because}. Logins with a password from there may have failed.`
}

async function listAudit(
  { db, eventTypes, zone }: WhyOptions,
  about: readonly string[],
  { from, until }: TimeSpan,
): Promise<Explained['events']> {
  const found = await readAuditAbout(db, {
    about,
    types: eventTypes.map(({ type }) => type),
    since: from,
    until,
    limit: mostEvents,
  })
  const t = createTranslator('en', { timeZone: () => zone.name })
  return found.reverse().flatMap(({ at, type, data }) => {
    const declared = eventTypes.find((one) => one.type === type)
    const said = declared?.describe?.(data, typeof data.appId === 'string' ? data.appId : 'no app')
    const text = declared?.explain?.(data) ?? (said && `${t(said.text)}.`)
    const times = typeof data.times === 'number' && data.times > 1 ? ` (${data.times} times)` : ''
    return text === undefined ? [] : [{ at, type, text: `${text}${times}` }]
  })
}
