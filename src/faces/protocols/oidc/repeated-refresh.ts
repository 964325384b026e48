/**
 * A refresh whose answer was lost. The app has only the token that it has spent, and shows it again. Owns when it gets the same
 * answer: once, within a minute, and only while nobody has used the token that it got. Every other use of a spent token revokes
 * its family (RFC 9700 section 4.14.2).
 *
 * The app has authenticated before, and the token is its own: the library checks that first. A repetition whose node ended does
 * not count, because its answer may be lost too.
 */
import type { Selectable } from 'kysely'
import { type Clock, minutes } from '../../../platform/kernel/clock.ts'
import type { Log } from '../../../platform/kernel/log.ts'
import type { OidcRecordRow } from '../../../platform/storage/app-tables.ts'
import type { Database, Nodes } from '../../../platform/storage/database.ts'
import { hashRecordId } from './record-ids.ts'
import type { Successors } from './successors.ts'

const model = 'RefreshToken'

/** Within this time, apps ask again and nodes restart. */
const longestPause = minutes(1)

export interface RepeatedRefreshOptions {
  readonly db: Database
  readonly clock: Clock
  readonly nodes: Nodes
  readonly log: Log
  readonly successors: Pick<Successors, 'name'>
}

type SpentRow = Pick<
  Selectable<OidcRecordRow>,
  'model' | 'id' | 'client_id' | 'consumed_at' | 'consumed_by'
>

export interface RepeatedRefreshes {
  /** Whether the answer for this spent token may be repeated. Changes nothing. */
  isAllowed(token: string, row: SpentRow): Promise<boolean>
  /** Takes the repetition. Returns when the token was spent; `undefined`: none is left. Of two at the same time, one gets it. */
  take(token: string): Promise<number | undefined>
}

export function createRepeatedRefreshes(options: RepeatedRefreshOptions): RepeatedRefreshes {
  const { db, nodes, log } = options
  const isAllowed = async (token: string, row: SpentRow) =>
    row.model === model && (await findTimeOfUse(options, token, row)) !== undefined
  return {
    isAllowed,
    async take(token) {
      const row = await db
        .selectFrom('oidc_records')
        .select(['model', 'id', 'client_id', 'consumed_at', 'consumed_by'])
        .where('model', '=', model)
        .where('id', '=', hashRecordId(token))
        .executeTakeFirst()
      const spentAt = row && (await findTimeOfUse(options, token, row))
      if (row === undefined || spentAt === undefined) return undefined
      const taken = await db
        .updateTable('oidc_records')
        .set({ consumed_by: nameRepeater(nodes.own) })
        .where('model', '=', model)
        .where('id', '=', row.id)
        .where('consumed_at', '=', spentAt)
        .where('consumed_by', '=', row.consumed_by)
        .executeTakeFirst()
      if (taken.numUpdatedRows !== 1n) return undefined
      log.info({ appId: row.client_id }, 'A refresh was repeated: its answer may have been lost.')
      return spentAt
    },
  }
}

/** Unlike the name of every node. */
const nameRepeater = (node: string): string => `repeated by ${node}`

/** `undefined`: the answer may not be repeated. */
async function findTimeOfUse(
  { db, clock, nodes, successors }: RepeatedRefreshOptions,
  token: string,
  { consumed_at: spentAt, consumed_by: by }: SpentRow,
): Promise<number | undefined> {
  if (spentAt === null || by === null || spentAt < clock.now() - longestPause) return undefined
  const repeater = by.startsWith(nameRepeater('')) ? by.slice(nameRepeater('').length) : undefined
  if (repeater !== undefined && !(await nodes.isGone(repeater))) return undefined
  const successor = await db
    .selectFrom('oidc_records')
    .select('consumed_at')
    .where('model', '=', model)
    .where('id', '=', hashRecordId(successors.name({ token, at: spentAt })))
    .executeTakeFirst()
  // Absent: its node ended between the two.
  return successor === undefined || successor.consumed_at === null ? spentAt : undefined
}
