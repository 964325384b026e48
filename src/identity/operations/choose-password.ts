/**
 * A new password that its owner types twice, in a login or on their own pages. Owns the order of the checks, and that the
 * slow part runs for one attempt of a person at a time. Writes nothing: passwords.ts does, in the transaction of the
 * change.
 */
import type { Id } from '../../platform/kernel/ids.ts'
import type { Database, Queries } from '../../platform/storage/database.ts'
import { type Message, message } from '../../platform/ui/message.ts'
import type { NewPassword } from '../../platform/ui/parts.ts'
import type { Throttle } from '../limits/throttle.ts'
import type { ChangeOutcome, Directory } from '../users/directory.ts'
import { directoryAway } from '../users/directory-answers.ts'
import { findEntry } from '../users/entries.ts'
import { describeRefusal, type PasswordRules } from '../users/password-rules.ts'
import type { User } from '../users/user.ts'
import type { Users } from '../users/users.ts'

export interface ChoosePasswordOptions {
  readonly db: Database
  readonly users: Pick<Users, 'find'>
  readonly directory: Pick<Directory, 'changePassword'>
  readonly throttle: Pick<Throttle, 'inTurn' | 'admit' | 'takeBack'>
  readonly passwordRules: PasswordRules
  /** Whether a login asks this person for more than the password. */
  readonly hasSecondFactor: (queries: Queries, userId: Id<'user'>) => Promise<boolean>
}

export type PasswordField = 'password' | 'password_again'

export interface TypedPassword {
  readonly password: string | undefined
  readonly again: string | undefined
  /** Milliseconds since the epoch. */
  readonly at: number
  /** The present password, which the person has just typed and which was right, if the directory has to know it. */
  readonly current?: string | undefined
  /** Whether it is the present password. Absent: only the directory may know. */
  readonly isSame?: (password: string) => Promise<boolean>
  /**
   * Finds the user, with the credential version for which they may change the password. `undefined`: they have other
   * credentials by now.
   */
  readonly findUser: () => Promise<User | undefined>
}

export type ChosenPassword =
  | {
      readonly type: 'accepted'
      readonly user: User
      readonly accepted: Extract<ChangeOutcome, { type: 'accepted' }>
    }
  | {
      readonly type: 'refused'
      readonly text: Message
      readonly fields: readonly PasswordField[]
    }
  /** Too many attempts. `retryAfter` is in seconds. */
  | { readonly type: 'wait'; readonly retryAfter: number }
  /** `findUser` found nobody. */
  | { readonly type: 'outdated' }

export interface ChoosePassword {
  /** The requirements for a new password of this person, for the page. */
  describe(userId: Id<'user'>): Promise<NewPassword>
  /**
   * The minimum length (code points) as if the person had no second factor. `undefined`: a directory elsewhere has the
   * password, and its own rules.
   */
  findMinLengthAlone(userId: Id<'user'>): Promise<number | undefined>
  /**
   * Throws Fault `unavailable` when the directory does not answer, or Einlass is overloaded. Never call it inside a
   * transaction.
   */
  choose(typed: TypedPassword): Promise<ChosenPassword>
}

export function createChoosePassword(options: ChoosePasswordOptions): ChoosePassword {
  const { db, users, throttle, passwordRules, hasSecondFactor } = options
  return {
    describe: async (userId) => ({
      min: passwordRules.findMinLength({ hasSecondFactor: await hasSecondFactor(db, userId) }),
      owner: await users.find(db, userId),
    }),
    findMinLengthAlone: async (userId) =>
      (await findEntry(db, userId)) === undefined
        ? passwordRules.findMinLength({ hasSecondFactor: false })
        : undefined,
    async choose(typed) {
      const user = await typed.findUser()
      if (user === undefined) return { type: 'outdated' }
      const { password = '', again } = typed
      if (password === '') return refuse(message('password.change.missing'), 'password')
      const owner = { ...user, hasSecondFactor: await hasSecondFactor(db, user.id) }
      const judged = await passwordRules.check(password, owner)
      if (judged.type === 'refused') return refuse(describeRefusal(judged), 'password')
      if (password !== again) return refuse(message('password.change.mismatch'), 'password_again')
      return await throttle.inTurn(createTurnKey(user.id), () =>
        accept(options, typed, judged.password),
      )
    },
  }
}

function refuse(text: Message, field: PasswordField): ChosenPassword {
  return { type: 'refused', text, fields: [field] }
}

const createTurnKey = (userId: Id<'user'>): string => `change:${userId}`

/**
 * Takes two slow hashes, for which every login would have to wait. So a person's attempts run one after the other, with a
 * wait after some.
 */
async function accept(
  { db, directory, throttle }: ChoosePasswordOptions,
  { findUser, at, isSame, current }: TypedPassword,
  password: string,
): Promise<ChosenPassword> {
  const user = await findUser()
  // Another page was faster, so this change could not be written.
  if (user === undefined) return { type: 'outdated' }
  const admission = await throttle.admit(db, createTurnKey(user.id))
  if (admission.type === 'wait') return admission
  if (await isSame?.(password)) return refuse(message('password.change.same'), 'password')
  if (directory.changePassword === undefined) throw new Error('passwords cannot be changed here')
  const outcome = await directory.changePassword(db, { user, password, current, at })
  // The page then asks the person to try again, so this attempt is not counted.
  if (outcome.type === 'unavailable') await throttle.takeBack(db, createTurnKey(user.id))
  switch (outcome.type) {
    case 'refused':
      return refuse(message(`password.change.${outcome.reason}`), 'password')
    case 'unavailable':
      throw directoryAway(outcome)
    case 'accepted':
      return { type: 'accepted', user, accepted: outcome }
  }
}
