/** What a protocol gets of the server, put together from its parts. */
import type { SessionOperations } from '../../identity/operations/sessions.ts'
import type { Sessions } from '../../identity/sessions/sessions.ts'
import { parseLanguage } from '../../platform/ui/language.ts'
import type { Frame } from '../frame/frame.ts'
import { createProtocolPages } from './pages.ts'
import type { ProtocolHost } from './protocol.ts'
import { createSigningKeys } from './signing-keys.ts'

export type ProtocolHostOptions = Omit<
  ProtocolHost,
  'sessions' | 'pages' | 'signingKeys' | 'askLanguage'
> & {
  readonly frame: Frame
  readonly sessions: Pick<Sessions, 'find' | 'findById' | 'markActive'>
  readonly logOut: SessionOperations['logOut']
}

/** Language tags of a request that are looked at. */
const mostTags = 20

export function createProtocolHost(options: ProtocolHostOptions): ProtocolHost {
  const { frame, sessions, logOut, ...parts } = options
  return {
    ...parts,
    sessions: {
      findById: sessions.findById,
      markActive: sessions.markActive,
      async findByCookie(header) {
        const token = frame.cookies.read(header, 'session')
        return token === undefined ? undefined : await sessions.find(token)
      },
      logOut,
      endedCookie: frame.cookies.clear('session'),
    },
    askLanguage(tags) {
      const language = tags.split(' ', mostTags).find((tag) => parseLanguage(tag) !== undefined)
      const known = parseLanguage(language)
      return known && frame.cookies.set('asked_language', known)
    },
    pages: createProtocolPages(frame, parts.publicUrl),
    signingKeys: createSigningKeys({ ...parts.base, publicUrl: parts.publicUrl }),
  }
}
