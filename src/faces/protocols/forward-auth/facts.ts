/** The facts about a person in a grant: read when the person enters an app, and again with each later decision of the gate. */
import type { LiveSession } from '../../../identity/sessions/session.ts'
import type { ProtocolHost } from '../protocol.ts'
import { isListSource, type Release } from '../release.ts'
import type { EntryFacts, Grant } from './grants.ts'
import { writeHeaders } from './identity-headers.ts'
import { nameClaim } from './identity-tokens.ts'
import type { ProtectedApp } from './protected-apps.ts'

/** `undefined`: the person no longer exists. */
export function createReadFacts({ base: { db }, users, releaseValues }: ProtocolHost) {
  return async (
    { headers, rules, tokenHeader }: ProtectedApp,
    userId: LiveSession['userId'],
  ): Promise<EntryFacts | undefined> => {
    const user = await users.find(db, userId)
    if (user === undefined || user.disabledAt !== null) return undefined
    const values = await releaseValues(db, user, headers)
    const needsGroups = rules.some(({ groups }) => groups !== undefined)
    const groups = needsGroups ? await releaseValues(db, user, { groups: 'groups' }) : undefined
    return {
      headers: writeHeaders(headers, values),
      groups: groups?.get('groups') ?? [],
      ...(tokenHeader !== undefined && { claims: { ...readClaims(headers, values), sub: userId } }),
    }
  }
}

/** The token contains the same values as the headers. */
function readClaims(release: Release, values: ReadonlyMap<string, readonly string[]>) {
  const claims = Object.entries(release).flatMap(([name, source]) => {
    const own = values.get(name)
    if (own === undefined) return []
    return [[nameClaim(source), isListSource(source) ? own : (own[0] ?? '')] as const]
  })
  return Object.fromEntries(claims)
}

export type ReadFacts = ReturnType<typeof createReadFacts>

/** Asks the gate again for a person who has entered. `undefined`: the person may no longer enter, or not with this session. */
export function createDecideAgain(host: ProtocolHost, readFacts: ReadFacts) {
  const { base, apps, gate, sessions } = host
  return async (grant: Grant, protectedApp: ProtectedApp): Promise<EntryFacts | undefined> => {
    const session = await sessions.findById(grant.session.id)
    const app = session && (await apps.find(base.db, grant.appId))
    if (session === undefined || app === undefined) return undefined
    if ((await gate.check({ app, session })) !== 'enter') return undefined
    return await readFacts(protectedApp, session.userId)
  }
}
