/** The name of a code app that nobody has named, in the language of its enrolment. */
import { languages } from '../../../platform/ui/language.ts'
import { type Message, message } from '../../../platform/ui/message.ts'
import { createTranslator } from '../../../platform/ui/translate.ts'

const defaultName = message('totp.name')

/** The same name in words for every language. `undefined`: the name is its owner's. */
export function readDefaultName(name: string): Message | undefined {
  const isDefault = languages.some((language) => createTranslator(language)(defaultName) === name)
  return isDefault ? defaultName : undefined
}
