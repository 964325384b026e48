/** The name of a passkey that nobody has named: the browser that made it, in the language of that moment. */
import { listBrowsers } from '../../../platform/http/client.ts'
import { createMessageFinder } from '../../../platform/ui/find-message.ts'
import { browserMessage } from '../../engine/client.ts'

/** The same name in words for every language. `undefined`: the name is its owner's. */
export const readDefaultName = createMessageFinder(() =>
  [undefined, ...listBrowsers()].map((browser) => browserMessage({ browser })),
)
