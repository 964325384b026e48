/** The addresses that phones of the ForgeRock protocol call, of today and of older servers. */
import { phonePaths } from '../../login/factors/push/routes.ts'
import type { Reply } from '../../platform/http/reply.ts'
import type { PageRequest } from '../../platform/http/request.ts'
import { declarePlain, type FaceRoute } from '../frame/route.ts'

export type AnswerPhone = (request: PageRequest) => Promise<Reply>

const { any } = declarePlain<AnswerPhone>()

export const phoneRoutes: readonly FaceRoute<AnswerPhone>[] = phonePaths.map((path) =>
  any(path, 'a phone enrols, answers or tells a new address', (answer, request) => answer(request)),
)
