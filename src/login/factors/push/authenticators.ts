/** Phones as their owner manages them. A removed phone's answers are refused from the commit on. */
import type { Audit } from '../../../identity/audit/audit.ts'
import { acrNumber, acrPossession } from '../../../identity/policy/assurance.ts'
import type { Authenticators, OwnAuthenticator } from '../factor.ts'
import type { PushChallengeStore } from './challenges.ts'
import type { PushDevice, PushDeviceStore } from './devices.ts'
import { pushEvents } from './events.ts'
import { pushNotices } from './notices.ts'

export interface PushAuthenticatorsOptions {
  readonly devices: PushDeviceStore
  readonly challenges: PushChallengeStore
  readonly audit: Audit
}

export function createPushAuthenticators(options: PushAuthenticatorsOptions): Authenticators {
  const { devices, challenges, audit } = options
  return {
    kind: 'push',
    removalNotice: pushNotices.removed,

    async list(queries, userId) {
      return (await devices.activeOf(queries, userId)).map(ownOf)
    },

    async rename(queries, userId, id, name) {
      if (!(await devices.rename(queries, userId, id, name))) return false
      await audit.record(queries, pushEvents.renamed, { userId, deviceId: id, name })
      return true
    },

    async remove(tx, userId, id, by) {
      const own = await devices.activeOf(tx, userId)
      if (!own.some((device) => device.id === id)) return undefined
      // First the challenges, as an approval that is spent locks its own before its phone.
      const waiting = await challenges.withdrawAllOf(tx, id)
      if (!(await devices.remove(tx, userId, id))) return undefined
      await audit.record(tx, pushEvents.removed, { userId, deviceId: id, by })
      return {
        waiting,
        provenBy: [id],
      }
    },
  }
}

function ownOf(device: PushDevice): OwnAuthenticator {
  return {
    id: device.id,
    kind: 'push',
    name: device.name,
    addedAt: device.createdAt,
    lastUsedAt: device.lastUsedAt,
    reach: device.showsNumbers ? acrNumber : acrPossession,
    state: device.pushDisabledAt === null ? 'usable' : 'cannot_be_reached',
  }
}
