/** For tests of storeys that do not know the protocols: the protocols of apps. */
import { protocols as all } from '../../faces/protocols/index.ts'
import type { AppProtocol } from '../../identity/apps/app-protocol.ts'

export const protocols: readonly AppProtocol[] = all
