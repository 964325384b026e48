/** Finds the message that a stored text says, whichever language it was written in. */
import { languages } from './language.ts'
import type { Message } from './message.ts'
import { createTranslator } from './translate.ts'

/** `undefined`: no message has this text in any language. Lists and translates them at the first call. */
export function createMessageFinder(
  list: () => readonly Message[],
): (text: string) => Message | undefined {
  let found: ReadonlyMap<string, Message> | undefined
  return (text) => {
    found ??= indexByText(list())
    return found.get(text)
  }
}

function indexByText(messages: readonly Message[]): ReadonlyMap<string, Message> {
  const translators = languages.map((language) => createTranslator(language))
  return new Map(messages.flatMap((one) => translators.map((t) => [t(one), one] as const)))
}
