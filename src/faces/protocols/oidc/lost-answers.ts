/**
 * Approved requests and pushed requests whose answer was lost. A node may end without warning after it spent one. Owns when a
 * spent one becomes valid again: its node has ended, it was valid a moment ago, and nothing that it gave was used. For refresh
 * tokens see repeated-refresh.ts.
 *
 * An app fetches the tokens of a request that a person has approved on a phone again with its own authentication.
 *
 * A pushed request is of a browser that is logged in: a proxy sends the request of the browser to another node. Each answer is
 * for the login in that browser, and its code for the app that pushed the request (RFC 9126 section 4 allows that a request is
 * used again because a browser loads it again).
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

/** What it gave is deleted. A refresh token that was used had arrived: then it has given a second access token. */
async function unspendApproved(tx: Queries, spent: SpentRow): Promise<boolean> {
  if (!(await unspend(tx, spent))) return false
  const given = await tx
    .deleteFrom('oidc_records')
    .where('model', 'in', ['AccessToken', 'RefreshToken'])
    .where('login_session', '=', spent.login_session)
    .where('grant_id', '=', spent.grant_id)
    .returning('model')
    .execute()
  return given.filter(({ model }) => model === 'AccessToken').length <= 1
}
