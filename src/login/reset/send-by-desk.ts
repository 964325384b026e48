/**
 * A link to a new password that the service desk sends to a caller. Owns who may get one and what is audited. The link goes only
 * to the address of the account, and the operator sees neither the link nor the password. A flood of requests by others does not
 * prevent it.
 */
import { type Administrator, auditName } from '../../identity/operations/actor.ts'
import { findUser } from '../../identity/operations/users.ts'
import type { Directory } from '../../identity/users/directory.ts'
import { directoryAway } from '../../identity/users/directory-answers.ts'
import type { User } from '../../identity/users/user.ts'
import type { Users } from '../../identity/users/users.ts'
import type { Config } from '../../platform/config/schema.ts'
import { Fault } from '../../platform/kernel/fault.ts'
import type { Database } from '../../platform/storage/database.ts'
import { transact } from '../../platform/storage/transact.ts'
import { type SendLinkOptions, sendLink } from './send-link.ts'

export interface SendByDeskOptions extends Omit<SendLinkOptions, 'publicUrl'> {
  readonly db: Database
  readonly config: Pick<Config, 'mail' | 'public_url'>
  readonly users: Pick<Users, 'findByName' | 'findLocked'>
  readonly directory: Pick<Directory, 'passwordReset' | 'checkAccount'>
}

export interface SentByDesk {
  readonly username: string
  readonly email: string
  /** Milliseconds since the epoch. */
  readonly expiresAt: number
}

/** Throws Fault `not_found`, or `not_allowed` with the reason where no link can be sent. */
export type SendByDesk = (actor: Administrator, name: string) => Promise<SentByDesk>

export function createSendByDesk(options: SendByDeskOptions): SendByDesk {
  const { db, config, users, directory } = options
  return async (actor, name) => {
    const { mail, public_url: publicUrl } = config
    if (mail === undefined || publicUrl === undefined)
      throw refuse(
        'The configuration lacks mail or public_url, without which nobody gets a link. None was sent.',
      )
    const found = await findUser(users, db, name)
    await requireCurrent(options, found)
    if ((await directory.passwordReset?.isFor(db, found)) !== true)
      throw refuse(
        `The directory of ${found.username} lets nobody set passwords here (write_passwords), so no link was sent. Set a new one there.`,
      )
    return await transact(db, async (tx) => {
      const user = requireAddress(await users.findLocked(tx, found.id), found)
      const { id: userId, username, email } = user
      const asked = { user, from: { userId }, facts: { by: auditName(actor) }, isUnlimited: true }
      const link = await sendLink({ ...options, publicUrl }, tx, asked)
      if (link === undefined)
        throw refuse(
          `${username} is just setting a new password by an earlier link, so none was sent.`,
        )
      return { username, email, expiresAt: link.expiresAt }
    })
  }
}

/** The user as the directory knows them now, with an updated address. Throws Fault `unavailable` when it is away. */
async function requireCurrent(
  { db, directory }: SendByDeskOptions,
  { id, username }: User,
): Promise<void> {
  const account = await directory.checkAccount?.(db, id, 'background')
  if (account?.type === 'unavailable') throw directoryAway(account)
  if (account?.type === 'refused')
    throw refuse(
      `The directory lets ${username} in no more (${account.reason}), so no link was sent.`,
    )
}

/** Who can get a mail, and log in afterwards. */
function requireAddress(user: User | undefined, { username }: Pick<User, 'username'>) {
  if (user === undefined || user.disabledAt !== null)
    throw refuse(`${username} is disabled or was removed, so no link was sent.`)
  const { email } = user
  if (email !== null) return { ...user, email }
  throw refuse(
    `${username} has no e-mail address, so no link was sent. Add one (einlass user change), or set a password (einlass user set-password).`,
  )
}

const refuse = (text: string) => new Fault('not_allowed', text)
