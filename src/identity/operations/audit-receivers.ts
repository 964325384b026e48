/** What operators see of the receivers of the audit log, and what they can do with them. */
import type { StreamConfig } from '../../platform/config/audit-receivers.ts'
import { Fault } from '../../platform/kernel/fault.ts'
import type { Database, Queries } from '../../platform/storage/database.ts'
import { transact } from '../../platform/storage/transact.ts'
import type { Audit } from '../audit/audit.ts'
import { chainStart } from '../audit/chain.ts'
import { trailEvents } from '../audit/events.ts'
import { listReceivers, movePosition, type ReceiverState } from '../audit/stream/positions.ts'
import { readHead } from '../audit/verify.ts'
import { type Administrator, auditName } from './actor.ts'

export interface ReceiverSummary extends Omit<ReceiverState, 'seq'> {
  /** `undefined`: the receiver is no longer in the configuration. */
  readonly kind: StreamConfig['kind'] | undefined
  /** `undefined`: the receiver has not begun yet. */
  readonly seq: number | undefined
}

/** The receivers of the configuration in its order, then those that are no longer in it. */
export async function listReceiverSummaries(
  queries: Queries,
  configured: readonly StreamConfig[],
): Promise<ReceiverSummary[]> {
  const states = new Map((await listReceivers(queries)).map((state) => [state.name, state]))
  const names = new Set([...configured.map(({ name }) => name), ...states.keys()])
  return [...names].map((name) => ({
    ...(states.get(name) ?? { ...notBegun, name }),
    kind: configured.find((one) => one.name === name)?.kind,
  }))
}

const notBegun = {
  seq: undefined,
  waiting: 0,
  waitingSince: undefined,
  sentAt: undefined,
  failures: 0,
  failingSince: undefined,
  reason: undefined,
}

/**
 * Moves a receiver: it continues after the event with the number `after`. Returns its position before. Throws Fault
 * `not_found` for an unknown name, Fault `bad_request` when the log has no such event.
 */
export async function resendFrom(
  { db, audit }: { readonly db: Database; readonly audit: Audit },
  {
    name,
    after,
    actor,
  }: { readonly name: string; readonly after: number; readonly actor: Administrator },
): Promise<{ readonly from: number }> {
  return await transact(db, async (tx) => {
    const head = await readHead(tx)
    if (after > head.seq)
      throw new Fault(
        'bad_request',
        `The audit log has no event ${after}; its last one is ${head.seq}.`,
      )
    const row = await tx
      .selectFrom('audit_events')
      .select('hash')
      .where('seq', '=', after)
      .executeTakeFirst()
    const from = await movePosition(tx, name, { seq: after, hash: row?.hash ?? chainStart })
    if (from === undefined) throw new Fault('not_found', `There is no receiver ${name}.`)
    await audit.record(tx, trailEvents.receiverMoved, {
      ...{ receiver: name, from, after },
      by: auditName(actor),
    })
    return { from }
  })
}
