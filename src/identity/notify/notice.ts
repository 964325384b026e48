/**
 * How a feature declares a mail to a person. Knows no particular notice: each feature has its own in a `notices.ts`, and
 * their texts in the catalogues under `mail.<kind>.subject` and `mail.<kind>.text`.
 *
 *   export const phoneNotices = { removed: notice('phone_removed') }
 *   await notify(tx, phoneNotices.removed, { userId, device: name, ...noticeOf(client) })
 *
 * Two links do something without a login: *this was not me*, which can only make an account safer, and the link for a
 * forgotten password. No other notice contains a secret, and no notice contains a code.
 */
import type { Queries } from '../../platform/storage/database.ts'
import type { Language } from '../../platform/ui/language.ts'
import type { Message, MessageKey } from '../../platform/ui/message.ts'

/** The kinds for which the catalogues have a subject and a text. */
export type NoticeKind = KindWith<'subject'> & KindWith<'text'>

type KindWith<Part extends string> = MessageKey extends infer Key
  ? Key extends `mail.${infer Kind}.${Part}`
    ? Kind
    : never
  : never

export interface Notice {
  readonly kind: NoticeKind
  /** What to do if the person did not do it. A notice with a link for that names the link instead. */
  readonly ifNotYou: MessageKey
  /** The text beside such a link; absent: it says that another person knows the password. */
  readonly byLink?: MessageKey
  /** What comes next, for a notice of an act that only the person can have done. It replaces the text of `ifNotYou`. */
  readonly next?: { readonly title: MessageKey; readonly text: MessageKey }
}

/** The facts in a notice; unknown ones are left out. */
export interface NoticeFacts {
  readonly userId: string
  /** The language of the browser in which it happened, which may be another person's: see `chooseLanguage`. */
  readonly language?: Language | undefined
  /** The name that the owner gave to the phone, passkey or app that the notice is about. */
  readonly device?: string | null | undefined
  /** The kind of second factor. */
  readonly factor?: Message | undefined
  /** The app that a login was for. */
  readonly app?: string | undefined
  readonly browser?: Message | undefined
  /** A configured name for the address. */
  readonly place?: string | undefined
  readonly address?: string | undefined
  /** The number of codes that can still be used. */
  readonly left?: number | undefined
  /** When messages are blocked: the time from which they go to the person's phones again, in milliseconds since the epoch. */
  readonly messagesAgainAt?: number | undefined
  /** The link with which the person reports that it was not them. */
  readonly notMeUrl?: string | undefined
  /** The link with which the person chooses a new password, and until when it is valid (ms). A secret. */
  readonly reset?: { readonly url: string; readonly until: number } | undefined
  /** The link with which the person sets up a first second factor, and until when it is valid (ms). A secret. */
  readonly invitation?: { readonly url: string; readonly until: number } | undefined
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
