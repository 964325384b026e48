/**
 * The keys with which a phone has signed answers. Each key signs one message, which names the next key. So another message with a
 * used key comes from a copy of the phone, or is an own message that was under way for long. Owns the rows, and the change from
 * one key to the next.
 */
import type { PublicJwk } from '#authenticator'
import { type Clock, hours } from '../../../platform/kernel/clock.ts'
import type { Queries } from '../../../platform/storage/database.ts'
import { removeRows } from '../../../platform/storage/remove.ts'

/** What a used key has signed, and the server's reply. The outcome is one of the kind of message. */
export interface UsedKey {
  readonly jwk: PublicJwk
  readonly messageHash: string
  /** The id of the request that was answered, or of the registration that was opened. */
  readonly subject: string
  readonly outcome: string
  readonly left: number | null
  /** The next key that the message has named; null: not known. */
  readonly nextKey: string | null
  /** The next keys of earlier messages with this key, which got no reply. */
  readonly unanswered: readonly string[]
}

export interface KeyMove {
  readonly deviceId: string
  readonly from: { readonly thumbprint: string; readonly jwk: PublicJwk }
  readonly to: { readonly thumbprint: string; readonly jwk: PublicJwk }
}

/** A copy that wakes up after this long (ms) signs with a key that is not known, and is refused all the same. */
const memory = hours(24 * 400)

export function createUsedKeys(clock: Clock) {
  return {
    /** Replaces the key that has to sign the next answer. `false`: another message with the same key was faster. */
    async moveKey(queries: Queries, { deviceId, from, to }: KeyMove): Promise<boolean> {
      const result = await queries
        .updateTable('authenticator_devices')
        .set({ answer_key: to.thumbprint, answer_jwk: JSON.stringify(to.jwk) })
        .where('id', '=', deviceId)
        .where('answer_key', '=', from.thumbprint)
        .where('status', '!=', 'removed')
        .executeTakeFirst()
      return result.numUpdatedRows === 1n
    },

    /** Call it in the transaction that moves the key. */
    async noteUsed(
      queries: Queries,
      { deviceId, from, to }: KeyMove,
      used: Omit<UsedKey, 'jwk' | 'nextKey'>,
    ): Promise<void> {
      const { unanswered } = used
      await queries
        .insertInto('authenticator_used_keys')
        .values({
          device_id: deviceId,
          thumbprint: from.thumbprint,
          jwk: JSON.stringify(from.jwk),
          used_at: clock.now(),
          message_hash: used.messageHash,
          challenge_id: used.subject,
          outcome: used.outcome,
          tries_left: used.left,
          next_key: to.thumbprint,
          unanswered: unanswered.length === 0 ? null : JSON.stringify(unanswered),
        })
        .execute()
    },

    async findUsed(
      queries: Queries,
      deviceId: string,
      thumbprint: string,
    ): Promise<UsedKey | undefined> {
      const row = await queries
        .selectFrom('authenticator_used_keys')
        .selectAll()
        .where('device_id', '=', deviceId)
        .where('thumbprint', '=', thumbprint)
        .executeTakeFirst()
      if (row === undefined) return undefined
      return {
        jwk: JSON.parse(row.jwk) as PublicJwk,
        messageHash: row.message_hash,
        subject: row.challenge_id,
        outcome: row.outcome,
        left: row.tries_left,
        nextKey: row.next_key,
        unanswered: row.unanswered === null ? [] : (JSON.parse(row.unanswered) as string[]),
      }
    },

    async purgeUsed(queries: Queries): Promise<void> {
      const before = clock.now() - memory
      await removeRows(queries, {
        table: 'authenticator_used_keys',
        key: ['device_id', 'thumbprint'],
        isOld: (row) => row('used_at', '<', before),
      })
    },
  }
}
