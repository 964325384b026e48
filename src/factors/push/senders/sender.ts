/** What carries a message to a phone. One folder or file for each way of sending. */

export interface PushMessage {
  readonly messageId: string
  /** The signed JWT. */
  readonly message: string
}

export type SendResult =
  | { readonly type: 'sent' }
  /** `reason` is for the log. */
  | { readonly type: 'failed'; readonly reason: string }

export interface PushSender {
  readonly name: string
  /** Whether this sender is the one for a phone with this address. */
  accepts(token: string): boolean
  /** Never throws for what the other side does. */
  send(token: string, message: PushMessage): Promise<SendResult>
}
