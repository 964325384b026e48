/**
 * Who had which username when, according to the audit log. Owns the rule to whom an event with a name and no user id
 * belongs, for example a wrong attempt: it is a user's only if the name was the user's at that time, and nobody else's
 * shortly before. Earlier releases recorded no names when a username changed. Then the name between two changes is known
 * only from the change before or after, or not at all.
 */
import { minutes } from '../../platform/kernel/clock.ts'
import { cutText } from '../../platform/kernel/text.ts'
import type { Queries } from '../../platform/storage/database.ts'
import { isPseudonym } from '../audit/erase.ts'
import type { Attempt, Belonging } from '../audit/erased-facts.ts'
import { type ListedEvent, listAudit } from '../audit/list.ts'
import { userEvents } from '../users/events.ts'
import { canonicalUsername } from '../users/user.ts'
import type { Users } from '../users/users.ts'

/**
 * A period in which a user had one name. `from` and `to` are numbers of events; `end` is the time of `to`, in
 * milliseconds since the epoch.
 */
interface Period {
  readonly from: number
  readonly to: number
  readonly end: number
  /** In the spelling of the log; `undefined`: the log does not say. */
  readonly username: string | undefined
}

export interface NameHistory {
  /** All known names, in the spellings of the log. */
  readonly usernames: ReadonlySet<string>
  readonly judge: (attempt: Attempt) => Belonging
}

export interface HistoryOptions {
  readonly db: Queries
  readonly users: Pick<Users, 'find' | 'findByNames'>
}

export interface NamedUser {
  readonly userId: string
  /** After an erasure, earlier events of the user may have this in place of the id. */
  readonly pseudonym?: string
  /** The present name; `undefined`: the user was removed. */
  readonly username: string | undefined
  /** Names that were the user's according to an operator. They are believed where the log does not say more. */
  readonly earlier?: EarlierNames
}

/** In their canonical form. */
export interface EarlierNames {
  readonly names: ReadonlySet<string>
  /** Also true for names of which only a hash is known. */
  readonly has: (name: string) => boolean
}

const noNames: EarlierNames = { names: new Set(), has: () => false }

const types = [userEvents.created.type, userEvents.changed.type, userEvents.removed.type]

/**
 * Attempts are written later, under the name at the time of the attempt: those of a minute are counted together and
 * written within the next minute. So a name in the log may mean the person who had it before.
 */
const writtenLate = minutes(3)

const never = Number.MAX_SAFE_INTEGER

export async function readNameHistory(
  options: HistoryOptions,
  { userId, pseudonym, username, earlier = noNames }: NamedUser,
): Promise<NameHistory> {
  const { db, users } = options
  const ids = [userId, ...(pseudonym === undefined ? [] : [pseudonym])]
  const own = await readPeriods(db, ids, username)
  const usernames = new Set(own.flatMap((period) => period.username ?? []))
  const names = new Set([...[...usernames].map(toKey), ...earlier.names])
  const isWanted = (name: string) => names.has(name) || earlier.has(name)
  const others: Period[] = []
  for (const id of await listOthers(options, { ids, names, isWanted }))
    others.push(...(await readPeriods(db, [id], (await users.find(db, id))?.username)))
  return {
    usernames,
    judge(attempt) {
      const name = toKey(attempt.username)
      if (!isWanted(name)) return 'others'
      const isOf = (period: Period) =>
        isWithin(attempt, period) &&
        (period.username === undefined ? earlier.has(name) : toKey(period.username) === name)
      const isTheirs = own.some(isOf)
      const isOthers = others.some((period) => period.username !== undefined && isOf(period))
      if (isTheirs !== isOthers) return isTheirs ? 'theirs' : 'others'
      return 'unclear'
    },
  }
}

interface Wanted {
  /** The ids of the user. */
  readonly ids: readonly string[]
  readonly names: ReadonlySet<string>
  readonly isWanted: (name: string) => boolean
}

/** The ids of others who have or had one of the names. */
async function listOthers(
  { db, users }: HistoryOptions,
  { ids, names, isWanted }: Wanted,
): Promise<ReadonlySet<string>> {
  const found = new Set<string>()
  for await (const { userId, usernames } of listNamings(db))
    if (usernames.some((one) => isWanted(toKey(one)))) found.add(userId)
  for (const { id } of (await users.findByNames(db, [...names])).values()) found.add(id)
  return found.difference(new Set(ids))
}

/** Lists events that say which name a user had, with all names in each. */
export async function* listNamings(db: Queries) {
  for await (const events of listAudit(db, { types }))
    for (const { data } of events) {
      const { userId } = data
      if (typeof userId !== 'string') continue
      const usernames = [data.username, data.formerUsername].flatMap((one) => readName(one) ?? [])
      if (usernames.length > 0) yield { userId, usernames }
    }
}

/** The canonical form of a name as events have it: they cut long texts. */
export const toKey = (username: string): string =>
  canonicalUsername(cutText(username, 200)) ?? username

function isWithin({ seq, at }: Attempt, { from, to, end }: Period): boolean {
  return seq >= from && (seq <= to || at <= end + writtenLate)
}

/** @param current the name that the user has now */
async function readPeriods(
  db: Queries,
  ids: readonly string[],
  current: string | undefined,
): Promise<Period[]> {
  const periods: Period[] = []
  let open: Pick<Period, 'from' | 'username'> | undefined = { from: 0, username: undefined }
  for await (const events of listAudit(db, { about: ids, types }))
    for (const event of events.filter(changesName)) {
      const { before, after } = readNames(event)
      const { seq: to, at: end } = event
      if (open !== undefined) periods.push({ ...open, username: open.username ?? before, to, end })
      open = isRemoval(event) ? undefined : { from: to, username: after }
    }
  if (open === undefined || current === undefined) return periods
  // The event of a change may be lost. Then the log does not say since when the user has had this name.
  const isAnother = open.username !== undefined && toKey(open.username) !== toKey(current)
  const username = isAnother ? undefined : current
  return [...periods, { from: open.from, username, to: never, end: never }]
}

const isRemoval = ({ type }: ListedEvent): boolean => type === userEvents.removed.type

/** The events of adding and removing a user also change the name. */
function changesName({ type, data: { what } }: ListedEvent): boolean {
  return type !== userEvents.changed.type || (Array.isArray(what) && what.includes('username'))
}

function readNames(event: ListedEvent) {
  const [former, username] = [event.data.formerUsername, event.data.username].map(readName)
  return isRemoval(event)
    ? { before: username, after: undefined }
    : { before: former, after: username }
}

function readName(value: unknown): string | undefined {
  return typeof value === 'string' && !isPseudonym(value) ? value : undefined
}
