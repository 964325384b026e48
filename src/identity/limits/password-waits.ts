/**
 * The keys under which the throttle counts wrong passwords of a person, and how an administrator lifts the waits that
 * follow. A browser that the person has logged in with has a key of its own, which only its cookie tells: so the browsers
 * are made to share one key, which is cleared, until the next right password.
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

/** @param name the canonical form, or what stands for an entry; undefined: nobody can have such a name */
export const createNameKey = (name: string | undefined): string => `user:${name ?? ''}`

/** What the page says of one name is counted under this key; of the person it says nothing. */
export const createSpellingKey = (typed: string | undefined): string => `spelling:${typed ?? ''}`

/** In place of the person, where a try by this name was not judged: so it costs what every other one does. */
export const createUnjudgedKey = (typed: string | undefined): string => `unjudged:${typed ?? ''}`

interface Named {
  readonly id: Id<'user'>
  readonly username: string
  readonly email: string | null
}

/** What all tries at this person are counted under, whichever of their names was typed; browsers that are known aside. */
export async function findNameKey(queries: Queries, { id, username }: Named): Promise<string> {
  const entry = await findEntry(queries, id)
  return createNameKey(entry === undefined ? canonicalUsername(username) : nameEntry(entry))
}

/** For a person with a new password, by which every browser has lost the key of its own. */
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

/** Names that the person is likely to type. The wait of another one ends by itself. */
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

/** How long a password of this person has to wait now; `undefined`: it is judged at once. */
export async function findPasswordWait(
  { throttle }: Pick<PasswordWaitOptions, 'throttle'>,
  queries: Queries,
  user: Named,
): Promise<Wait | undefined> {
  const person = await throttle.check(queries, await findNameKey(queries, user))
  const spelling = createSpellingKey(canonicalUsername(user.username))
  return person ?? (await throttle.check(queries, spelling))
}
