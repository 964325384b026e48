/**
 * The operations of a provisioning system on its users. Owns the limits: a system gives no role and no password; it may
 * disable a user with a role, but change nothing else about them; and it enables only users whom it has disabled.
 * provisioning/users.ts owns which users it sees. Knows no protocol.
 *
 *   const added = await provisioning.addUser(provisioner, wanted)
 *   const changed = await provisioning.changeUser(provisioner, id, (current) => ({ ...readWanted(current), active: false }))
 */
import { Fault } from '../../platform/kernel/fault.ts'
import type { Database } from '../../platform/storage/database.ts'
import { isUniqueViolation } from '../../platform/storage/errors.ts'
import { type Transaction, transact } from '../../platform/storage/transact.ts'
import type { Audit } from '../audit/audit.ts'
import type { Notify } from '../notify/notice.ts'
import { provisioningEvents } from '../provisioning/events.ts'
import {
  claimUser,
  findProvisioned,
  noteDeactivation,
  type ProvisionedUser,
  setExternalId,
} from '../provisioning/users.ts'
import type { AttributeChanges } from '../users/attributes.ts'
import type { Directory } from '../users/directory.ts'
import { userEvents } from '../users/events.ts'
import { changeAttributes, findOtherAttributes } from '../users/local/attributes.ts'
import { refuseMixedScripts } from '../users/mixed-scripts.ts'
import type { User } from '../users/user.ts'
import type { Users } from '../users/users.ts'
import { auditName, type Provisioner } from './actor.ts'
import type { Logins } from './logins.ts'
import { refuseNames, refuseTakenNames, withFreeNames } from './names-elsewhere.ts'
import type { TwoPeople } from './two-people-names.ts'
import {
  changeFound,
  disableFound,
  enableFound,
  listChanged,
  listOtherNames,
  removeFound,
} from './users.ts'

export interface ProvisioningOptions {
  readonly db: Database
  readonly users: Users
  readonly directory: Pick<Directory, 'findNamesElsewhere' | 'findTakenName'>
  readonly logins: Logins
  readonly notify: Notify
  readonly audit: Audit
  readonly twoPeople: TwoPeople
}

/** A user as the system wants it. */
export interface WantedUser {
  readonly username: string
  readonly displayName: string
  readonly email: string | null
  readonly externalId: string | undefined
  readonly active: boolean
  /** All attributes that the system can have; those without a value are removed. */
  readonly attributes: AttributeChanges
}

export type Provisioning = ReturnType<typeof createProvisioning>

export function createProvisioning(options: ProvisioningOptions) {
  const { db } = options
  return {
    /**
     * Throws Fault `conflict` when anybody in any directory has the name, or another user of the system has the external
     * id.
     */
    async addUser(actor: Provisioner, wanted: WantedUser): Promise<ProvisionedUser> {
      await refuseNames(options, wanted)
      return await transact(db, async (tx) => {
        await refuseTakenNames(options, tx, wanted)
        await options.twoPeople.refuseIdentity(tx, wanted)
        const { id } = await addUser(options, tx, actor, wanted)
        return await findUser(tx, actor, id)
      })
    },

    /**
     * @param decide returns the wanted user. If it throws, nothing is changed. It is called again after a conflict of
     * transactions. Throws Fault `not_found`, `conflict` as `addUser`, and `not_allowed`.
     */
    changeUser: (
      actor: Provisioner,
      id: string,
      decide: (current: ProvisionedUser) => WantedUser,
    ): Promise<ProvisionedUser> =>
      withFreeNames(options, refuseNames, (requireAsked) =>
        transact(db, async (tx) => {
          const current = await findLocked(options, tx, actor, id)
          const wanted = decide(current)
          await refuseChange(tx, current, wanted)
          const names = listOtherNames(current.user, wanted)
          if (names !== undefined) {
            requireAsked(names)
            await refuseTakenNames(options, tx, names, id)
          }
          await takeOver(options, tx, actor, current)
          await changeUser(options, tx, actor, { current, wanted })
          return await findUser(tx, actor, id)
        }),
      ),

    /** @param check may throw, and then nothing is changed. Throws as `changeUser`. */
    removeUser: (
      actor: Provisioner,
      id: string,
      check: (current: ProvisionedUser) => void,
    ): Promise<void> =>
      transact(db, async (tx) => {
        const current = await findLocked(options, tx, actor, id)
        check(current)
        refuseRole(current.user)
        await options.twoPeople.refuseMember(tx, current.user, 'remove them')
        await removeFound(options, tx, actor, current.user)
      }),
  }
}

async function addUser(
  { users, audit }: ProvisioningOptions,
  tx: Transaction,
  actor: Provisioner,
  wanted: WantedUser,
): Promise<User> {
  const { username, displayName, email, active, attributes, externalId } = wanted
  refuseMixedScripts(username)
  const user = await users.create(tx, { username, displayName, email, isDisabled: !active })
  const { id: userId } = user
  await claimUser(tx, { userId, source: actor.source })
  await saveExternalId(tx, userId, externalId)
  if (!active) await noteDeactivation(tx, userId)
  await changeAttributes(tx, userId, attributes)
  const by = auditName(actor)
  await audit.record(tx, userEvents.created, { userId, username: user.username, by })
  return user
}

async function findUser(tx: Transaction, actor: Provisioner, id: string): Promise<ProvisionedUser> {
  const found = await findProvisioned(tx, actor, id)
  if (found === undefined) throw new Fault('not_found', 'There is no user with this id.')
  return found
}

/** Locks the row of the user before it reads anything that will be compared. */
async function findLocked(
  { users }: ProvisioningOptions,
  tx: Transaction,
  actor: Provisioner,
  id: string,
): Promise<ProvisionedUser> {
  await users.findLocked(tx, id)
  return await findUser(tx, actor, id)
}

function refuseRole({ role }: User): void {
  if (role === 'user') return
  const text =
    'This user has a role in Einlass, so a system that provisions users may only disable them. Nothing was changed.'
  throw new Fault('not_allowed', text)
}

async function refuseChange(
  tx: Transaction,
  { user, isDeactivated, externalId }: ProvisionedUser,
  wanted: WantedUser,
): Promise<void> {
  const others = await findOtherAttributes(tx, user.id, wanted.attributes)
  const isOther = listChanged(user, wanted).length + others.length > 0
  const isEnabled = wanted.active && user.disabledAt !== null
  if (isOther || isEnabled || wanted.externalId !== externalId) refuseRole(user)
  if (isEnabled && !isDeactivated) {
    const text =
      'This user was disabled in Einlass, and has to be enabled there (einlass user enable). Nothing was changed.'
    throw new Fault('not_allowed', text)
  }
}

/** Makes the user one of the system. Does nothing for a user whom the system already has. */
export async function takeOver(
  { audit }: Pick<ProvisioningOptions, 'audit'>,
  tx: Transaction,
  actor: Provisioner,
  { user: { id: userId }, isOwned }: Pick<ProvisionedUser, 'user' | 'isOwned'>,
): Promise<void> {
  if (isOwned) return
  await claimUser(tx, { userId, source: actor.source })
  await audit.record(tx, provisioningEvents.takenOver, { userId, by: auditName(actor) })
}

async function changeUser(
  options: ProvisioningOptions,
  tx: Transaction,
  actor: Provisioner,
  { current, wanted }: { readonly current: ProvisionedUser; readonly wanted: WantedUser },
): Promise<void> {
  const { user, externalId } = current
  const { active, attributes, username, displayName, email } = wanted
  const changes = { username, displayName, email }
  await changeFound(options, tx, actor, { user, changes, attributes })
  if (wanted.externalId !== externalId) await saveExternalId(tx, user.id, wanted.externalId)
  const isActive = user.disabledAt === null
  if (active === isActive) return
  if (active) await enableFound(options, tx, actor, user)
  else {
    await disableFound(options, tx, actor, user)
    await noteDeactivation(tx, user.id)
  }
}

async function saveExternalId(
  tx: Transaction,
  userId: string,
  externalId: string | undefined,
): Promise<void> {
  try {
    await setExternalId(tx, userId, externalId)
  } catch (error) {
    if (!isUniqueViolation(error)) throw error
    throw new Fault('conflict', 'There is a user with this externalId already.', { cause: error })
  }
}
