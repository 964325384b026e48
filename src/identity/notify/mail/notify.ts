/**
 * Notices as mails: their content, recipient and language. Owns the wording around the texts of the catalogues. notice.ts
 * says how a feature declares a notice; the queue sends them.
 */
import type { Clock } from '../../../platform/kernel/clock.ts'
import type { Log } from '../../../platform/kernel/log.ts'
import { cutText } from '../../../platform/kernel/text.ts'
import type { Queries } from '../../../platform/storage/database.ts'
import { type Brand, derivePalettes } from '../../../platform/ui/brand.ts'
import { chooseLanguage, type Language } from '../../../platform/ui/language.ts'
import { type Message, type MessageKey, message } from '../../../platform/ui/message.ts'
import { createTranslator, type Translate } from '../../../platform/ui/translate.ts'
import type { Notice, NoticeFacts, Notify } from '../notice.ts'
import { cleanHeader } from './header-text.ts'
import type { MailQueue, NewMail } from './queue.ts'
import { renderMail } from './template.ts'

export interface MailVoice {
  readonly brand: Pick<Brand, 'name' | 'colour' | 'support'>
  /** An origin, from the configuration and never from a request. */
  readonly publicUrl: string | undefined
  readonly timeZone: () => string
  /** The language for people whose own is not known. */
  readonly defaultLanguage: Language
  /** The configured name of a network, in the language of the reader. */
  readonly findPlace?: (address: string, language: Language) => string | undefined
}

export interface NotifiedPerson {
  readonly displayName: string
  readonly email: string | null
  /** The language of their last login. */
  readonly language?: Language | undefined
}

export interface NotifyOptions {
  readonly voice: MailVoice
  readonly queue: MailQueue
  readonly clock: Clock
  readonly log: Log
  readonly findUser: (queries: Queries, userId: string) => Promise<NotifiedPerson | undefined>
}

/** Queues notices as mails. */
export function createNotify(options: NotifyOptions): Notify {
  return (queries, notice, facts) => queueNotice(options, notice, queries, facts)
}

/** For an installation without mail. */
export const notifyNobody: Notify = async () => {}

/** Exactly one address: without characters that could make two of it. */
const plainAddress = /^[^\s@<>,;:"()[\]\\\p{C}]+@[^\s@<>,;:"()\\\p{C}]+$/u

async function queueNotice(
  options: NotifyOptions,
  notice: Notice,
  queries: Queries,
  facts: NoticeFacts,
): Promise<void> {
  const { kind } = notice
  const { userId } = facts
  const user = await options.findUser(queries, userId)
  if (user === undefined || user.email === null) return
  if (!plainAddress.test(user.email)) {
    options.log.warn({ user: userId, kind }, 'a notice has no address that mail can be sent to')
    return
  }
  const person = {
    name: user.displayName,
    language: user.language,
    at: options.clock.now(),
  }
  const mail = writeNotice(options.voice, notice, facts, person)
  await options.queue.enqueue(queries, {
    kind,
    userId,
    to: { name: cleanHeader(user.displayName), address: user.email },
    secret: findSecret(facts),
    ...mail,
  })
}

/** A link that lets anybody who has it act for the person makes the mail secret. */
function findSecret({ reset, invitation, notMeUrl }: NoticeFacts): NewMail['secret'] {
  const link = reset ?? invitation
  if (link !== undefined) return { until: link.until }
  return notMeUrl === undefined ? undefined : {}
}

interface Addressed {
  readonly name: string
  /** The language of their last login. */
  readonly language?: Language | undefined
  readonly at: number
}

/** A notice as a mail. */
export function writeNotice(
  voice: MailVoice,
  notice: Notice,
  facts: NoticeFacts,
  { name, language, at }: Addressed,
) {
  const spoken = chooseLanguage({ last: language, here: facts.language }, voice.defaultLanguage)
  const t = createTranslator(spoken, voice)
  const plainName = keepWords(name)
  const { notMeUrl, messagesAgainAt, reset, invitation } = facts
  const { kind, next } = notice
  return writeMail(voice, t, {
    subject: message(`mail.${kind}.subject`),
    paragraphs: [
      ...(plainName === '' ? [] : [message('mail.greeting', { name: plainName })]),
      message(`mail.${kind}.text`),
      ...(messagesAgainAt === undefined
        ? []
        : [message('mail.push_again', { at: messagesAgainAt })]),
      ...(next === undefined ? [message('mail.if_you')] : []),
    ],
    facts: listFacts(t, { ...facts, place: findPlace(voice, t, facts) }, at),
    advice: writeAdvice(t, notice, notMeUrl !== undefined),
    ...(notMeUrl !== undefined && { link: { ...notMeLink, href: notMeUrl } }),
    ...(reset !== undefined && { link: { ...resetLink, href: reset.url } }),
    ...(invitation !== undefined && { link: { ...invitationLink, href: invitation.url } }),
  })
}

/** A link that does something without a login, and what the end of the mail says about it. */
interface ActingLink {
  readonly label: MessageKey
  readonly footer: MessageKey
  readonly href: string
}

const notMeLink = { label: 'mail.link', footer: 'mail.footer.link' } as const
const invitationLink = { label: 'mail.invitation.link', footer: 'mail.footer' } as const
const resetLink = { label: 'mail.password_reset.link', footer: 'mail.footer' } as const

function writeAdvice(t: Translate, { next, ifNotYou, byLink }: Notice, hasLink: boolean) {
  if (next !== undefined) return { title: t(message(next.title)), text: t(message(next.text)) }
  return {
    title: t(message('mail.if_not.title')),
    text: t(message(hasLink ? (byLink ?? 'mail.if_not.link') : ifNotYou)),
  }
}

/** The mail of `einlass mail test`. */
export function writeTestMail(voice: MailVoice, language: Language) {
  return writeMail(voice, createTranslator(language, voice), {
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
  /** Replaces the link to the person's account. */
  readonly link?: ActingLink
}

function writeMail({ brand, publicUrl }: MailVoice, t: Translate, { link, ...parts }: Parts) {
  const { email, phone } = brand.support ?? {}
  const contact = [phone, email].filter((one) => one !== undefined).join(', ')
  const support = contact === '' ? [] : [t(message('chrome.support', { contact }))]
  const subject = cleanHeader(t(parts.subject))
  const rendered = renderMail({
    ...parts,
    subject,
    language: t.language,
    brandName: brand.name,
    accent: derivePalettes(brand).light.accent,
    paragraphs: parts.paragraphs.map((one) => t(one)),
    ...writeLink(t, publicUrl, link),
    footer: [...support, t(message(link?.footer ?? 'mail.footer'))],
  })
  return { subject, ...rendered }
}

/** Each mail has one link. */
function writeLink(t: Translate, publicUrl: string | undefined, link: ActingLink | undefined) {
  if (link !== undefined) return { link: { label: t(message(link.label)), href: link.href } }
  if (publicUrl === undefined) return {}
  return { link: { label: t(message('mail.account')), href: `${publicUrl}/account` } }
}

/** Names the place in the language of the mail: the browser that began the login may have used another language. */
function findPlace({ findPlace }: MailVoice, t: Translate, { place, address }: NoticeFacts) {
  if (place === undefined || address === undefined) return place
  return findPlace?.(address, t.language) ?? place
}

function listFacts(t: Translate, facts: NoticeFacts, at: number): (readonly [string, string])[] {
  const { device, factor, app, browser, place, address, left, invitation } = facts
  const rows: (readonly [MessageKey, string | undefined])[] = [
    ['mail.fact.at', t.moment(at)],
    ['mail.fact.device', device == null ? undefined : keepWords(device)],
    ['mail.fact.factor', factor && t(factor)],
    ['mail.fact.app', app],
    ['mail.fact.browser', browser && t(browser)],
    ['mail.fact.place', place],
    ['mail.fact.address', address],
    ['mail.fact.left', left === undefined ? undefined : `${left}`],
    ['mail.fact.until', invitation && t.moment(invitation.until)],
  ]
  return rows.flatMap(([key, value]) => (value === undefined ? [] : [[t(message(key)), value]]))
}

/** More digits could be a telephone number, which programs on phones offer to call. */
const maxDigits = 6

/** Also dots inside a word, as in an address. Emoji are kept: no mail program makes a link of them. */
const otherThanWords =
  /\.(?! |$)|[^\p{L}\p{M}\p{N}\p{Extended_Pictographic}\p{Emoji_Modifier}\p{Regional_Indicator}.,()'’+&#-]+/gu

/**
 * Reduces a name that a person chose to plain words. Mail programs turn texts that look like an address or a number into
 * links, and the person who named a phone may not be the one who reads the mail.
 */
function keepWords(name: string): string {
  const words = name.toWellFormed().replace(otherThanWords, ' ')
  let digits = 0
  const short = words.replace(/\p{Nd}/gu, (digit) => (++digits > maxDigits ? '' : digit))
  return cutText(short, 60).trim()
}
