/** What the server provides to a protocol, put together from its parts. */
import type { SessionOperations } from '../../identity/operations/sessions.ts'
import { createLogoutQueue } from '../../identity/sessions/logout-queue.ts'
import { saveParticipant } from '../../identity/sessions/participants.ts'
import type { Sessions } from '../../identity/sessions/sessions.ts'
import type { Config } from '../../platform/config/schema.ts'
import type { Clock } from '../../platform/kernel/clock.ts'
import { parseLanguage } from '../../platform/ui/language.ts'
import { createEndedSessionCookies } from '../frame/ended-session.ts'
import type { Frame } from '../frame/frame.ts'
import { createProtocolPages } from './pages.ts'
import type { ProtocolHost } from './protocol.ts'
import { createSigningKeys } from './signing-keys.ts'

export type ProtocolHostOptions = Omit<
  ProtocolHost,
  'sessions' | 'pages' | 'signingKeys' | 'askLanguage' | 'noteEntry' | 'noteRefusal'
> & {
  readonly frame: Frame
  readonly sessions: Pick<Sessions, 'find' | 'findById' | 'markActive'>
  readonly logOut: SessionOperations['logOut']
}

/** The host before `runProtocols` adds `noteRefusal`, which is different for each protocol. */
export type PlainProtocolHost = Omit<ProtocolHost, 'noteRefusal'>

/** At most this many language tags of a request are read. */
const mostTags = 20

export function createProtocolHost(options: ProtocolHostOptions): PlainProtocolHost {
  const { frame, sessions, logOut, ...parts } = options
  const { clock } = parts.base
  const ended = createEndedSessionCookies({ frame, clock })
  const { waitsForBrowser, listOf, noteAnswer } = createLogoutQueue(parts.base)
  return {
    ...parts,
    sessions: {
      findById: sessions.findById,
      markActive: sessions.markActive,
      async findByCookie(header) {
        const token = frame.cookies.read(header, 'session')
        return token === undefined ? undefined : await sessions.find(token)
      },
      async logOut(session, next) {
        const { announced } = await logOut(session)
        await announced
        return ended.set(session.id, next)
      },
      waitsForBrowser,
      noteLogoutAnswer: noteAnswer,
      areAppsLoggedOut: async (sessionId) =>
        (await listOf(sessionId)).every(({ status }) => status === 'sent'),
      endedCookie: frame.cookies.clear('session'),
    },
    askLanguage(tags) {
      const language = tags.split(' ', mostTags).find((tag) => parseLanguage(tag) !== undefined)
      const known = parseLanguage(language)
      return known && frame.cookies.set('asked_language', known)
    },
    pages: createProtocolPages(frame, parts.publicUrl),
    signingKeys: createSigningKeys({ ...parts.base, publicUrl: parts.publicUrl }),
    noteEntry: createNoteEntry({ clock, ...parts.config }),
  }
}

export function createNoteEntry(options: {
  readonly clock: Clock
  readonly sessions: Pick<Config['sessions'], 'absolute'>
}): ProtocolHost['noteEntry'] {
  const { clock, sessions } = options
  return async (queries, participant) => {
    const now = clock.now()
    const expiresAt = now + sessions.absolute
    await saveParticipant(queries, participant, { now, expiresAt })
  }
}
