/** What users decided when they were offered a second factor: how often they deferred it, and whether they declined it. */
import { sql } from 'kysely'
import type { Audit } from '../../identity/audit/audit.ts'
import type { Person } from '../../identity/operations/actor.ts'
import type { ChangeOwn } from '../../identity/operations/own-change.ts'
import type { Clock } from '../../platform/kernel/clock.ts'
import type { Id } from '../../platform/kernel/ids.ts'
import type { Queries } from '../../platform/storage/database.ts'
import { choiceEvents } from './events.ts'

export interface SecondFactorChoices {
  readonly skipsUsed: number
  /** Milliseconds since the epoch, as the next one. */
  readonly declinedAt: number | null
  readonly lastSkippedAt?: number | null
}

export function createChoiceStore({ clock }: { readonly clock: Clock }) {
  return {
    async find(queries: Queries, userId: Id<'user'>): Promise<SecondFactorChoices> {
      const row = await queries
        .selectFrom('second_factor_choices')
        .select(['skips_used', 'declined_at', 'last_skipped_at'])
        .where('user_id', '=', userId)
        .executeTakeFirst()
      return {
        skipsUsed: row?.skips_used ?? 0,
        declinedAt: row?.declined_at ?? null,
        lastSkippedAt: row?.last_skipped_at ?? null,
      }
    },

    /** Counts one skip. `false`: all `allowed` ones are used. */
    async skip(queries: Queries, userId: Id<'user'>, allowed: number): Promise<boolean> {
      if (allowed < 1) return false
      const now = clock.now()
      const result = await queries
        .insertInto('second_factor_choices')
        .values({
          user_id: userId,
          skips_used: 1,
          last_skipped_at: now,
          declined_at: null,
          decline_reason: null,
        })
        .onConflict((conflict) =>
          conflict
            .column('user_id')
            .doUpdateSet({
              skips_used: sql<number>`second_factor_choices.skips_used + 1`,
              last_skipped_at: now,
            })
            .where('second_factor_choices.skips_used', '<', allowed),
        )
        .executeTakeFirst()
      return result.numInsertedOrUpdatedRows === 1n
    },

    /** @param reason in the person's own words */
    async decline(
      queries: Queries,
      userId: Id<'user'>,
      reason: string | null = null,
    ): Promise<void> {
      const now = clock.now()
      await queries
        .insertInto('second_factor_choices')
        .values({
          user_id: userId,
          skips_used: 0,
          last_skipped_at: null,
          declined_at: now,
          decline_reason: reason,
        })
        .onConflict((conflict) =>
          conflict.column('user_id').doUpdateSet({ declined_at: now, decline_reason: reason }),
        )
        .execute()
    },

    /** `false`: there was nothing to take back. */
    async undoDecline(queries: Queries, userId: Id<'user'>): Promise<boolean> {
      const result = await queries
        .updateTable('second_factor_choices')
        .set({ declined_at: null, decline_reason: null })
        .where('user_id', '=', userId)
        .where('declined_at', 'is not', null)
        .executeTakeFirst()
      return result.numUpdatedRows === 1n
    },
  }
}

export type ChoiceStore = ReturnType<typeof createChoiceStore>

/** Takes a person's own decline back, so that a second factor is offered again. */
export type OfferAgain = (person: Person) => Promise<void>

export function createOfferAgain({ choices, changeOwn, audit }: OfferAgainOptions): OfferAgain {
  return (person) =>
    changeOwn(person, async (tx) => {
      const { userId } = person.session
      if (!(await choices.undoDecline(tx, userId))) return
      await audit.record(tx, choiceEvents.declineUndone, { userId })
    })
}

export interface OfferAgainOptions {
  readonly choices: Pick<ChoiceStore, 'undoDecline'>
  readonly changeOwn: ChangeOwn
  readonly audit: Audit
}
