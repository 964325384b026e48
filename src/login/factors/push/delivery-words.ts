/** What a page says about the delivery of a message, in words. */
import { type Message, message } from '../../../platform/ui/message.ts'
import type { PushChallenge } from './challenges.ts'
import type { PushDevice } from './devices.ts'

export const getName = ({ name }: PushDevice): string | Message => name ?? message('device.unnamed')

export interface Said {
  /** The journey has sent an earlier message to the same phone. */
  readonly isAgain: boolean
  /** The page offers other factors because the message is late. */
  readonly offersOthers?: boolean
}

/** What the waiting page says about the delivery of the message. */
export function describeDelivery(
  { delivery }: PushChallenge,
  phone: PushDevice,
  { isAgain, offersOthers = false }: Said,
): Message {
  const device = getName(phone)
  switch (delivery) {
    case 'gone':
      return message('push.disabled.status', { device })
    case 'failed':
    case 'refused':
      return describeUndelivered(phone)
    case 'queued':
      return offersOthers ? message('push.status.slow') : message('push.status.sending', { device })
    default:
      return message(isAgain ? 'push.status.sent_again' : 'push.status.sent', { device })
  }
}

export function describeUndelivered({ name }: Pick<PushDevice, 'name'>): Message {
  return name === null
    ? message('push.undelivered.text.plain')
    : message('push.undelivered.text', { device: name })
}

export function createUnreachableTitle({ name }: PushDevice): Message {
  return name === null
    ? message('push.disabled.title.plain')
    : message('push.disabled.title', { device: name })
}
