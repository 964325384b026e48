/**
 * The login that a challenge was for, as its row stores it: only what the configuration lets a person read. Texts that a browser
 * chose are stored as they are shown; a name and a system come from a short list.
 */

import { type Message, message } from '../../platform/ui/message.ts'
import { browserMessage } from '../engine/client.ts'
import type { ClientFacts } from '../engine/step.ts'

export interface About {
  /** The app's name; that of the installation where `pages` says where the login leads. */
  readonly app?: string | undefined
  /** It is for no app: it leads to the person's own pages, confirms a change there, or is for a new password. */
  readonly pages?: 'home' | 'account' | 'password' | undefined
  /** An app asks without a browser, and the person has typed no password. `message`: what the app says that it is for. */
  readonly byApp?: { readonly message?: string | undefined } | undefined
  readonly browser?: { readonly name: string; readonly system?: string | undefined } | undefined
  readonly place?: string | undefined
  readonly address?: string | undefined
}

/** Which facts about a login's browser may be shown. */
export interface ShownContext {
  readonly browser: boolean
  readonly place: boolean
  readonly address: boolean
}

export function aboutLogin(
  context: ShownContext,
  app: string,
  { browser, place, address }: ClientFacts,
): About {
  return {
    app,
    ...(context.browser && browser !== undefined && { browser }),
    ...(context.place && place !== undefined && { place }),
    ...(context.address && address !== '' && { address }),
  }
}

/** The words for a person's own pages, where a name of an app would stand. */
export const pagesMessage = (pages: NonNullable<About['pages']>): Message => message(`app.${pages}`)

/** The browser in words. */
export function browserOfAbout({ browser }: About): Message | undefined {
  if (browser === undefined) return undefined
  return browserMessage({ browser: { name: browser.name, system: browser.system } })
}
