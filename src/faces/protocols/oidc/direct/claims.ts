/** The claims of a person for a token, as the library would select them from the same source. */

import type { ProtocolHost } from '../../protocol.ts'
import type { Release } from '../../release.ts'
import { ownClaims, readClaims } from '../claims.ts'
import type { LiveToken } from './live-tokens.ts'
import type { PlainApp } from './plain-apps.ts'

const noMapping: Release = {}

export type ReadPersonClaims = (
  app: PlainApp,
  token: Pick<LiveToken, 'scope' | 'session'>,
) => Promise<{ readonly sub: string } & Readonly<Record<string, unknown>>>

export function createReadClaims({
  base: { db },
  releaseValues,
  findVerifiedContacts,
}: Pick<ProtocolHost, 'base' | 'releaseValues' | 'findVerifiedContacts'>): ReadPersonClaims {
  const source = { queries: db, releaseValues, findVerifiedContacts }
  return async ({ settings: { claims: mapping = noMapping } }, { scope, session }) => {
    const person = { ...session, id: session.userId }
    const { [ownClaims]: own, ...claims } = await readClaims(source, person, {
      scope,
      requested: [],
      mapping,
    })
    return { ...own, ...claims }
  }
}
