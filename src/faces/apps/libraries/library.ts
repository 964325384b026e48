/**
 * A library with which an app is written, or a program in front of one, as data: what it needs that is not the default of an
 * app, and the lines of its configuration. A library is one entry in a file beside this one; `index.ts` has the table. The
 * command `app add --library`, its help, the schema of app files and docs/apps/libraries.md follow from it.
 */
import type { OidcAppSettings } from '../../protocols/oidc/settings.ts'
import {
  type AppTemplate,
  below,
  type GuideStep,
  type TemplateFacts,
} from '../templates/template.ts'

export interface AppLibrary {
  /** As typed. Stored with each app, so it never changes. */
  readonly name: string
  readonly title: string
  /** What people may type in its place: they are asked whether they mean it. */
  readonly alsoCalled?: readonly string[]
  /** The path where it waits for the answer of a login, as in its own documentation. */
  readonly callback: string
  /** Settings that are not the defaults of an app. `url` is without a slash at its end. */
  createSettings?(url: string): Partial<OidcAppSettings>
  /** Where the lines belong, in a sentence. */
  readonly where: string
  /** The language of the lines, for the page. */
  readonly language: string
  /** What to enter, without anything that its defaults already say. */
  writeLines(facts: LibraryFacts): string
  readonly pkce: Pkce
  /** What else to do or to know. */
  readonly notes?: readonly GuideStep[]
  /** `tests`: it runs in the scenarios. Otherwise what was read, with its version: nobody ran it. */
  readonly tried: 'tests' | { readonly read: string }
}

/**
 * `sent`: by itself. `never`: it cannot. Otherwise the lines that turn it on, and from which version on the library needs none.
 */
export type Pkce =
  | { readonly type: 'sent' }
  | { readonly type: 'never' }
  | {
      readonly type: 'off'
      readonly text: string
      readonly code: string
      readonly language?: string
    }

export interface LibraryFacts extends Omit<TemplateFacts, 'address'> {
  readonly issuer: string
  readonly discovery: string
  readonly callback: string
  address(name: string): string
}

const isSent = ({ pkce }: AppLibrary): boolean => pkce.type === 'sent'

/** A template that only `--library` names. It has no picture: an app of one's own has its initials. */
export function createLibraryTemplate(library: AppLibrary): AppTemplate {
  const { name, title, callback, tried } = library
  return {
    name,
    title,
    protocol: 'oidc',
    urlOf: 'the app as browsers see it, for example https://wiki.example.org',
    createSettings: (url) => ({
      redirectUris: [below(url, callback)],
      postLogoutRedirectUris: [below(url, '')],
      startUrl: below(url, ''),
      ...(!isSent(library) && { pkce: 'optional' }),
      ...library.createSettings?.(url),
    }),
    createGuide: (facts) => createSteps(library, facts),
    about: '',
    tried: tried === 'tests' ? 'It runs in the tests of Einlass.' : `Not run; read: ${tried.read}.`,
  }
}

function createSteps(library: AppLibrary, facts: TemplateFacts): readonly GuideStep[] {
  const { where: text, language, pkce, notes = [] } = library
  const code = library.writeLines({
    ...facts,
    address: facts.address,
    issuer: facts.address('issuer'),
    discovery: facts.address('discovery'),
    callback: facts.redirectUri ?? below(facts.url, library.callback),
  })
  return [{ text, code, language }, ...notes, ...listPkceSteps(facts.id, language, pkce)]
}

function listPkceSteps(id: string, language: string, pkce: Pkce): readonly GuideStep[] {
  if (pkce.type === 'sent') return []
  if (pkce.type === 'never') {
    return [{ text: 'It sends no PKCE and cannot, so Einlass asks this app for none.' }]
  }
  return [
    {
      text: `${pkce.text} Einlass asks this app for no PKCE. It is safer with it. To turn it on:`,
      language: pkce.language ?? language,
      code: pkce.code,
    },
    {
      text: 'When people log in with it, let Einlass require it:',
      language: 'sh',
      code: `einlass app change ${id} --pkce required`,
    },
  ]
}
