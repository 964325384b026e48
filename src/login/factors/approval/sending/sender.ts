/** The contract of a sender, which hands messages of any kind to a provider. */

/** The address of a phone. */
export interface Target {
  readonly token: string
}

export interface Message {
  /** The seconds from now until it expires. */
  readonly ttlSeconds: number
}

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

export interface Sender<To extends Target, What extends Message> {
  readonly name: string
  /** Whether this sender is the one for a phone with this address. */
  accepts(target: To): boolean
  /** Never throws because of the provider: errors are results. Ends soon after `signal` is aborted. */
  send(target: To, message: What, signal: AbortSignal): Promise<SendResult>
  /**
   * Names the provider of an address, for senders that talk to more than one; each has its own count of failures. `undefined`: a
   * failure says something about this phone only. Absent: the sender has one provider.
   */
  getProvider?(target: To): string | undefined
  /** Closes connections. */
  close?(): Promise<void>
}
