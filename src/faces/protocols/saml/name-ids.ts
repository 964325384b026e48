/** The name of a person for an app: computed, not stored, so that a logout finds it without a search. */
import { type NameId, nameIdFormats } from '#saml'
import type { LiveSession } from '../../../identity/sessions/session.ts'
import type { User } from '../../../identity/users/user.ts'
import { hmac } from '../../../platform/kernel/crypto.ts'
import type { Keyring } from '../../../platform/kernel/keyring.ts'
import type { SamlAppSettings } from './settings.ts'

export type NameIdKind = SamlAppSettings['nameId']

export interface Named {
  readonly user: User
  readonly session: Pick<LiveSession, 'id'>
  /** The entity id of the app. */
  readonly entityId: string
}

/** The kind that a request names by its URI. `undefined`: Einlass does not support it. */
export function findKind(format: string | undefined, own: NameIdKind): NameIdKind | undefined {
  if (format === undefined || format === nameIdFormats.unspecified) return own
  const kinds: readonly NameIdKind[] = ['persistent', 'transient', 'email']
  return kinds.find((kind) => nameIdFormats[kind] === format)
}

export function createNameIds(keyring: Keyring, ownEntityId: string) {
  const persistent = keyring.derive('saml persistent name')
  const perSession = keyring.derive('saml session')
  const indexSession = ({ session, entityId }: Omit<Named, 'user'>) =>
    `_${hmac(perSession, `index ${session.id} ${entityId}`)}`
  const writeValue = (kind: NameIdKind, { user, session, entityId }: Named) => {
    if (kind === 'email') return user.email ?? undefined
    if (kind === 'unspecified') return user.username
    return kind === 'persistent'
      ? hmac(persistent, `${user.id} ${entityId}`)
      : `_${hmac(perSession, `name ${session.id} ${entityId}`)}`
  }
  return {
    /** `undefined` if the kind is the e-mail address and the person has none. */
    write(kind: NameIdKind, named: Named): NameId | undefined {
      const value = writeValue(kind, named)
      if (value === undefined) return undefined
      const qualifiers =
        kind === 'persistent' ? { nameQualifier: ownEntityId, spNameQualifier: named.entityId } : {}
      return { value, format: nameIdFormats[kind], ...qualifiers }
    },
    /** Whether this name from an app means this person in this session. */
    isOf(nameId: NameId, named: Named): boolean {
      const kinds: readonly NameIdKind[] = ['persistent', 'transient', 'email', 'unspecified']
      return kinds.some((kind) => writeValue(kind, named) === nameId.value)
    },
    indexSession,
  }
}

export type NameIds = ReturnType<typeof createNameIds>
