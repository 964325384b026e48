/**
 * `/scim/v2`: the addresses where systems create, change and remove users (SCIM 2.0, RFC 7643 and 7644). Most installations
 * have no such system, so the code for it (serve.ts) is loaded with the first request.
 */
import { onFirstUse } from '../../platform/kernel/first-use.ts'
import { declarePlain, type FaceRoute } from '../frame/route.ts'
import type { ScimOptions } from './open.ts'
import { scimPath } from './path.ts'
import type { ScimFace } from './serve.ts'

export function createScimFace(options: ScimOptions): ScimFace {
  const made = onFirstUse(async () => (await import('./open.ts')).openScim(options))
  return { answer: async (request) => (await made.get()).answer(request) }
}

const { any } = declarePlain<ScimFace>()

export const scimRoutes: readonly FaceRoute<ScimFace>[] = [
  any(scimPath, 'systems that provision users', (face, request) => face.answer(request)),
  any(`${scimPath}/*`, 'systems that provision users (SCIM 2.0)', (face, request) =>
    face.answer(request),
  ),
]
