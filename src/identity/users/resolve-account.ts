/**
 * Finds the account of a login attempt once for everything that the attempt needs: how it is counted, which user it is,
 * and whether the password is right. So an attempt costs one search for the name in each directory, also for a name that
 * nobody has.
 */
import type { Queries } from '../../platform/storage/database.ts'
import type { Directory, PasswordOrigin, ResolvedAccount, ResolvedName } from './directory.ts'
import { directoryAway } from './directory-answers.ts'
import { canonicalUsername, type User } from './user.ts'

export type AskedDirectories = Pick<
  Directory,
  'findByName' | 'verifyPassword' | 'imitate' | 'resolveName' | 'resolveUser'
>

export interface AttemptedAccount extends ResolvedAccount {
  /** The key under which attempts are counted; undefined: nobody can have such a name. */
  readonly name: string | undefined
}

/** Throws Fault `unavailable` when the directory does not answer. Never call it inside a transaction. */
export async function resolveAccount(
  directory: AskedDirectories,
  queries: Queries,
  typed: string,
  origin?: PasswordOrigin,
): Promise<AttemptedAccount> {
  const resolved = await directory.resolveName?.(queries, typed, origin)
  if (resolved?.type === 'unavailable') throw directoryAway(resolved)
  return complete(directory, resolved, typed)
}

/** For a known user: a login with the username could mean a namesake, who is another person. */
export async function resolveAccountOf(
  directory: AskedDirectories,
  queries: Queries,
  user: User,
): Promise<AttemptedAccount> {
  const resolved = await directory.resolveUser?.(queries, user)
  return complete(directory, resolved, user.username)
}

/** A name that nobody has. */
const nobodysName = 'nobody\u{10fffd}'

function complete(
  directory: AskedDirectories,
  resolved: ResolvedName | undefined,
  typed: string,
): AttemptedAccount {
  const byName: ResolvedAccount = {
    find: (queries) => directory.findByName(queries, typed),
    verifyPassword: (queries, ...tried) => directory.verifyPassword(queries, typed, ...tried),
    async imitate(queries, ...tried) {
      if (directory.imitate !== undefined) await directory.imitate(queries, typed, ...tried)
      else await directory.verifyPassword(queries, nobodysName, ...tried)
    },
  }
  const name = resolved === undefined ? canonicalUsername(typed) : resolved.name
  return { name, ...(resolved?.account ?? byName) }
}
