/** The addresses that devices of factors call, past everything that is for browsers. */
import { type FactorKind, listFactors } from '../login/factors/index.ts'
import type { Reply } from '../platform/http/reply.ts'
import type { PageRequest } from '../platform/http/request.ts'
import { declarePlain, type FaceRoute } from './frame/route.ts'

export type AnswerDevice = (kind: FactorKind, request: PageRequest) => Promise<Reply>

const { any } = declarePlain<AnswerDevice>()

export const deviceRoutes: readonly FaceRoute<AnswerDevice>[] = listFactors().flatMap(
  ({ kind, deviceAddresses }) =>
    (deviceAddresses?.paths ?? []).map((path) =>
      any(path, deviceAddresses?.summary ?? '', (answer, request) => answer(kind, request)),
    ),
)
