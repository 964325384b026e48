/**
 * Counts attempts by the typed name, when a person may have several names. The count of the person limits what is judged, and the
 * count of the name decides what the page says: if the page of another name said that there were too many attempts, it would show
 * that both names are the same person's. An attempt that is not judged for that reason reads as wrong, and costs the same work.
 */
import { createSpellingKey, createUnjudgedKey } from '../../../identity/limits/password-waits.ts'
import type { Throttle, Wait } from '../../../identity/limits/throttle.ts'
import type { PasswordOrigin } from '../../../identity/users/directory.ts'
import type { AttemptedAccount } from '../../../identity/users/resolve-account.ts'
import { canonicalUsername } from '../../../identity/users/user.ts'
import type { Database } from '../../../platform/storage/database.ts'

export interface SpellingOptions {
  readonly db: Database
  readonly throttle: Pick<Throttle, 'judge'>
}

export interface Try {
  readonly typed: string
  readonly account: Pick<AttemptedAccount, 'imitate'>
  readonly password: string
  readonly origin: PasswordOrigin
}

export type Judged<Judgement> =
  | Wait
  /** The person has to wait, and the page must not show it. */
  | { readonly type: 'hidden'; readonly isRight: false }
  | { readonly type: 'judged'; readonly isRight: boolean; readonly judgement: Judgement }

/** @param judge `undefined`: the person has to wait, and nothing was judged */
export async function judgeSpelling<Judgement>(
  { db, throttle }: SpellingOptions,
  { typed, account, password, origin }: Try,
  judge: () => Promise<{ readonly isRight: boolean; readonly judgement: Judgement } | undefined>,
): Promise<Judged<Judgement>> {
  const spelling = canonicalUsername(typed)
  return await throttle.judge(
    db,
    createSpellingKey(spelling),
    async (): Promise<Exclude<Judged<Judgement>, Wait>> => {
      const judged = await judge()
      if (judged !== undefined) return { type: 'judged', ...judged }
      const imitate = () => account.imitate(db, password, origin)
      const counted = await throttle.judge(db, createUnjudgedKey(spelling), async () => {
        await imitate()
        return { isRight: false, type: 'imitated' as const }
      })
      // The person's counter may be fuller than that of the spelling, which a right password has cleared.
      if (counted.type === 'wait') await imitate()
      return { type: 'hidden', isRight: false }
    },
  )
}
