/** The name of a passkey that nobody has named: the browser that made it, in the language of that moment. */
import { listBrowsers } from '../../../platform/http/client.ts'
import { languages } from '../../../platform/ui/language.ts'
import type { Message } from '../../../platform/ui/message.ts'
import { createTranslator } from '../../../platform/ui/translate.ts'
import { browserMessage } from '../../engine/client.ts'

let names: ReadonlyMap<string, Message> | undefined

/** The same name in words for every language. `undefined`: the name is its owner's. */
export function readDefaultName(name: string): Message | undefined {
  names ??= listNames()
  return names.get(name)
}

function listNames(): Map<string, Message> {
  const all = [undefined, ...listBrowsers()].map((browser) => browserMessage({ browser }))
  const translators = languages.map((language) => createTranslator(language))
  return new Map(all.flatMap((one) => translators.map((t) => [t(one), one] as const)))
}
