/**
 * Undoes the binding of an authenticator that another person bound. Owns what goes with it: everything that was enrolled at that
 * moment or later, because the person who bound the one could bind the others by it. A pass of the service desk stays: an operator gave it.
 */
import type { Id } from '../../platform/kernel/ids.ts'
import type { Queries } from '../../platform/storage/database.ts'
import type { Transaction } from '../../platform/storage/transact.ts'
import type { BoundAuthenticator } from '../report/links.ts'
import type { AllAuthenticators } from './authenticators.ts'
import type { Authenticator } from './factor.ts'
import { type FactorKind, isFallback } from './index.ts'
import type { NewAuthenticators } from './new-authenticators.ts'

export interface UndoOptions {
  readonly authenticators: Pick<AllAuthenticators, 'list' | 'remove'>
  readonly fresh: Pick<NewAuthenticators, 'forget'>
  /** What people enrol by themselves. */
  readonly enrolKinds: readonly FactorKind[]
}

/** What an undo removes. */
export interface Undoing {
  /** Fallbacks first. Empty: the authenticator is not there any more. */
  readonly gone: readonly Authenticator[]
  /** The user has no second factor after it. */
  readonly isNoneLeft: boolean
}

export type Undo = ReturnType<typeof createUndo>

export function createUndo({ authenticators, fresh, enrolKinds }: UndoOptions) {
  /** What it would remove. */
  async function plan(
    queries: Queries,
    userId: Id<'user'>,
    { authenticatorId, at }: BoundAuthenticator,
  ): Promise<Undoing> {
    const all = await authenticators.list(queries, userId)
    if (!all.some(({ id }) => id === authenticatorId)) return { gone: [], isNoneLeft: false }
    const gone = all
      .filter(
        ({ id, kind, addedAt }) =>
          id === authenticatorId || (addedAt >= at && enrolKinds.includes(kind)),
      )
      .toSorted((a, b) => Number(isFallback(b.kind)) - Number(isFallback(a.kind)))
    const isNoneLeft = all.every((one) => isFallback(one.kind) || gone.includes(one))
    return { gone, isNoneLeft }
  }

  return {
    plan,

    /**
     * Their owner has lost them: if none is left, the password alone enrols no other. Nothing happens if it is gone already.
     */
    async undoBinding(
      tx: Transaction,
      userId: Id<'user'>,
      bound: BoundAuthenticator,
    ): Promise<void> {
      const { gone } = await plan(tx, userId, bound)
      for (const { id } of gone) {
        // Linked codes are gone with their phone.
        await authenticators.remove(tx, { userId, id, by: 'not_me', isAnnounced: true })
      }
      await fresh.forget(
        tx,
        userId,
        gone.map(({ id }) => id),
      )
    },
  }
}
