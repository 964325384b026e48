/**
 * How a feature declares a mail to a person. Knows no single notice; each feature has its own in a `notices.ts`, and its
 * texts in the catalogues under `mail.<kind>.subject` and `mail.<kind>.text`.
 *
 *   export const phoneNotices = { removed: notice('phone_removed') }
 *   await notify(tx, phoneNotices.removed, { userId, device: name, ...noticeOf(client) })
 *
 * Two links do something without a login: *this was not me*, which can only make an account safer, and the one of a
 * forgotten password. No other notice holds a secret, and none a code.
 */
import type { Queries } from '../../platform/storage/database.ts'
import type { Language } from '../../platform/ui/language.ts'
import type { Message, MessageKey } from '../../platform/ui/message.ts'

/** What the catalogues have a subject and a text for. */
export type NoticeKind = KindWith<'subject'> & KindWith<'text'>

type KindWith<Part extends string> = MessageKey extends infer Key
  ? Key extends `mail.${infer Kind}.${Part}`
    ? Kind
    : never
  : never

export interface Notice {
  readonly kind: NoticeKind
  /** What to do if it was not the person themself. A notice with a link for that says so instead. */
  readonly ifNotYou: MessageKey
  /** The same beside such a link; absent: that another person knows the password. */
  readonly byLink?: MessageKey
  /**
   * What comes next, for a notice of what only the person can have done. It takes the place of what to do if it was not
   * them.
   */
  readonly next?: { readonly title: MessageKey; readonly text: MessageKey }
}

/** What a notice says; what is not known is left out of it. */
export interface NoticeFacts {
  readonly userId: string
  /** Of the browser in which it happened, which may be another person's: see `chooseLanguage`. */
  readonly language?: Language | undefined
  /** The name of the phone, passkey or app it is about, as its owner called it. */
  readonly device?: string | null | undefined
  /** The kind of second factor. */
  readonly factor?: Message | undefined
  /** The app that a login was for. */
  readonly app?: string | undefined
  readonly browser?: Message | undefined
  /** A configured name for the address. */
  readonly place?: string | undefined
  readonly address?: string | undefined
  /** Codes that can still be used. */
  readonly left?: number | undefined
  /** From when messages go to the person's phones again, where they are blocked: milliseconds since the epoch. */
  readonly messagesAgainAt?: number | undefined
  /** Where the person says that it was not them. */
  readonly notMeUrl?: string | undefined
  /** Where the person chooses a new password, and until when (ms). A secret. */
  readonly reset?: { readonly url: string; readonly until: number } | undefined
}

/**
 * Queues a mail to the person, if they have an address and the installation sends mail. Call it in the transaction of the
 * change, like the audit event beside it.
 */
export type Notify = (queries: Queries, notice: Notice, facts: NoticeFacts) => Promise<void>

/** Declares a notice. */
export function notice(kind: NoticeKind, more: Partial<Omit<Notice, 'kind'>> = {}): Notice {
  return { kind, ifNotYou: 'mail.if_not.text', ...more }
}
