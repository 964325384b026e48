/** Chooses the language for a person. Owns the list of languages and the choice; catalogues are in messages/. */

export const languages = ['de', 'en'] as const
export type Language = (typeof languages)[number]

/** The language that a text names, with or without a region: `de`, `de-AT`, `EN`. */
export function parseLanguage(text: string | undefined): Language | undefined {
  const primary = text?.trim().toLowerCase().split('-')[0]
  return languages.find((language) => language === primary)
}

/**
 * The language to answer in: what the person chose earlier, else the best of `Accept-Language` (RFC 9110, 12.5.4), else
 * `fallback`. Malformed parts of the header are ignored.
 */
export function negotiate(
  acceptLanguage: string | undefined,
  remembered: string | undefined,
  fallback: Language,
): Language {
  const chosen = parseLanguage(remembered)
  if (chosen !== undefined) return chosen
  let best: { language: Language; quality: number } | undefined
  for (const range of (acceptLanguage ?? '').slice(0, 1000).split(',')) {
    const [tag, ...parameters] = range.split(';')
    const language = parseLanguage(tag)
    const quality = readQuality(parameters)
    if (language === undefined || quality === 0) continue
    if (best === undefined || quality > best.quality) best = { language, quality }
  }
  return best?.language ?? fallback
}

/**
 * The language of a mail or of a message on a phone: that of the person's last login, else of the browser that caused it, else
 * the configured one. The browser comes second, as another person may use it.
 */
export function chooseLanguage(
  { last, here }: { readonly last: Language | undefined; readonly here: Language | undefined },
  fallback: Language,
): Language {
  return last ?? here ?? fallback
}

function readQuality(parameters: readonly string[]): number {
  for (const parameter of parameters) {
    const match = /^\s*q=(\d(?:\.\d{0,3})?)\s*$/i.exec(parameter)
    if (match !== null) return Math.min(Number(match[1]), 1)
  }
  return 1
}
