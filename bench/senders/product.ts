// The senders as the product builds them, with their time limits and counts.

import { createPrivateKey } from 'node:crypto'
import {
  androidPhone,
  iPhone,
  noSignal,
  testMessage,
} from '../../src/dev/stand-ins/push-service.ts'
import { createSenderMetrics } from '../../src/login/factors/approval/sending/metrics.ts'
import {
  createResilientSender,
  systemTimers,
} from '../../src/login/factors/approval/sending/resilient.ts'
import type { PushSender, PushTarget } from '../../src/login/factors/push/senders/sender.ts'
import { systemClock } from '../../src/platform/kernel/clock.ts'
import { systemRandom } from '../../src/platform/kernel/random.ts'
import type { Where } from './where.ts'

const clock = systemClock

const senderFor = async (where: Where): Promise<{ sender: PushSender; target: PushTarget }> => {
  if (where.name === 'sns') {
    const { createSnsSender } = await import('../../src/login/factors/push/senders/sns/sns.ts')
    const googleApplication = where.application
    const sender = createSnsSender({ ...where, googleApplication, format: 'legacy', clock })
    return { sender, target: androidPhone() }
  }
  if (where.name === 'fcm') {
    const { createFcmSender } = await import('../../src/login/factors/push/senders/fcm/fcm.ts')
    const privateKey = createPrivateKey(where.account.privateKey)
    const account = { ...where.account, privateKey }
    return {
      sender: createFcmSender({ ...where, account, clock, fetch }),
      target: androidPhone(),
    }
  }
  if (where.name === 'apns') {
    const { createApnsSender } = await import('../../src/login/factors/push/senders/apns/apns.ts')
    const privateKey = createPrivateKey(where.privateKey)
    const sender = createApnsSender({ ...where, privateKey, sandbox: false, clock })
    return { sender, target: iPhone() }
  }
  const { createWebPushSender } = await import(
    '../../src/login/factors/push/senders/webpush/webpush.ts'
  )
  const options = { ...where, subject: 'mailto:desk@example.org', allowedOrigins: [where.origin] }
  const token = where.subscription
  return {
    sender: createWebPushSender({ ...options, clock }),
    target: { token, deviceType: 'web', communicationType: 'webpush' },
  }
}

/** Hands one message over; throws when it was not accepted. */
export const productClient = async (where: Where): Promise<() => Promise<void>> => {
  const { sender: inner, target } = await senderFor(where)
  const metrics = createSenderMetrics().forProvider(inner.name)
  const parts = { clock, random: systemRandom, timers: systemTimers, metrics }
  const sender = createResilientSender({ ...parts, sender: inner })
  return async () => {
    const result = await sender.send(target, testMessage, noSignal)
    if (result.type !== 'sent') throw new Error(`${where.name}: ${result.reason}`)
  }
}
