/**
 * The contract of a sender, which hands a message to a provider. Each sender has its own file or folder.
 *
 *     const sender: PushSender = {
 *       name: 'example',
 *       accepts: ({ communicationType }) => communicationType === 'example',
 *       send: async () => ({ type: 'sent' }),
 *     }
 */
import type { Delivery } from '#forgerock-push'
import type { Sender, Target } from '../../approval/sending/sender.ts'

/** The address that a phone registered. */
export interface PushTarget extends Target {
  /** FCM token, APNs token in hex of either case, http(s) address, or a Web Push subscription as JSON. */
  readonly token: string
  readonly deviceType: string
  /** `gcm`, `apns` or `webpush`. */
  readonly communicationType: string
}

/** `messageId`, the signed `message`, `text` and `kind` for a banner, and `ttlSeconds`, the seconds from now until it expires. */
export type PushMessage = Delivery

export type PushSender = Sender<PushTarget, PushMessage>
