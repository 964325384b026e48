/** Push as one of the second factors that a person can choose among. */

import { acrNumber, acrPossession } from '../../../identity/policy/assurance.ts'
import { message } from '../../../platform/ui/message.ts'
import type { HoldingNews, SecondFactorWay } from '../factor.ts'
import { unreachableTitle } from './confirm-page.ts'
import type { PushDevice, PushDeviceStore } from './devices.ts'

export function createPushWay(devices: PushDeviceStore): SecondFactorWay<'push'> {
  return {
    name: 'push',
    label: message('other.push'),
    hint: message('other.push.hint'),
    reach: acrNumber,
    icon: 'phone',
    isFallback: false,
    async holding(queries, userId) {
      const held = await devices.activeOf(queries, userId)
      const [device] = held
      if (device === undefined) return undefined
      const news = newsOf(devices, held)
      return {
        lastUsedAt: device.lastUsedAt,
        // A phone that cannot be reached keeps its level, else its loss would make something weaker enough.
        ...(held.every(({ showsNumbers }) => !showsNumbers) && { reach: acrPossession }),
        ...(held.every(({ pushDisabledAt }) => pushDisabledAt !== null) && {
          isUnreachable: true,
        }),
        ...(news !== undefined && { news }),
      }
    },
  }
}

function newsOf(devices: PushDeviceStore, held: readonly PushDevice[]): HoldingNews | undefined {
  const lost = held.filter(
    ({ pushDisabledAt, unreachableToldAt }) =>
      pushDisabledAt !== null && unreachableToldAt === null,
  )
  const [first] = lost
  if (first === undefined) return undefined
  return {
    title: unreachableTitle(first),
    text: message('push.disabled.news'),
    noteRead: (queries) =>
      devices.noteTold(
        queries,
        lost.map(({ id }) => id),
      ),
  }
}
