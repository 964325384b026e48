/**
 * What several nodes notice and only one of them reports. Owns the rows of `settings` that say when something was reported; each
 * of its callers has names of its own.
 */
import type { Transaction } from './transact.ts'

export interface Once {
  /** What is reported. */
  readonly name: string
  readonly now: number
  /** Milliseconds in which it is reported once. */
  readonly span: number
}

/** Whether no node has reported it within the span. Of several nodes at the same moment, one gets `true`. */
export async function isFirst(tx: Transaction, { name, now, span }: Once): Promise<boolean> {
  const value = write(now)
  const taken = await tx
    .insertInto('settings')
    .values({ name, value })
    .onConflict((conflict) =>
      conflict
        .column('name')
        .doUpdateSet({ value })
        // A time from the future was written before the clock was set back.
        .where(({ or, eb }) =>
          or([
            eb('settings.value', '<=', write(now - span)),
            eb('settings.value', '>', write(now + span)),
          ]),
        ),
    )
    .returning('name')
    .executeTakeFirst()
  return taken !== undefined
}

/** Removes what was reported longer ago than the span, of all names that begin with `prefix`. */
export async function forgetOlder(
  tx: Transaction,
  { prefix, now, span }: { readonly prefix: string; readonly now: number; readonly span: number },
): Promise<void> {
  await tx
    .deleteFrom('settings')
    .where('name', 'like', `${prefix}%`)
    .where('value', '<=', write(now - span))
    .execute()
}

const write = (at: number): string => `${at}`.padStart(16, '0')
