/** Lets users list, rename and remove their phones. The answers of a removed phone are refused once the removal is committed. */
import type { Audit } from '../../../identity/audit/audit.ts'
import { findHighestLevel } from '../../../identity/policy/assurance.ts'
import { message } from '../../../platform/ui/message.ts'
import type { Authenticator, AuthenticatorChoice, Authenticators, Factor } from '../factor.ts'
import { findLevel } from './credentials.ts'
import type { AuthenticatorDevice } from './devices.ts'
import { authenticatorEvents } from './events.ts'
import { cancelMoves } from './move.ts'
import { authenticatorNotices } from './notices.ts'
import type { Stores } from './stores.ts'

export interface AuthenticatorsOptions {
  readonly stores: Stores
  readonly audit: Audit
}

export function createAuthenticators({ stores, audit }: AuthenticatorsOptions): Authenticators {
  const { devices, challenges } = stores
  return {
    kind: 'authenticator',
    removalNotice: authenticatorNotices.removed,

    async list(queries, userId) {
      return (await devices.listActive(queries, userId)).map(describe)
    },

    async rename(queries, userId, id, name) {
      if (!(await devices.rename(queries, userId, id, name))) return false
      await audit.record(queries, authenticatorEvents.renamed, { userId, deviceId: id, name })
      return true
    },

    async remove(tx, userId, id, by) {
      const own = await devices.listActive(tx, userId)
      const device = own.find((one) => one.id === id)
      if (device === undefined) return undefined
      const waiting = await challenges.withdrawAll(tx, id)
      if (!(await devices.remove(tx, userId, device))) return undefined
      await cancelMoves({ stores }, tx, device)
      const { name } = device
      await audit.record(tx, authenticatorEvents.removed, { userId, deviceId: id, name, by })
      return { waiting, provenBy: [id] }
    },
  }
}

function describe(device: AuthenticatorDevice): Authenticator {
  const { id, name, createdAt, activatedAt, lastUsedAt, canBeWoken } = device
  const value = message(
    device.hasLeft
      ? 'authenticator.removed_there'
      : canBeWoken
        ? 'authenticator.push.on'
        : 'authenticator.wake.off',
  )
  return {
    ...{ id, name, lastUsedAt },
    kind: 'authenticator',
    addedAt: activatedAt ?? createdAt,
    level: findLevel(device),
    ...(device.codesId !== null && { goesWith: [device.codesId] }),
    state: 'usable',
    canBeTested: !device.hasLeft,
    facts: [{ label: message('authenticator.push'), value }],
  }
}

export function createFindEnrolled({ devices }: Pick<Stores, 'devices'>): Factor['findEnrolled'] {
  return async (queries, userId) => {
    const phones = await devices.listActive(queries, userId)
    const level = findHighestLevel(phones.map(findLevel))
    if (level === undefined) return undefined
    return {
      level,
      lastUsedAt: Math.max(...phones.map((one) => one.lastUsedAt ?? 0)) || null,
      goesWith: phones.flatMap(({ codesId }) => (codesId === null ? [] : [codesId])),
      // With none that can be asked, the login still says so: the account is not one without a second factor.
      choices: (phones.some(({ hasLeft }) => !hasLeft)
        ? phones.filter(({ hasLeft }) => !hasLeft)
        : phones
      ).map(createChoice),
    }
  }
}

function createChoice({
  id,
  name,
  lastUsedAt,
  credential,
}: AuthenticatorDevice): AuthenticatorChoice {
  return {
    id,
    phone: { name },
    level: findLevel({ credential }),
    label: message('other.authenticator.named', { device: name }),
    ...(lastUsedAt !== null && { hint: message('other.push.used', { at: lastUsedAt }) }),
  }
}
