/** A new password for a person of a directory. Owns the order in which the directory and the row here are changed. */
import type { Client } from 'ldapts'
import type { DirectoryConfig } from '../../../platform/config/directories.ts'
import { type Clock, isOver } from '../../../platform/kernel/clock.ts'
import type { Id } from '../../../platform/kernel/ids.ts'
import type { Log } from '../../../platform/kernel/log.ts'
import type { Queries } from '../../../platform/storage/database.ts'
import type { ChangeOutcome, NewPassword } from '../directory.ts'
import type { EntryReference } from '../entries.ts'
import type { Hasher } from '../hasher.ts'
import { beginWrite, endWrite } from '../password-writes.ts'
import { noteOwnPassword } from '../replaced-passwords.ts'
import { nextVersion } from '../rows.ts'
import { type Connections, isLdapError } from './connections.ts'
import type { Dialect } from './dialect.ts'
import type { Ldap } from './open-connection.ts'
import type { People } from './people.ts'
import { noteWrittenPassword } from './written-passwords.ts'

/** The parts that talk to the directory. */
export interface Asked {
  readonly dialect: Dialect
  readonly connections: Connections
  readonly people: People
}

export interface ChangeParts {
  readonly config: DirectoryConfig
  readonly clock: Clock
  readonly log: Log
  readonly hasher: Pick<Hasher, 'hash'>
  readonly asked: Asked
}

const insufficientAccess = 50
const noRight = 'bind_name has no right to set passwords'

/**
 * Never tries the new password in a bind: the directory would see a wrong password, which adds to its failures and may
 * raise alerts elsewhere.
 */
export async function changePassword(
  parts: ChangeParts,
  queries: Queries,
  { entryId }: EntryReference,
  { user, password, current, at }: NewPassword,
): Promise<ChangeOutcome> {
  const { config, asked, clock, log } = parts
  const { people, connections, dialect } = asked
  const person = await people.findByEntryId(entryId)
  // OpenLDAP unlocks an account when the bind account sets its password, so refused accounts stop here.
  const isRefused = person?.state.refusal !== undefined
  if (person === undefined || isRefused || !config.write_passwords)
    return { type: 'refused', reason: 'elsewhere' }
  const remember = await prepareToRemember(parts, user.id, password)
  const began = clock.now()
  const beganAt = (await beginWrite(queries, user.id, began)) ?? began
  const write = { userId: user.id, beganAt }
  let setAt: number | undefined
  let version: number | undefined
  const set = async (client: Client, ldap: Ldap) => {
    const asked = { person, password, current, now: clock.now() }
    const refusal = await dialect.setPassword(client, ldap, asked)
    if (refusal !== undefined) return refusal
    // Asks the same server, because another one may not have received the change yet.
    setAt = await dialect.findPasswordTime(client, person)
    if (remember === undefined) return undefined
    version = await dialect.findPasswordVersion?.(client, person).catch(() => undefined)
    return undefined
  }
  const refusal = await connections.run(set, { isOnce: true }).catch((error: unknown) => {
    if (!isLdapError(error) || error.code !== insufficientAccess) throw error
    log.error({ directory: config.name }, noRight)
    return 'elsewhere' as const
  })
  if (refusal === 'locked')
    log.error({ directory: config.name }, 'bind_name has no right to unlock accounts (lockoutTime)')
  if (refusal !== undefined) {
    // The answer to an earlier write may still be unknown: that mark stays.
    if (beganAt === began) await endWrite(queries, write)
    return { type: 'refused', reason: refusal }
  }
  await remember?.(queries, { setAt, version })
  return {
    type: 'accepted',
    // The directory already has the password, and cannot undo it.
    async write(tx) {
      const result = await tx
        .updateTable('users')
        .set({
          password_changed_at: at,
          password_change_required: 0,
          credential_version: nextVersion,
          known_browser_failures: 0,
          updated_at: clock.now(),
        })
        .where('id', '=', user.id)
        .where('credential_version', '=', user.credentialVersion)
        .executeTakeFirst()
      if (result.numUpdatedRows !== 1n) return false
      await noteOwnPassword(tx, user.id, setAt)
      await endWrite(tx, write)
      return true
    },
  }
}

/** Makes the hash before anything is written, so that an overloaded server can still refuse. */
async function prepareToRemember(
  { config, asked, hasher, clock }: ChangeParts,
  userId: Id<'user'>,
  password: string,
) {
  const { old_password_window: window } = config
  if (!asked.dialect.takesEarlierPasswords || window === 0) return undefined
  const hash = await hasher.hash(password)
  return async (queries: Queries, { setAt, version }: Written): Promise<void> => {
    if (setAt === undefined) return
    const expiresAt = clock.now() + window
    await noteWrittenPassword(queries, { userId, hash, setAt, version, expiresAt })
  }
}

interface Written {
  readonly setAt: number | undefined
  readonly version: number | undefined
}

/** How long a right of the bind account is remembered, in milliseconds. */
const rightMemory = 5 * 60_000
const mostRemembered = 1000

/** Whether the bind account may set the password of a person. Without an answer, the configuration counts. */
export function createMaySetPassword({ config, clock, log, asked }: ChangeParts) {
  const { people, connections, dialect } = asked
  const known = new Map<string, { readonly may: boolean; readonly askedAt: number }>()
  return async (entryId: string): Promise<boolean> => {
    if (!config.write_passwords) return false
    const before = known.get(entryId)
    if (before !== undefined && !isOver(before.askedAt, rightMemory, clock.now())) return before.may
    try {
      const person = await people.findByEntryId(entryId, 'background')
      if (person === undefined) return true
      const may = await connections.run((client, ldap) =>
        dialect.maySetPassword(client, ldap, person),
      )
      if (known.size >= mostRemembered) known.clear()
      known.set(entryId, { may, askedAt: clock.now() })
      if (!may) log.error({ directory: config.name, entryId }, noRight)
      return may
    } catch (error) {
      log.debug({ error, directory: config.name }, 'the right to set a password was not found out')
      return true
    }
  }
}
