/**
 * Takes away from the restored state once more what was taken away between the backup and the restore. It is read from the audit
 * log of the lost database, which says who was disabled and which authenticator was removed, and has no secret. Owns which events
 * these are. What was granted in that time stays lost.
 */
import type { Audit } from '../identity/audit/audit.ts'
import type { AuditEvent } from '../identity/audit/chain.ts'
import type { EventType, FactsOf } from '../identity/audit/event.ts'
import { provisioningEvents } from '../identity/provisioning/events.ts'
import type { createProvisioningTokens } from '../identity/provisioning/tokens.ts'
import { userEvents } from '../identity/users/events.ts'
import { removeFromGroup } from '../identity/users/groups.ts'
import type { Users } from '../identity/users/users.ts'
import type { Database } from '../platform/storage/database.ts'
import { type Transaction, transact } from '../platform/storage/transact.ts'
import type { AllAuthenticators } from './factors/authenticators.ts'
import { listFactors } from './factors/index.ts'

export interface RepeatEndsOptions {
  readonly db: Database
  readonly users: Pick<Users, 'find' | 'disable' | 'enable' | 'remove' | 'removePassword'>
  readonly tokens: Pick<ReturnType<typeof createProvisioningTokens>, 'remove'>
  readonly authenticators: Pick<AllAuthenticators, 'remove'>
  readonly audit: Audit
  /** Who restores. */
  readonly by: string
  /** Events that may be made up. */
  readonly unclear: ReadonlySet<AuditEvent>
}

/** How many events of each type. */
export type Counts = Readonly<Record<string, number>>

export interface RepeatedEnds {
  readonly repeated: Counts
  /** The other acts of operators, and acts that may be made up, which a person has to check. */
  readonly left: Counts
}

/** @param events of the lost section, in their order */
export async function repeatEnds(
  options: RepeatEndsOptions,
  events: readonly AuditEvent[],
): Promise<RepeatedEnds> {
  const { unclear } = options
  const repeat = listRepeats(options)
  const opening = listOpening()
  return await transact(options.db, async (tx) => {
    const [repeated, left] = [new Map<string, number>(), new Map<string, number>()]
    for (const event of events) {
      const { type, data } = event
      const isDoubted = unclear.has(event) && opening.has(type)
      const known = isDoubted ? undefined : repeat.get(type)
      const isRepeated = known !== undefined && (await known(tx, data))
      if (isRepeated) countOne(repeated, type)
      else if (isDoubted || isByOperator(data)) countOne(left, type)
    }
    return { repeated: Object.fromEntries(repeated), left: Object.fromEntries(left) }
  })
}

function countOne(counts: Map<string, number>, type: string): void {
  counts.set(type, (counts.get(type) ?? 0) + 1)
}

const isByOperator = ({ by, userId }: AuditEvent['data']): boolean =>
  typeof by === 'string' && by !== userId

/** `false`: there was nothing to repeat, such as for a user who was added after the backup. */
type Repeat = (tx: Transaction, data: AuditEvent['data']) => Promise<boolean>

function listRepeats(options: RepeatEndsOptions): ReadonlyMap<string, Repeat> {
  const { users, tokens, audit, by } = options
  const repeat = <Type extends EventType>(
    { type }: Type,
    act: (tx: Transaction, facts: Partial<FactsOf<Type>>) => Promise<boolean>,
  ): [string, Repeat] => [type, (tx, data) => act(tx, data as Partial<FactsOf<Type>>)]

  return new Map([
    repeat(userEvents.disabled, async (tx, { userId = '' }) => {
      if (!(await users.disable(tx, userId))) return false
      await audit.record(tx, userEvents.disabled, { userId, by })
      return true
    }),
    repeat(userEvents.enabled, async (tx, { userId = '' }) => {
      if (!(await users.enable(tx, userId))) return false
      await audit.record(tx, userEvents.enabled, { userId, by })
      return true
    }),
    repeat(userEvents.removed, async (tx, { userId = '', username = '' }) => {
      if (!(await users.remove(tx, userId))) return false
      await audit.record(tx, userEvents.removed, { userId, username, by })
      return true
    }),
    repeat(userEvents.groupRemoved, async (tx, { userId = '', group = '' }) => {
      if (!(await removeFromGroup(tx, userId, group))) return false
      await audit.record(tx, userEvents.groupRemoved, { userId, group, by })
      return true
    }),
    repeat(userEvents.passwordSet, async (tx, { userId = '' }) => {
      if (!(await users.removePassword(tx, userId))) return false
      await audit.record(tx, userEvents.passwordRemoved, { userId, by })
      return true
    }),
    repeat(provisioningEvents.tokenRemoved, async (tx, { tokenId = '' }) => {
      const removed = await tokens.remove(tx, tokenId)
      if (removed === undefined) return false
      const { source } = removed
      await audit.record(tx, provisioningEvents.tokenRemoved, { tokenId, source, by })
      return true
    }),
    ...listRemovals(options),
  ])
}

/**
 * What would open an account if an event was made up: a disabled one, or one whose second factor is gone. All the rest only takes
 * something away.
 */
const listOpening = (): ReadonlySet<string> =>
  new Set([userEvents.enabled.type, ...listRemovalTypes()])

const listRemovalTypes = (): string[] =>
  listFactors().flatMap(({ events: { removed } }) => removed?.type ?? [])

/** Each factor has an event `removed`, whose facts are the user, the id of the authenticator and texts that are no ids. */
function listRemovals(options: RepeatEndsOptions): [string, Repeat][] {
  return listRemovalTypes().map((type) => [type, (tx, data) => removeAgain(options, tx, data)])
}

async function removeAgain(
  { users, authenticators, by }: RepeatEndsOptions,
  tx: Transaction,
  { userId, ...facts }: AuditEvent['data'],
): Promise<boolean> {
  const user = await users.find(tx, `${userId}`)
  if (user === undefined) return false
  const texts = Object.values(facts).filter((value) => typeof value === 'string')
  for (const id of texts) {
    const removal = { userId: user.id, id, by, isLost: true, isAnnounced: true }
    if ((await authenticators.remove(tx, removal)) !== undefined) return true
  }
  return false
}
