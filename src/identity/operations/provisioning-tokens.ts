/** The tokens of systems that provision users. An administrator creates, lists and removes them. */
import { Fault } from '../../platform/kernel/fault.ts'
import type { Database } from '../../platform/storage/database.ts'
import { transact } from '../../platform/storage/transact.ts'
import type { Audit } from '../audit/audit.ts'
import { provisioningEvents } from '../provisioning/events.ts'
import type {
  NewProvisioningToken,
  ProvisioningToken,
  ProvisioningTokens,
} from '../provisioning/tokens.ts'
import { type Administrator, auditName } from './actor.ts'

export interface ProvisioningTokenOptions {
  readonly db: Database
  readonly audit: Audit
  readonly tokens: ProvisioningTokens
}

export type ProvisioningTokenOperations = ReturnType<typeof createProvisioningTokenOperations>

export function createProvisioningTokenOperations(options: ProvisioningTokenOptions) {
  const { db, audit, tokens } = options
  return {
    createToken: (actor: Administrator, token: NewProvisioningToken) =>
      transact(db, async (tx) => {
        const by = auditName(actor)
        const created = await tokens.create(tx, token, by)
        const tokenId = created.token.id
        await audit.record(tx, provisioningEvents.tokenCreated, { tokenId, ...token, by })
        return created
      }),

    listTokens: (_actor: Administrator): Promise<ProvisioningToken[]> => tokens.list(db),

    /** The users and groups of the system stay. Throws Fault `not_found`. */
    removeToken: (actor: Administrator, tokenId: string): Promise<ProvisioningToken> =>
      transact(db, async (tx) => {
        const removed = await tokens.remove(tx, tokenId)
        if (removed === undefined) {
          throw new Fault('not_found', `There is no SCIM token ${JSON.stringify(tokenId)}.`)
        }
        const { source } = removed
        const by = auditName(actor)
        await audit.record(tx, provisioningEvents.tokenRemoved, { tokenId, source, by })
        return removed
      }),
  }
}
