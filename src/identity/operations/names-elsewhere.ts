/**
 * Refuses names that people of other directories have. Directories are asked outside of transactions, but a change knows
 * its names only inside its transaction. So a change that meets a name that was not asked about is undone, and made again
 * after the answer.
 */
import { Fault } from '../../platform/kernel/fault.ts'
import type { Database } from '../../platform/storage/database.ts'
import type { Transaction } from '../../platform/storage/transact.ts'
import type { Directory, WantedNames } from '../users/directory.ts'
import { refuseNamesElsewhere } from '../users/directory-answers.ts'

export interface NamesElsewhereOptions {
  readonly db: Database
  readonly directory: Pick<Directory, 'findNamesElsewhere'>
}

/** Throws Fault `conflict` for a name that another directory has. Never call it inside a transaction. */
export type RefuseNames = (options: NamesElsewhereOptions, names: WantedNames) => Promise<void>

/** Throws Fault `conflict` for a name by which another user of Einlass itself logs in. Call it in the transaction of the change. */
export async function refuseTakenNames(
  { directory }: { readonly directory: Pick<Directory, 'findTakenName'> },
  tx: Transaction,
  names: WantedNames,
  userId?: string,
): Promise<void> {
  const taken = await directory.findTakenName?.(tx, names, userId)
  if (taken === undefined) return
  throw new Fault(
    'conflict',
    `Another user logs in with ${JSON.stringify(taken)}, as the username or the address. Nothing was changed.`,
  )
}

/** Throws Fault `unavailable` when a directory does not answer. */
export const refuseNames: RefuseNames = ({ db, directory }, names) =>
  refuseNamesElsewhere(directory, db, names)

/** An operator can add a user even if a directory does not answer: the new user may be the administrator who repairs it. */
export const refuseKnownNames: RefuseNames = async (options, names) => {
  try {
    await refuseNames(options, names)
  } catch (error) {
    if (!(error instanceof Fault && error.code === 'unavailable')) throw error
  }
}

/** Call it in the transaction before names are written. It may throw, and then the transaction is made again. */
export type RequireAsked = (names: WantedNames) => void

class NotAsked extends Error {
  readonly names: WantedNames

  constructor(names: WantedNames) {
    super('nobody has asked the directories about these names')
    this.names = names
  }
}

/** The names may differ each time, because another request may change the user too. */
const maxTries = 4

const writeKey = ({ username, email }: WantedNames) => JSON.stringify([username, email])

/** Throws what `refuse` throws. */
export async function withFreeNames<Result>(
  options: NamesElsewhereOptions,
  refuse: RefuseNames,
  attempt: (requireAsked: RequireAsked) => Promise<Result>,
): Promise<Result> {
  if (options.directory.findNamesElsewhere === undefined) return await attempt(() => {})
  const free = new Set<string>()
  const requireAsked: RequireAsked = (names) => {
    if (!free.has(writeKey(names))) throw new NotAsked(names)
  }
  for (let tries = 1; ; tries++) {
    try {
      return await attempt(requireAsked)
    } catch (error) {
      if (!(error instanceof NotAsked) || tries === maxTries) throw error
      await refuse(options, error.names)
      free.add(writeKey(error.names))
    }
  }
}
