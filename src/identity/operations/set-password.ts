/**
 * Sets a password that an operator chose for a user: in the own store, or in a directory elsewhere that lets Einlass set
 * passwords. Owns that every login of the user ends, that a mail tells the user, and the audit event.
 */
import { Fault } from '../../platform/kernel/fault.ts'
import { type Transaction, transact } from '../../platform/storage/transact.ts'
import { clearPasswordWaits } from '../limits/password-waits.ts'
import type { ChangeRefusal, Directory } from '../users/directory.ts'
import { directoryAway } from '../users/directory-answers.ts'
import { type EntryReference, findEntry } from '../users/entries.ts'
import { userEvents } from '../users/events.ts'
import { userNotices } from '../users/notices.ts'
import type { User } from '../users/user.ts'
import { type Administrator, auditName } from './actor.ts'
import { findUser, requireSetPassword, type UserOperationsOptions } from './users.ts'

export interface ChosenByOperator {
  /** Follows the password rules. A directory elsewhere receives it. */
  readonly password: string
  /** From the hasher. */
  readonly hash: string
  /** The password is only for the next login, which asks for another one. */
  readonly changeRequired: boolean
  /** Milliseconds since the epoch. */
  readonly at: number
}

export interface PasswordSet {
  readonly username: string
  readonly sessionsEnded: number
  /** Absent: the own store has it. */
  readonly directory?: string
}

/**
 * Throws Fault `not_found`, `not_allowed` for members of groups that need two operators and when the password can be set
 * only elsewhere, and `unavailable` when the directory does not answer. Never call it inside a transaction.
 */
export type SetPassword = (
  actor: Administrator,
  name: string,
  chosen: ChosenByOperator,
) => Promise<PasswordSet>

export function createSetPassword(options: UserOperationsOptions): SetPassword {
  const { db, users, directory, twoPeople } = options
  return async (actor, name, chosen) => {
    const found = await findUser(users, db, name)
    const entry = await findEntry(db, found.id)
    const write =
      entry === undefined
        ? (tx: Transaction) => requireSetPassword(directory)(tx, found.id, chosen.hash, chosen)
        : await setElsewhere(options, { user: found, entry, chosen })
    return await transact(db, async (tx) => {
      const user = await findUser(users, tx, found.username)
      await twoPeople.refuseMember(tx, user, passwordAct)
      await write(tx)
      const ended = await finish(options, tx, actor, user)
      return { ...ended, ...(entry !== undefined && { directory: entry.directory }) }
    })
  }
}

async function finish(
  { throttle, notify, audit, logins }: UserOperationsOptions,
  tx: Transaction,
  actor: Administrator,
  user: User,
): Promise<PasswordSet> {
  const { id: userId, username } = user
  await clearPasswordWaits({ throttle }, tx, user)
  await notify(tx, userNotices.passwordSet, { userId })
  await audit.record(tx, userEvents.passwordSet, { userId, by: auditName(actor) })
  const { ids } = await logins.endAll(tx, { userId, reason: 'password_set' })
  return { username, sessionsEnded: ids.length }
}

interface Elsewhere {
  readonly user: User
  readonly entry: EntryReference
  readonly chosen: ChosenByOperator
}

/** Sets the password in the directory, which cannot undo it. The returned function writes the rest here. */
async function setElsewhere(
  { db, users, directory, twoPeople }: UserOperationsOptions,
  { user, entry, chosen: { password, at, changeRequired } }: Elsewhere,
): Promise<(tx: Transaction) => Promise<void>> {
  await twoPeople.refuseMember(db, user, passwordAct)
  const { passwordReset } = directory
  if (passwordReset === undefined || !(await passwordReset.isFor(db, user)))
    throw refuse(entry, 'lets nobody set passwords here (write_passwords)')
  await requireCurrent(directory, db, entry)
  // The question to the directory may have updated the row.
  const current = (await users.find(db, user.id)) ?? user
  const outcome = await passwordReset.reset(db, { user: current, password, at })
  if (outcome.type === 'unavailable') throw directoryAway(outcome)
  if (outcome.type === 'refused') throw refuse(entry, refusals[outcome.reason])
  return async (tx) => {
    if (!(await outcome.write(tx)))
      throw new Fault(
        'conflict',
        'The password is set in the directory, and the user changed meanwhile. Run the command again, so that their sessions end.',
      )
    if (changeRequired) await users.requirePasswordChange(tx, user.id)
  }
}

/** Refuses an account that is closed in the directory: the password would become valid when the account is opened again. */
async function requireCurrent(
  { checkAccount }: Pick<Directory, 'checkAccount'>,
  db: UserOperationsOptions['db'],
  entry: EntryReference,
): Promise<void> {
  const account = await checkAccount?.(db, entry.userId, 'background')
  if (account?.type === 'unavailable') throw directoryAway(account)
  if (account?.type === 'refused')
    throw refuse(entry, `does not let this user in (${account.reason})`)
}

const refusals: Record<ChangeRefusal, string> = {
  same: 'has this password already',
  policy: 'refuses this password by its own rules',
  policy_or_history: 'refuses this password by its own rules',
  current: 'does not take the present password',
  history: 'refuses a password that the user had before',
  too_young: 'lets nobody change this password again so soon',
  locked: 'has locked the account, and the bind account may not unlock it',
  elsewhere: 'does not let the bind account set this password',
}

const refuse = ({ directory }: EntryReference, why: string) =>
  new Fault(
    'not_allowed',
    `This user comes from the directory ${directory}, which ${why}. Set the password there; nothing was changed here.`,
  )

/** An operator who knows the password needs one step less to log in as this user. */
const passwordAct = 'set their password'
