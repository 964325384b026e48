/** The addresses of all protocols, as each protocol declares them. A protocol answers the paths below its addresses itself. */
import { declareRaw, type FaceRoute } from '../frame/route.ts'
import { protocols } from './index.ts'
import type { RunningProtocols } from './running.ts'

const { any } = declareRaw<RunningProtocols>()

export const protocolRoutes: readonly FaceRoute<RunningProtocols>[] = protocols.flatMap(
  ({ name, prefixes }) =>
    prefixes.map(({ path, about }) =>
      any(`${path}*`, about, (running, { incoming, outgoing }) =>
        running.handle(name, incoming, outgoing),
      ),
    ),
)
