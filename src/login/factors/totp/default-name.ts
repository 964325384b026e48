/** The name of a code app that nobody has named, in the language of its enrolment. */
import { createMessageFinder } from '../../../platform/ui/find-message.ts'
import { message } from '../../../platform/ui/message.ts'

/** The same name in words for every language. `undefined`: the name is its owner's. */
export const readDefaultName = createMessageFinder(() => [message('totp.name')])
