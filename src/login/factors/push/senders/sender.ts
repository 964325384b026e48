/** What carries a message to a phone. One folder or file for each way of sending. */
import type { Delivery } from '#forgerock-push'

/** How a phone said that it can be reached. */
export interface PushTarget {
  /** FCM token, APNs token in hex of either case, http(s) address, or a Web Push subscription as JSON. */
  readonly token: string
  readonly deviceType: string
  /** `gcm`, `apns` or `webpush`. */
  readonly communicationType: string
}

/** `messageId`, the signed `message`, `text` and `kind` for a banner, and `ttlSeconds` from now. */
export type PushMessage = Delivery

export type SendResult =
  /** The provider has taken the message over; whether it reaches the phone, no provider tells. */
  | { readonly type: 'sent' }
  /** `reason` is for the log. `retryAfter` (ms) is how long the provider wants to be left alone. */
  | {
      readonly type: 'failed'
      readonly reason: string
      /** Whether the same message may get through in a moment. */
      readonly retryable: boolean
      readonly retryAfter?: number
      /** The provider is well: it only has had enough messages for this phone. */
      readonly ofPhone?: true
    }
  /** The provider says that this address leads nowhere and never will again. */
  | { readonly type: 'gone'; readonly reason: string }

export interface PushSender {
  readonly name: string
  /** Whether this sender is the one for a phone with this address. */
  accepts(target: PushTarget): boolean
  /** Never throws for what the other side does. Ends soon after `signal` is aborted. */
  send(target: PushTarget, message: PushMessage, signal: AbortSignal): Promise<SendResult>
  /**
   * Whose trouble a failure at this address is, for senders that talk to more than one provider; undefined: nobody's
   * but this phone's. Absent: the sender has one provider.
   */
  getProvider?(target: PushTarget): string | undefined
  /** Lets go of connections. */
  close?(): Promise<void>
}
