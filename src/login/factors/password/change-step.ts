/**
 * A new password in the middle of a login, where the old one lets nobody in any more. Owns the page and the change; the
 * journey comes here only after the second factor, if the user has one, because a thief may know the old password.
 */

import type { Throttle } from '../../../identity/limits/throttle.ts'
import type { ChangeOwnPassword } from '../../../identity/operations/passwords.ts'
import type { ChangeOutcome, Directory } from '../../../identity/users/directory.ts'
import { directoryAway, requireFound } from '../../../identity/users/directory-answers.ts'
import { checkPassword } from '../../../identity/users/password-rules.ts'
import type { User } from '../../../identity/users/user.ts'
import type { Id } from '../../../platform/kernel/ids.ts'
import type { Database } from '../../../platform/storage/database.ts'
import { type Message, message } from '../../../platform/ui/message.ts'
import { describeClient } from '../../engine/client.ts'
import type { Form } from '../../engine/prompt.ts'
import {
  type Answers,
  type Change,
  type FormError,
  requireUserId,
  type Step,
  type StepContext,
  type StepResult,
} from '../../engine/step.ts'
import { credentialVersionEntry, listExits, mustChangePasswordEntry } from '../enrolled.ts'
import { createTooOftenError } from '../lockout.ts'
import { changedElsewhere } from './step.ts'

export interface ChangeStepOptions {
  readonly db: Database
  readonly directory: Directory
  readonly throttle: Throttle
  readonly changeOwnPassword: ChangeOwnPassword
  readonly minPasswordLength: number
}

type Result = StepResult<'changed' | 'cancelled'>

export function createChangeStep(
  options: ChangeStepOptions,
): Step<'password/change', 'changed' | 'cancelled'> {
  return {
    name: 'password/change',
    outcomes: ['changed', 'cancelled'],
    async run(context) {
      if (context.answers?.action === 'cancel') return { type: 'done', outcome: 'cancelled' }
      const form = createChangePasswordForm(options)
      // The page of the password says so itself; a factor that is a whole login comes here without it.
      if (options.directory.changePassword === undefined)
        return { type: 'ask', form, formError: changedElsewhere }
      if (context.answers === undefined) return { type: 'ask', form }
      return await change(options, context, context.answers)
    },
  }
}

async function change(
  options: ChangeStepOptions,
  context: StepContext,
  answers: Answers,
): Promise<Result> {
  const { throttle, minPasswordLength: minLength } = options
  const user = await findSame(options, context)
  if (user === undefined) return { type: 'ask', form: createChangePasswordForm(options) }
  const typed = answers.password ?? ''
  if (typed === '') return refused(options, message('password.change.missing'), ['password'])
  const judged = checkPassword(typed, { minLength, username: user.username })
  if (judged.type === 'refused') {
    const text = message(`password.refused.${judged.reason}`, { min: minLength })
    return refused(options, text, ['password'])
  }
  if (typed !== answers.password_again) {
    return refused(options, message('password.change.mismatch'), ['password_again'])
  }
  return await throttle.inTurn(createTurnKey(user.id), () =>
    replace(options, context, judged.password),
  )
}

/** With the password that was typed in this login. `undefined`: it is another one by now, and the login is over. */
async function findSame(
  { db, directory }: ChangeStepOptions,
  context: StepContext,
): Promise<User | undefined> {
  const user = requireFound(await directory.find(db, requireUserId(context)))
  return user?.credentialVersion === credentialVersionEntry.read(context.data) ? user : undefined
}

const createTurnKey = (userId: Id<'user'>): string => `change:${userId}`

/** Two slow hashes, which every login would have to wait for: one try after another, and a wait after some. */
async function replace(
  options: ChangeStepOptions,
  context: StepContext,
  password: string,
): Promise<Result> {
  const { db, directory, throttle } = options
  const user = await findSame(options, context)
  // Another page was faster: what would be made here could not be written.
  if (user === undefined) return { type: 'ask', form: createChangePasswordForm(options) }
  const admission = await throttle.admit(db, createTurnKey(user.id))
  if (admission.type === 'wait') {
    return {
      type: 'ask',
      form: createChangePasswordForm(options),
      formError: createTooOftenError(admission.retryAfter),
    }
  }
  if (directory.changePassword === undefined) throw new Error('passwords cannot be changed here')
  const outcome = await directory.changePassword(db, { user, password, at: context.now })
  switch (outcome.type) {
    case 'refused':
      return refused(options, message(`password.change.${outcome.reason}`), ['password'])
    case 'unavailable':
      throw directoryAway(outcome)
    case 'accepted':
      return {
        type: 'done',
        outcome: 'changed',
        change: createChange(options, context, user, outcome),
      }
  }
}

/** The login goes on with the new password: it is proven by having been typed twice, and the old proof is worth nothing. */
function createChange(
  { changeOwnPassword }: ChangeStepOptions,
  { client, journeyHash }: StepContext,
  user: User,
  accepted: Extract<ChangeOutcome, { type: 'accepted' }>,
): Change {
  return {
    data: {
      ...mustChangePasswordEntry.clear(),
      ...credentialVersionEntry.write(user.credentialVersion + 1),
    },
    proof: { factor: 'password', strength: 'knowledge', amr: ['pwd'], authenticatorId: null },
    write: (tx) =>
      changeOwnPassword(tx, { user, accepted, journeyHash, from: describeClient(client) }),
  }
}

function refused(options: ChangeStepOptions, text: Message, fields: readonly string[]): Result {
  const formError: FormError = {
    status: 422,
    title: message('password.change.refused.title'),
    text,
    fields,
  }
  return { type: 'ask', form: createChangePasswordForm(options), formError }
}

export function createChangePasswordForm({
  minPasswordLength: min,
}: Pick<ChangeStepOptions, 'minPasswordLength'>): Form {
  return {
    title: message('password.change.title'),
    lead: message('password.change.lead'),
    width: 'narrow',
    prompts: [
      {
        type: 'secret',
        name: 'password',
        label: message('password.change.new'),
        hint: message('password.hint', { min }),
        autocomplete: 'new-password',
      },
      {
        type: 'secret',
        name: 'password_again',
        label: message('password.change.again'),
        autocomplete: 'new-password',
      },
      {
        type: 'choice',
        name: 'action',
        options: [
          { value: 'change', label: message('password.change.submit'), look: 'primary' },
          ...listExits(false),
        ],
      },
    ],
  }
}
