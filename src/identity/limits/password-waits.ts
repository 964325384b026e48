/**
 * The keys under which the throttle counts wrong passwords of a person, and how an administrator lifts the waits that
 * follow. A known browser has a key of its own, which only its cookie contains. To lift its wait, all browsers of the
 * person share one key until the next right password, and this key is cleared.
 */
import type { Id } from '../../platform/kernel/ids.ts'
import type { Queries } from '../../platform/storage/database.ts'
import { findEntry, nameEntry } from '../users/entries.ts'
import { canonicalUsername } from '../users/user.ts'
import type { Users } from '../users/users.ts'
import { createBrowsersKey, wrongPasswordLimit } from './known-browsers.ts'
import type { Throttle, Wait } from './throttle.ts'

export interface PasswordWaitOptions {
  readonly throttle: Pick<Throttle, 'clear' | 'check'>
  readonly users: Pick<Users, 'setKnownBrowserFailures'>
}

/** @param name the canonical form, or `nameEntry` of a directory entry; undefined: nobody can have such a name */
export const createNameKey = (name: string | undefined): string => `user:${name ?? ''}`

/** The key for what the page says about a typed name. It reveals nothing about the person. */
export const createSpellingKey = (typed: string | undefined): string => `spelling:${typed ?? ''}`

/**
 * Used in place of the person's key when an attempt with this name was not judged, so that it costs the same work as any
 * other.
 */
export const createUnjudgedKey = (typed: string | undefined): string => `unjudged:${typed ?? ''}`

interface Named {
  readonly id: Id<'user'>
  readonly username: string
  readonly email: string | null
}

/** The key for all attempts at this person, whichever of their names was typed, except those from known browsers. */
export async function findNameKey(queries: Queries, { id, username }: Named): Promise<string> {
  const entry = await findEntry(queries, id)
  return createNameKey(entry === undefined ? canonicalUsername(username) : nameEntry(entry))
}

/** For a person with a new password: by this change every browser has lost the key of its own. */
export async function clearPasswordWaits(
  { throttle }: Pick<PasswordWaitOptions, 'throttle'>,
  queries: Queries,
  user: Named,
): Promise<void> {
  await throttle.clear(queries, await findNameKey(queries, user))
  await throttle.clear(queries, createBrowsersKey(user.id))
  for (const name of await listSpellings(queries, user)) {
    await throttle.clear(queries, createSpellingKey(canonicalUsername(name)))
  }
}

/** Names that the person is likely to type. The waits of other names end by themselves. */
async function listSpellings(queries: Queries, user: Named): Promise<string[]> {
  const { username, email } = user
  const entry = await findEntry(queries, user.id)
  return [
    username,
    ...(email === null ? [] : [email]),
    ...(entry === undefined ? [] : [`${entry.directory}\\${username}`]),
  ]
}

/** For a person whose password stays. */
export async function liftPasswordWaits(
  { throttle, users }: PasswordWaitOptions,
  queries: Queries,
  user: Named,
): Promise<void> {
  await clearPasswordWaits({ throttle }, queries, user)
  await users.setKnownBrowserFailures(queries, user.id, wrongPasswordLimit)
}

/** How long a password of this person has to wait now; `undefined`: it is verified at once. */
export async function findPasswordWait(
  { throttle }: Pick<PasswordWaitOptions, 'throttle'>,
  queries: Queries,
  user: Named,
): Promise<Wait | undefined> {
  const person = await throttle.check(queries, await findNameKey(queries, user))
  const spelling = createSpellingKey(canonicalUsername(user.username))
  return person ?? (await throttle.check(queries, spelling))
}
