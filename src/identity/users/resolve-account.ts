/**
 * Whose account a login is attempted for, looked up once for everything that the attempt needs of it: how it is counted, who it is,
 * and whether the password is theirs. So an attempt costs one search for the name in each directory, also for a name that nobody has.
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
  /** Under which attempts are counted; undefined: nobody can have such a name. */
  readonly name: string | undefined
}

/** Throws Fault `unavailable` when the directory is away. Never call it inside a transaction. */
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

/** Of a user who is known: a namesake whom a login with the username would mean is another person. */
export async function resolveAccountOf(
  directory: AskedDirectories,
  queries: Queries,
  user: User,
): Promise<AttemptedAccount> {
  const resolved = await directory.resolveUser?.(queries, user)
  return complete(directory, resolved, user.username)
}

/** Nobody has it. */
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
