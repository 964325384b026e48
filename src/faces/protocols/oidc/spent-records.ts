/** How a record is used once. What follows from a second use is decided in records.ts and lost-answers.ts. */

import type { Clock } from '../../../platform/kernel/clock.ts'
import type { Nodes, Queries } from '../../../platform/storage/database.ts'
import { prepared, type Slots } from '../../../platform/storage/prepared.ts'
import type { AnsweredInteractions } from './answered-interactions.ts'
import type { TakeBack } from './lost-answers.ts'
import { hashRecordId } from './record-ids.ts'
import type { RepeatedRefreshes } from './repeated-refresh.ts'
import type { Successors } from './successors.ts'

export interface SpendingOptions {
  readonly nodes: Pick<Nodes, 'own'>
  readonly takeBack: TakeBack
  readonly answered: AnsweredInteractions
  readonly repeated: RepeatedRefreshes
  readonly successors: Pick<Successors, 'noteSpent'>
}

export interface Spent {
  readonly model: string
  /** Hash of its id, see `hashRecordId`. */
  readonly hash: string
  /** Milliseconds since the epoch; absent: now. */
  readonly at?: number
}

export interface Spending extends Required<Spent> {
  /** The name of a node, or of an interaction. */
  readonly by: string
}

const spendRecord = prepared(
  (queries, at: Slots<{ model: string; id: string; now: number; by: string }>) =>
    queries
      .updateTable('oidc_records')
      .set({ consumed_at: at.now, consumed_by: at.by })
      .where('model', '=', at.model)
      .where('id', '=', at.id)
      .where('consumed_at', 'is', null),
)

/** Of two calls at the same time, only one spends the record. */
export async function spend(
  queries: Queries,
  { model, hash, at: asked }: Spent,
  { clock, spending }: { readonly clock: Clock; readonly spending: SpendingOptions },
): Promise<Spending | undefined> {
  const by = spending.answered.findSpender(model) ?? spending.nodes.own
  const at = asked ?? clock.now()
  const isSpent = (await spendRecord.run(queries, { model, id: hash, now: at, by })) > 0
  return isSpent ? { model, hash, at, by } : undefined
}

/** The same for one that the library spends, and for the repetition of a refresh. */
export async function spendById(
  queries: Queries,
  { model, id }: { readonly model: string; readonly id: string },
  options: Parameters<typeof spend>[2],
): Promise<Spending | undefined> {
  const { repeated, successors, nodes } = options.spending
  const hash = hashRecordId(id)
  const spending = await spend(queries, { model, hash }, options)
  if (model !== 'RefreshToken') return spending
  const at = spending?.at ?? (await repeated.take(id))
  if (at === undefined) return undefined
  successors.noteSpent({ token: id, at })
  return { model, hash, at, by: nodes.own }
}
