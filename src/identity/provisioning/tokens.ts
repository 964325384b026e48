/**
 * Tokens of systems that provision users. Owns from which networks a token is valid, and when it was last used. Only its
 * SHA-256 is stored. All tokens with the same name belong to one system, so a new token can replace another without a
 * gap.
 */
import type { Selectable } from 'kysely'
import { type Clock, isFromFuture, minutes } from '../../platform/kernel/clock.ts'
import { sha256 } from '../../platform/kernel/crypto.ts'
import { type Id, newId, newSecret } from '../../platform/kernel/ids.ts'
import type { Random } from '../../platform/kernel/random.ts'
import type { Queries } from '../../platform/storage/database.ts'
import { prepared, type Slots } from '../../platform/storage/prepared.ts'
import type { ProvisioningTokenRow } from '../../platform/storage/user-tables.ts'

export interface NewProvisioningToken {
  /** The name of the system. */
  readonly source: string
  /** CIDR; empty: the token is valid from anywhere. */
  readonly networks: readonly string[]
  /** It may also change local users that no system has provisioned. */
  readonly takesOver: boolean
  /** In lower case. The system guarantees that addresses in these domains belong to its users. */
  readonly verifiedMailDomains: readonly string[]
  /** The system guarantees the telephone numbers of its users. */
  readonly verifiesPhoneNumbers: boolean
}

export interface ProvisioningToken extends NewProvisioningToken {
  readonly id: Id<'provisioningToken'>
  readonly createdBy: string
  /** Milliseconds since the epoch, as all times here. */
  readonly createdAt: number
  /** To the minute. */
  readonly lastUsedAt: number | null
}

export type ProvisioningTokens = ReturnType<typeof createProvisioningTokens>

export function createProvisioningTokens({ clock, random }: { clock: Clock; random: Random }) {
  return {
    /** `secret` is the token itself; nobody can see it later. */
    async create(queries: Queries, token: NewProvisioningToken, createdBy: string) {
      const secret = newSecret(random)
      const row: ProvisioningTokenRow = {
        id: newId(random, 'provisioningToken'),
        token_hash: sha256(secret),
        source: token.source,
        networks: JSON.stringify(token.networks),
        takes_over: token.takesOver ? 1 : 0,
        verified_mail_domains: JSON.stringify(token.verifiedMailDomains),
        verified_phone_numbers: token.verifiesPhoneNumbers ? 1 : 0,
        created_by: createdBy,
        created_at: clock.now(),
        last_used_at: null,
      }
      await queries.insertInto('provisioning_tokens').values(row).execute()
      return { token: readToken(row), secret }
    },

    /** The newest first. */
    async list(queries: Queries): Promise<ProvisioningToken[]> {
      const rows = await queries
        .selectFrom('provisioning_tokens')
        .selectAll()
        .orderBy('created_at', 'desc')
        .orderBy('id')
        .execute()
      return rows.map(readToken)
    },

    async find(queries: Queries, secret: string): Promise<ProvisioningToken | undefined> {
      const row = await queries
        .selectFrom('provisioning_tokens')
        .selectAll()
        .where('token_hash', '=', sha256(secret))
        .executeTakeFirst()
      return row && readToken(row)
    },

    /** Writes at most once in a minute. */
    async noteUse(
      queries: Queries,
      { id, lastUsedAt }: Pick<ProvisioningToken, 'id' | 'lastUsedAt'>,
    ): Promise<void> {
      const now = clock.now()
      const isRecent = lastUsedAt !== null && lastUsedAt > now - minutes(1)
      if (isRecent && !isFromFuture(lastUsedAt, now)) return
      await queries
        .updateTable('provisioning_tokens')
        .set({ last_used_at: now })
        .where('id', '=', id)
        .execute()
    },

    /** `undefined`: no token has this id. */
    async remove(queries: Queries, id: string): Promise<ProvisioningToken | undefined> {
      const row = await queries
        .deleteFrom('provisioning_tokens')
        .where('id', '=', id)
        .returningAll()
        .executeTakeFirst()
      return row && readToken(row)
    },
  }
}

const findOfSystem = prepared((queries, at: Slots<{ source: string }>) =>
  queries.selectFrom('provisioning_tokens').selectAll().where('source', '=', at.source),
)

/** The tokens of one system. */
export async function listTokensOf(
  queries: Queries,
  source: string,
): Promise<readonly ProvisioningToken[]> {
  return (await findOfSystem.all(queries, { source })).map(readToken)
}

function readToken(row: Selectable<ProvisioningTokenRow>): ProvisioningToken {
  return {
    id: row.id as Id<'provisioningToken'>,
    source: row.source,
    networks: JSON.parse(row.networks),
    takesOver: row.takes_over === 1,
    verifiedMailDomains: JSON.parse(row.verified_mail_domains),
    verifiesPhoneNumbers: row.verified_phone_numbers === 1,
    createdBy: row.created_by,
    createdAt: row.created_at,
    lastUsedAt: row.last_used_at,
  }
}
