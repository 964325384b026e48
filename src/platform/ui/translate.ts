/**
 * Turns messages into text. Owns placeholders, plural forms, dates and durations (all by Intl); the texts are in messages/. The
 * result is plain text: the page escapes it.
 */
import type { Language } from './language.ts'
import type { Message, MessageKey, MessageValues } from './message.ts'
import { de } from './messages/de.ts'
import { en } from './messages/en.ts'

export type Catalogue = Readonly<Record<MessageKey, string>>

/** Translates messages into one language, and formats times in that language. */
export interface Translate {
  (message: Message): string
  readonly language: Language
  /** A point in time (ms since the epoch), for example `25. November 2026 um 08:02`. */
  moment(at: number): string
  /** The same, short and without a place to break, for lists: `25.11.2026, 08:02`. */
  stamp(at: number): string
  /** The day of a point in time, for example `25. November 2026`. */
  date(at: number): string
  /** Whole seconds as words, rounded up, for example `1 Minute 30 Sekunden`. */
  duration(seconds: number): string
}

/** The time zone of an installation. Absent in the configuration: the zone of the machine. */
export function findTimeZone({ time_zone }: { readonly time_zone?: string | undefined }) {
  return (): string => time_zone ?? new Intl.DateTimeFormat().resolvedOptions().timeZone
}

export interface TranslatorOptions {
  /** IANA name of the zone in which dates and times are shown. Called when the first one is shown. */
  readonly timeZone?: () => string
  /** Texts of the installation that replace ours. */
  readonly texts?: Readonly<Partial<Record<MessageKey, string>>>
}

const catalogues: Readonly<Record<Language, Catalogue>> = { de, en }
const locales: Readonly<Record<Language, string>> = { de: 'de-DE', en: 'en-GB' }
const placeholder =
  /\{(\w+)(?:, (date|time|moment|stamp|duration)|, plural,((?: \w+ \{[^{}]*\})+))?\}/g
const dayOnly = /^\d{4}-\d{2}-\d{2}$/

/**
 * Translates messages into one language: `{name}` takes a value; `{name, date}` and `{name, time}` take what `Date` takes,
 * `{name, moment}` and `{name, stamp}` milliseconds since the epoch, `{name, duration}` seconds;
 * `{name, plural, one {…} other {…}}` chooses a form (CLDR plural rules).
 *
 *     const t = createTranslator('en', { timeZone: () => 'Europe/Berlin' })
 *     t(message('login.title'))
 */
export function createTranslator(language: Language, options: TranslatorOptions = {}): Translate {
  const { texts = {}, timeZone = () => 'Europe/Berlin' } = options
  // Made when first used: many pages have no number and no time, and creating Intl formatters takes milliseconds.
  let formats: ReturnType<typeof createFormats> | undefined
  const format = () => {
    formats ??= createFormats(locales[language], timeZone())
    return formats
  }

  function translate(message: Message): string {
    const template = texts[message.key] ?? catalogues[language][message.key]
    return fill(template, message.values ?? {})
  }

  function fill(template: string, values: MessageValues): string {
    if (!template.includes('{')) return template
    return template.replace(placeholder, (whole, name: string, kind?: string, forms?: string) => {
      const value = values[name]
      if (value === undefined) return whole
      if (typeof value === 'object') return translate(value)
      if (forms !== undefined) return format().plural(Number(value), forms)
      return kind === undefined ? plain(value) : format().typed(kind, value)
    })
  }

  function plain(value: string | number): string {
    return typeof value === 'number' ? format().number(value) : value
  }

  return Object.assign(translate, {
    language,
    moment: (at: number) => format().moment(at),
    stamp: (at: number) => format().stamp(at),
    date: (at: number) => format().date(at),
    duration: (seconds: number) => format().duration(seconds),
  })
}

function createFormats(locale: string, timeZone: string) {
  const numbers = new Intl.NumberFormat(locale)
  const plurals = new Intl.PluralRules(locale)
  const days = new Intl.DateTimeFormat(locale, { dateStyle: 'long', timeZone })
  const utcDays = new Intl.DateTimeFormat(locale, { dateStyle: 'long', timeZone: 'UTC' })
  const times = new Intl.DateTimeFormat(locale, { timeStyle: 'short', timeZone })
  const moments = new Intl.DateTimeFormat(locale, {
    dateStyle: 'long',
    timeStyle: 'short',
    timeZone,
  })
  const stamps = new Intl.DateTimeFormat(locale, {
    dateStyle: 'medium',
    timeStyle: 'short',
    timeZone,
  })
  const stamp = (at: number) => stamps.format(at).replaceAll(' ', '\u00a0')
  const duration = createDurations(locale)

  function plural(count: number, forms: string): string {
    const form = plurals.select(count)
    const text = chooseForm(forms, form) ?? chooseForm(forms, 'other') ?? ''
    return text.replaceAll('#', numbers.format(count))
  }

  function typed(kind: string, value: string | number): string {
    if (typeof value === 'string') {
      return kind === 'date' && dayOnly.test(value) ? utcDays.format(Date.parse(value)) : value
    }
    if (kind === 'date') return days.format(value)
    if (kind === 'time') return times.format(value)
    if (kind === 'stamp') return stamp(value)
    return kind === 'moment' ? moments.format(value) : duration(value)
  }

  return {
    number: (value: number) => numbers.format(value),
    date: (at: number) => days.format(at),
    moment: (at: number) => moments.format(at),
    stamp,
    plural,
    typed,
    duration,
  }
}

function chooseForm(forms: string, name: string): string | undefined {
  for (const [, form, text] of forms.matchAll(/(\w+) \{([^{}]*)\}/g)) {
    if (form === name) return text
  }
  return undefined
}

function createDurations(locale: string): (seconds: number) => string {
  const unit = (name: string) =>
    new Intl.NumberFormat(locale, { style: 'unit', unit: name, unitDisplay: 'long' })
  const [hours, minutes, seconds] = [unit('hour'), unit('minute'), unit('second')]

  return (total) => {
    const whole = Math.max(0, Math.ceil(total))
    const parts: string[] = []
    if (whole >= 3600) parts.push(hours.format(Math.floor(whole / 3600)))
    if (whole % 3600 >= 60) parts.push(minutes.format(Math.floor((whole % 3600) / 60)))
    if (whole < 3600 && (whole % 60 > 0 || whole === 0)) parts.push(seconds.format(whole % 60))
    return parts.join(' ')
  }
}
