/** Push as one of the second factors that a person can choose among. */

import { acrNumber } from '../../policy/assurance.ts'
import { message } from '../../ui/message.ts'
import type { SecondFactorWay } from '../factor.ts'
import type { PushDeviceStore } from './devices.ts'

export function createPushWay(devices: PushDeviceStore): SecondFactorWay<'push'> {
  return {
    name: 'push',
    label: message('other.push'),
    hint: message('other.push.hint'),
    reach: acrNumber,
    icon: 'phone',
    isFallback: false,
    async holding(queries, userId) {
      const [device] = await devices.activeOf(queries, userId)
      return device === undefined ? undefined : { lastUsedAt: device.lastUsedAt }
    },
  }
}
