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

/** The address that a phone registered. */
export interface PushTarget {
  /** FCM token, APNs token in hex of either case, http(s) address, or a Web Push subscription as JSON. */
  readonly token: string
  readonly deviceType: string
  /** `gcm`, `apns` or `webpush`. */
  readonly communicationType: string
}

/** `messageId`, the signed `message`, `text` and `kind` for a banner, and `ttlSeconds`, the seconds from now until it expires. */
export type PushMessage = Delivery

export type SendResult =
  /** The provider has accepted the message. No provider reports whether it reaches the phone. */
  | { readonly type: 'sent' }
  /** `reason` is for the log. `retryAfter` (ms) is how long the provider asks to wait. */
  | {
      readonly type: 'failed'
      readonly reason: string
      /** Whether another try of the same message may succeed shortly. */
      readonly retryable: boolean
      readonly retryAfter?: number
      /** The provider works, but accepts no more messages for this phone. */
      readonly ofPhone?: true
      /**
       * It is certain that the phone does not get the message: the provider has refused it, or nothing was sent. Absent: it may
       * have arrived.
       */
      readonly isRefused?: true
    }
  /** The provider says that this address is invalid for good. */
  | { readonly type: 'gone'; readonly reason: string }

export interface PushSender {
  readonly name: string
  /** Whether this sender is the one for a phone with this address. */
  accepts(target: PushTarget): boolean
  /** Never throws because of the provider: errors are results. Ends soon after `signal` is aborted. */
  send(target: PushTarget, message: PushMessage, signal: AbortSignal): Promise<SendResult>
  /**
   * Names the provider of an address, for senders that talk to more than one; failures are counted for it. `undefined`: a
   * failure says something about this phone only. Absent: the sender has one provider.
   */
  getProvider?(target: PushTarget): string | undefined
  /** Closes connections. */
  close?(): Promise<void>
}
