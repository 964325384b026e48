/**
 * Answers of directories, for callers that cannot go on without one. If a directory does not answer, they throw Fault
 * `unavailable`: pages and commands then say to try again later, never that a user or a group does not exist.
 */
import { Fault } from '../../platform/kernel/fault.ts'
import type { Queries } from '../../platform/storage/database.ts'
import type { Attributes } from './attributes.ts'
import type { Directory, FindOutcome, Unavailable, WantedNames } from './directory.ts'
import type { User } from './user.ts'
import type { Users } from './users.ts'

/** @param outcome.retryAfter seconds */
export function directoryAway(outcome: Pick<Unavailable, 'retryAfter' | 'isLasting'>): Fault {
  const { retryAfter = 5, isLasting } = outcome
  const text = 'The directory of users does not answer.'
  return new Fault('unavailable', text, isLasting ? { isLasting } : { retryAfter })
}

/** `undefined`: there is no such user. */
export function requireFound(outcome: FindOutcome): User | undefined {
  if (outcome.type === 'unavailable') throw directoryAway(outcome)
  return outcome.type === 'found' ? outcome.user : undefined
}

/**
 * Throws Fault `conflict` for a name that a person of another directory has, and `unavailable` when a directory does not
 * answer. Never call it inside a transaction.
 */
export async function refuseNamesElsewhere(
  { findNamesElsewhere }: Pick<Directory, 'findNamesElsewhere'>,
  queries: Queries,
  names: WantedNames,
): Promise<void> {
  const outcome = await findNamesElsewhere?.(queries, names)
  if (outcome === undefined) return
  if (outcome.type === 'unavailable') throw directoryAway(outcome)
  const { taken } = outcome
  if (taken === undefined) return
  const text = `The name ${JSON.stringify(taken.name)} belongs to the directory ${taken.directory}. Nothing was changed.`
  throw new Fault('conflict', text)
}

/**
 * For operators, who may type any name that works at a login. Looks for the username here first, so that no directory is
 * asked for it. `undefined`: there is no such user.
 */
export async function findByAnyName(
  { users, directory }: AnyName,
  queries: Queries,
  name: string,
): Promise<User | undefined> {
  const user = await users.findByName(queries, name)
  return user ?? requireFound(await directory.findByName(queries, name, 'background'))
}

interface AnyName {
  readonly users: Pick<Users, 'findByName'>
  readonly directory: Pick<Directory, 'findByName'>
}

/** Reads the groups of a user, for rules that depend on groups. */
export function createListGroups(directory: Pick<Directory, 'listGroups'>) {
  return async (queries: Queries, userId: string): Promise<readonly string[]> => {
    const outcome = await directory.listGroups(queries, userId)
    if (outcome.type === 'unavailable') throw directoryAway(outcome)
    return outcome.groups
  }
}

/** The groups without members, for a warning. A group for which the directory does not answer is left out. */
export async function listEmptyGroups(
  { hasMembers }: Pick<Directory, 'hasMembers'>,
  queries: Queries,
  groups: readonly string[],
): Promise<string[]> {
  const empty: string[] = []
  for (const group of groups) {
    const outcome = await hasMembers?.(queries, group)
    if (outcome?.type === 'members' && outcome.isEmpty) empty.push(group)
  }
  return empty
}

/** Reads the attributes of a user, for apps that receive some of them. */
export function createListAttributes(directory: Pick<Directory, 'listAttributes'>) {
  return async (queries: Queries, userId: string): Promise<Attributes> => {
    const outcome = await directory.listAttributes(queries, userId)
    if (outcome.type === 'unavailable') throw directoryAway(outcome)
    return outcome.attributes
  }
}
