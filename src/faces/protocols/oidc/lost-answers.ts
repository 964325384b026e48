/**
 * Refresh tokens, approved requests and pushed requests whose answer was lost. A node may end without warning after it spent a
 * token and stored the new one. The app never gets the answer and sends the same token again; without this file, it would lose
 * its login. Owns when a spent token becomes valid again, in conditions that exclude a stolen token: its node has ended, the
 * token was valid a moment ago, and nothing that it gave was used. What it gave is then spent for ever. If anybody uses that,
 * the whole grant is revoked (RFC 9700 section 4.14.2).
 *
 * The same for a request that a person has approved on a phone, whose app fetches its tokens again with its own
 * authentication.
 *
 * The same for a pushed request of a browser that is logged in: a proxy sends the request of the browser to another node. Each
 * answer is for the login in that browser, and its code for the app that pushed the request (RFC 9126 section 4 allows that a
 * request is used again because a browser loads it again).
 */
import type { Selectable } from 'kysely'
import { type Clock, minutes } from '../../../platform/kernel/clock.ts'
import type { Log } from '../../../platform/kernel/log.ts'
import type { OidcRecordRow } from '../../../platform/storage/app-tables.ts'
import type { Database, Nodes, Queries } from '../../../platform/storage/database.ts'
import { transact } from '../../../platform/storage/transact.ts'
import { isSpentByInteraction, pushedModel } from './answered-interactions.ts'

/** Within this time, a node restarts and apps retry. */
const longestPause = minutes(1)

/** Earlier than any time of use, so that a token with this time never becomes valid again. */
const never = 0

export interface LostAnswersOptions {
  readonly db: Database
  readonly clock: Clock
  readonly nodes: Nodes
  readonly log: Log
}

type SpentRow = Pick<
  Selectable<OidcRecordRow>,
  'model' | 'id' | 'grant_id' | 'login_session' | 'consumed_at' | 'consumed_by'
>

/** Whether a spent record is valid again. If so, it is no longer spent. */
export type TakeBack = (spent: SpentRow) => Promise<boolean>

export function createTakeBack({ db, clock, nodes, log }: LostAnswersOptions): TakeBack {
  return async (spent) => {
    const { model, consumed_at: at, consumed_by: by } = spent
    const valid = validAgain[model]
    if (valid === undefined || at === null || by === null) return false
    if (at < clock.now() - longestPause || isSpentByInteraction(by)) return false
    if (!(await nodes.isGone(by))) return false
    const isBack = await transact(db, async (tx) => {
      if (await valid.unspend(tx, spent)) return true
      throw new NotLost()
    }).catch(unlessNotLost)
    if (isBack) log.info({ node: by }, `${valid.name} is valid again: its node ended`)
    return isBack
  }
}

/** Undoes the transaction. */
class NotLost extends Error {}

function unlessNotLost(error: unknown): false {
  if (error instanceof NotLost) return false
  throw error
}

interface ValidAgain {
  readonly name: string
  unspend(tx: Queries, spent: SpentRow): Promise<boolean>
}

/** By model. */
const validAgain: Readonly<Record<string, ValidAgain>> = {
  RefreshToken: { name: 'a refresh token', unspend: unspendToken },
  BackchannelAuthenticationRequest: { name: 'an approved request', unspend: unspendApproved },
  [pushedModel]: { name: 'a pushed request', unspend },
}

/** `false`: another request was faster. */
async function unspend(tx: Queries, spent: SpentRow): Promise<boolean> {
  const undone = await tx
    .updateTable('oidc_records')
    .set({ consumed_at: null, consumed_by: null })
    .where('model', '=', spent.model)
    .where('id', '=', spent.id)
    .where('consumed_at', '=', spent.consumed_at)
    .where('consumed_by', '=', spent.consumed_by)
    .executeTakeFirst()
  return undone.numUpdatedRows === 1n
}

/** The order matters: with its row, each step locks what the next one needs. */
async function unspendToken(tx: Queries, spent: SpentRow): Promise<boolean> {
  if (!(await unspend(tx, spent))) return false
  const given = await ofFamily(tx, spent)
    .set({ consumed_at: never })
    .where('id', '<>', spent.id)
    .where('consumed_at', 'is', null)
    .executeTakeFirst()
  if (given.numUpdatedRows !== 1n) return false
  // A token that was spent later came from this one, so its answer had arrived.
  const later = await tx
    .selectFrom('oidc_records')
    .select('id')
    .where('model', '=', 'RefreshToken')
    .where('login_session', '=', spent.login_session)
    .where('grant_id', '=', spent.grant_id)
    .where('consumed_at', '>=', spent.consumed_at)
    .executeTakeFirst()
  return later === undefined
}

/** What it gave is deleted. A refresh token that was used had arrived. */
async function unspendApproved(tx: Queries, spent: SpentRow): Promise<boolean> {
  if (!(await unspend(tx, spent))) return false
  const given = await tx
    .deleteFrom('oidc_records')
    .where('model', 'in', ['AccessToken', 'RefreshToken'])
    .where('login_session', '=', spent.login_session)
    .where('grant_id', '=', spent.grant_id)
    .returning('consumed_at')
    .execute()
  return given.every(({ consumed_at }) => consumed_at === null)
}

/** The refresh tokens of a grant: each was issued for the previous one. */
function ofFamily(tx: Queries, { login_session, grant_id }: SpentRow) {
  return tx
    .updateTable('oidc_records')
    .where('model', '=', 'RefreshToken')
    .where('login_session', '=', login_session)
    .where('grant_id', '=', grant_id)
}
