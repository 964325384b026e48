/** Chooses the language of the app from the languages of the browser. Loads only the words of that language. */
import type { Request } from '../protocol/messages.ts'
import type { Words } from './german.ts'

export type { Words }

/** @param languages from `navigator.languages`, the preferred one first */
export async function loadWords(languages: readonly string[]): Promise<{
  readonly language: 'de' | 'en'
  readonly words: Words
}> {
  const found = languages.map((one) => one.slice(0, 2).toLowerCase())
  const isGerman = found.find((one) => one === 'de' || one === 'en') === 'de'
  if (isGerman) return { language: 'de', words: (await import('./german.ts')).german }
  return { language: 'en', words: (await import('./english.ts')).english }
}

/** The words for this request. */
export function chooseWords(
  { asks, confirms, kind }: Pick<Request, 'asks' | 'confirms' | 'kind'>,
  words: Words,
): Words {
  const others: Readonly<Record<string, Partial<Words>>> = words.byRequest
  return { ...words, ...others[asks ?? confirms ?? kind] }
}
