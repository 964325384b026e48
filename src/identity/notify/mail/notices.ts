/**
 * Tells people by mail what was changed on their account. Owns which notices there are and what each says; the queue
 * sends them. No notice holds a secret or a code. The one link that does anything without a login, *this was not me*, can
 * only make an account safer. Each is called in the transaction of the change, like the audit event beside it.
 */
import type { Clock } from '../../../platform/kernel/clock.ts'
import type { Log } from '../../../platform/kernel/log.ts'
import { cutText } from '../../../platform/kernel/text.ts'
import type { Queries } from '../../../platform/storage/database.ts'
import { type Brand, derivePalettes } from '../../../platform/ui/brand.ts'
import type { Language } from '../../../platform/ui/language.ts'
import { type Message, type MessageKey, message } from '../../../platform/ui/message.ts'
import { createTranslator, type Translate } from '../../../platform/ui/translate.ts'
import { headerText } from './header-text.ts'
import type { MailQueue } from './queue.ts'
import { renderMail } from './template.ts'

/** What a notice tells; what is not known is left out of it. */
export interface NoticeFacts {
  readonly userId: string
  /** What the person reads, as their last browser said. Default German. */
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
  /** Where the person says that it was not them. */
  readonly notMeUrl?: string | undefined
}

type Notify = (queries: Queries, facts: NoticeFacts) => Promise<void>

const kinds = {
  deviceAdded: 'device_added',
  combinedAdded: 'combined_added',
  deviceRemoved: 'device_removed',
  deviceTokenMoved: 'device_token_moved',
  secondPhoneRefused: 'second_phone_refused',
  pushDenied: 'push_denied',
  pushWrongNumber: 'push_wrong_number',
  notMe: 'not_me',
  recoveryCodesCreated: 'recovery_codes_created',
  recoveryCodesRemoved: 'recovery_codes_removed',
  recoveryCodeUsed: 'recovery_code_used',
  passkeyAdded: 'passkey_added',
  passkeyRemoved: 'passkey_removed',
  passkeyCloned: 'passkey_cloned',
  totpAdded: 'totp_added',
  totpRemoved: 'totp_removed',
  passwordChanged: 'password_changed',
  /** Goes to the earlier address, so it is called before the change. */
  emailChanged: 'email_changed',
  factorLocked: 'factor_locked',
} as const

export type NoticeKind = (typeof kinds)[keyof typeof kinds]

/** One method for each notice. */
export type Notices = Readonly<Record<keyof typeof kinds, Notify>>

/** Whoever has tried knows the password. */
const afterPassword: readonly NoticeKind[] = ['push_denied', 'push_wrong_number']

export interface MailVoice {
  readonly brand: Pick<Brand, 'name' | 'colour' | 'support'>
  /** An origin, from the configuration and never from a request. */
  readonly publicUrl: string | undefined
  readonly timeZone: () => string
}

export interface NoticesOptions extends MailVoice {
  readonly queue: MailQueue
  readonly clock: Clock
  readonly log: Log
  readonly findUser: (
    queries: Queries,
    userId: string,
  ) => Promise<{ readonly displayName: string; readonly email: string | null } | undefined>
}

export function createNotices(options: NoticesOptions): Notices {
  return noticesOf((kind) => (queries, facts) => notify(options, kind, queries, facts))
}

/** For an installation without mail. */
export const silentNotices: Notices = noticesOf(() => async () => {})

function noticesOf(method: (kind: NoticeKind) => Notify): Notices {
  const entries = Object.entries(kinds).map(([name, kind]) => [name, method(kind)])
  return Object.fromEntries(entries) as Notices
}

/** One address, without what could make two of it. */
const plainAddress = /^[^\s@<>,;:"()[\]\\\p{C}]+@[^\s@<>,;:"()\\\p{C}]+$/u

async function notify(
  options: NoticesOptions,
  kind: NoticeKind,
  queries: Queries,
  facts: NoticeFacts,
): Promise<void> {
  const { userId } = facts
  const user = await options.findUser(queries, userId)
  if (user === undefined || user.email === null) return
  if (!plainAddress.test(user.email)) {
    options.log.warn({ user: userId, kind }, 'a notice has no address that mail can be sent to')
    return
  }
  const person = { name: user.displayName, at: options.clock.now() }
  const mail = noticeMail(options, kind, facts, person)
  await options.queue.enqueue(queries, {
    kind,
    userId,
    to: { name: headerText(user.displayName), address: user.email },
    ...mail,
  })
}

/** A notice as a mail. */
export function noticeMail(
  voice: MailVoice,
  kind: NoticeKind,
  facts: NoticeFacts,
  { name, at }: { readonly name: string; readonly at: number },
) {
  const t = createTranslator(facts.language ?? 'de', voice)
  const plainName = plainText(name)
  const { notMeUrl } = facts
  return mailOf(voice, t, {
    subject: message(`mail.${kind}.subject`),
    paragraphs: [
      ...(plainName === '' ? [] : [message('mail.greeting', { name: plainName })]),
      message(`mail.${kind}.text`),
      ...(kind === 'not_me' ? [] : [message('mail.if_you')]),
    ],
    facts: factsOf(t, facts, at),
    advice: adviceOf(t, kind, notMeUrl !== undefined),
    ...(notMeUrl !== undefined && { notMeUrl }),
  })
}

function adviceOf(t: Translate, kind: NoticeKind, hasLink: boolean) {
  const [title, text] = [t(message('mail.if_not.title')), t(message(adviceFor(kind, hasLink)))]
  return kind === 'not_me' ? { title: t(message('mail.not_me.next')), text } : { title, text }
}

function adviceFor(kind: NoticeKind, hasLink: boolean): MessageKey {
  if (kind === 'not_me') return 'mail.not_me.advice'
  if (hasLink) return 'mail.if_not.link'
  return afterPassword.includes(kind) ? 'mail.if_not.password' : 'mail.if_not.text'
}

/** The mail of `einlass mail test`. */
export function testMail(voice: MailVoice, language: Language) {
  return mailOf(voice, createTranslator(language, voice), {
    subject: message('mail.test.subject', { brand: voice.brand.name }),
    paragraphs: [message('mail.test.text')],
    facts: [],
  })
}

interface Parts {
  readonly subject: Message
  readonly paragraphs: readonly Message[]
  readonly facts: readonly (readonly [string, string])[]
  readonly advice?: { readonly title: string; readonly text: string }
  readonly notMeUrl?: string
}

function mailOf({ brand, publicUrl }: MailVoice, t: Translate, parts: Parts) {
  const { email, phone } = brand.support ?? {}
  const contact = [phone, email].filter((way) => way !== undefined).join(', ')
  const support = contact === '' ? [] : [t(message('chrome.support', { contact }))]
  const subject = headerText(t(parts.subject))
  const rendered = renderMail({
    ...parts,
    subject,
    language: t.language,
    brandName: brand.name,
    accent: derivePalettes(brand).light.accent,
    paragraphs: parts.paragraphs.map((one) => t(one)),
    ...linkOf(t, publicUrl, parts.notMeUrl),
    footer: [
      ...support,
      t(message(parts.notMeUrl === undefined ? 'mail.footer' : 'mail.footer.link')),
    ],
  })
  return { subject, ...rendered }
}

/** One link in each mail. */
function linkOf(t: Translate, publicUrl: string | undefined, notMeUrl: string | undefined) {
  if (notMeUrl !== undefined) return { link: { label: t(message('mail.link')), href: notMeUrl } }
  if (publicUrl === undefined) return {}
  return { link: { label: t(message('mail.account')), href: `${publicUrl}/account` } }
}

function factsOf(t: Translate, facts: NoticeFacts, at: number): (readonly [string, string])[] {
  const { device, factor, app, browser, place, address, left } = facts
  const rows: (readonly [MessageKey, string | undefined])[] = [
    ['mail.fact.at', t.moment(at)],
    ['mail.fact.device', device == null ? undefined : plainText(device)],
    ['mail.fact.factor', factor && t(factor)],
    ['mail.fact.app', app],
    ['mail.fact.browser', browser && t(browser)],
    ['mail.fact.place', place],
    ['mail.fact.address', address],
    ['mail.fact.left', left === undefined ? undefined : `${left}`],
  ]
  return rows.flatMap(([key, value]) => (value === undefined ? [] : [[t(message(key)), value]]))
}

/**
 * A name that somebody chose, as words and nothing else: programs turn what looks like an address into a link, and
 * whoever names a phone may not be the person who reads the mail.
 */
function plainText(name: string): string {
  const words = name.toWellFormed().replace(/\.(?! |$)|[^\p{L}\p{M}\p{N}.,()'’+&#-]+/gu, ' ')
  return cutText(words, 60).trim()
}
