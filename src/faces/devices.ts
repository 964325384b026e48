/** The addresses that devices of factors call, past everything that is for browsers. */
import type { Factor } from '../login/factors/factor.ts'
import { type FactorKind, listFactors } from '../login/factors/index.ts'
import type { Reply } from '../platform/http/reply.ts'
import type { PageRequest } from '../platform/http/request.ts'
import { declarePlain, type FaceRoute } from './frame/route.ts'

export type AnswerDevice = (kind: FactorKind, request: PageRequest) => Promise<Reply>

/** @throws Error for a factor that no device calls, which has no route either */
export function createAnswerDevice(factors: readonly Factor[]): AnswerDevice {
  return async (kind, request) => {
    const factor = factors.find((one) => one.kind === kind)
    if (factor?.answerDevice === undefined) throw new Error(`no device calls ${kind}`)
    return await factor.answerDevice(request)
  }
}

const { any } = declarePlain<AnswerDevice>()

export const deviceRoutes: readonly FaceRoute<AnswerDevice>[] = listFactors().flatMap(
  ({ kind, deviceAddresses }) =>
    (deviceAddresses?.paths ?? []).map((path) =>
      any(path, deviceAddresses?.summary ?? '', (answer, request) => answer(kind, request)),
    ),
)
