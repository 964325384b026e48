/** A browser in words, for mails and phones. */
import type { Message } from '../../platform/ui/message.ts'
import type { ClientFacts } from './step.ts'

/** The browser in words, for example *Firefox on Windows*. */
export function browserMessage({ browser }: Pick<ClientFacts, 'browser'>): Message {
  if (browser === undefined) return { key: 'browser.unknown' }
  if (browser.system === undefined) {
    return { key: 'browser.named', values: { browser: browser.name } }
  }
  return { key: 'browser.on', values: { browser: browser.name, system: browser.system } }
}

/** The browser as notices describe it. */
export function describeClient(
  client: Pick<ClientFacts, 'browser' | 'place' | 'address' | 'language'>,
) {
  const { place, address, language } = client
  return { browser: browserMessage(client), place, address, language }
}
