/**
 * A new password: in the middle of a login when the old one lets nobody in any more, or when another journey asks for one. Owns
 * the page and the change. A journey comes here only after the second factor, if the user has one, because a thief may know the
 * old password.
 */

import type {
  ChoosePassword,
  ChosenPassword,
  PasswordField,
} from '../../../identity/operations/choose-password.ts'
import type { ChangeOwnPassword } from '../../../identity/operations/passwords.ts'
import type { Directory } from '../../../identity/users/directory.ts'
import { requireFound } from '../../../identity/users/directory-answers.ts'
import type { Hasher } from '../../../identity/users/hasher.ts'
import type { User } from '../../../identity/users/user.ts'
import type { Database } from '../../../platform/storage/database.ts'
import { type Message, message } from '../../../platform/ui/message.ts'
import type { NewPassword } from '../../../platform/ui/parts.ts'
import { describeClient } from '../../engine/client.ts'
import type { StepName } from '../../engine/journey.ts'
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
import {
  credentialVersionEntry,
  listExits,
  mustChangePasswordEntry,
  passwordChangeReasonEntry,
  passwordHashEntry,
  tooShortAloneEntry,
} from '../enrolled.ts'
import { createTooOftenError } from '../lockout.ts'
import { changedElsewhere } from './form-errors.ts'

export interface ChangeStepOptions {
  readonly db: Database
  readonly directory: Pick<Directory, 'find' | 'changePassword'>
  readonly hasher: Pick<Hasher, 'verify'>
  readonly choosePassword: ChoosePassword
  readonly changeOwnPassword: ChangeOwnPassword
}

type Accepted = Extract<ChosenPassword, { type: 'accepted' }>
/** `gone`: nothing may be changed any more, because the credentials or the link are not the same any more. */
export type NewPasswordOutcome = 'changed' | 'cancelled' | 'gone'
type Result = StepResult<NewPasswordOutcome>

/** For any journey that asks for a new password. */
export interface NewPasswordStepOptions<Name extends StepName> {
  readonly name: Name
  readonly lead: Message | ((context: StepContext) => Message)
  readonly choosePassword: ChoosePassword
  /** The directory lets people set their passwords here. */
  readonly isPossible: () => boolean
  /** Whose password it is. `undefined`: the journey is over. */
  readonly findUser: (context: StepContext) => Promise<User | undefined>
  /** Whether the new password is the current one; absent: only the directory may know. */
  readonly isSame?: (context: StepContext, password: string) => Promise<boolean>
  readonly createChange: (context: StepContext, chosen: Accepted) => Change
}

export function createChangeStep(options: ChangeStepOptions) {
  return createForcedStep(options, 'password/change', ({ data }) => {
    const reason = passwordChangeReasonEntry.read(data)
    return message(reason === undefined ? 'password.change.lead' : `password.change.lead.${reason}`)
  })
}

/** @param min code points that a password without a second factor needs */
export function createLongerStep(options: ChangeStepOptions, min: number) {
  return createForcedStep(options, 'password/longer', message('password.longer.lead', { min }))
}

/** A change of the password without which the login does not continue. */
function createForcedStep<const Name extends StepName>(
  options: ChangeStepOptions,
  name: Name,
  lead: NewPasswordStepOptions<Name>['lead'],
): Step<Name, NewPasswordOutcome> {
  return createNewPasswordStep({
    ...options,
    ...{ name, lead },
    // The password page says so itself; a factor that is a whole login comes here without that page.
    isPossible: () => options.directory.changePassword !== undefined,
    findUser: (context) => findSame(options, context),
    async isSame({ data }, password) {
      const hash = passwordHashEntry.read(data)
      return hash !== undefined && (await options.hasher.verify(hash, password)).matches
    },
    createChange: (context, chosen) => createChange(options, context, chosen),
  })
}

export function createNewPasswordStep<const Name extends StepName>(
  options: NewPasswordStepOptions<Name>,
): Step<Name, NewPasswordOutcome> {
  return {
    name: options.name,
    outcomes: ['changed', 'cancelled', 'gone'],
    async run(context) {
      if (context.answers?.action === 'cancel') return { type: 'done', outcome: 'cancelled' }
      const wanted = await options.choosePassword.describe(requireUserId(context))
      const { lead } = options
      const form = createChangePasswordForm(
        wanted,
        typeof lead === 'function' ? lead(context) : lead,
      )
      if (!options.isPossible()) return { type: 'ask', form, formError: changedElsewhere }
      if (context.answers === undefined) return { type: 'ask', form }
      return await change(options, context, context.answers, form)
    },
  }
}

async function change(
  options: NewPasswordStepOptions<StepName>,
  context: StepContext,
  { password, password_again: again }: Answers,
  form: Form,
): Promise<Result> {
  const findUser = () => options.findUser(context)
  const isSame = async (chosen: string) => (await options.isSame?.(context, chosen)) === true
  const typed = { password, again, at: context.now, findUser, isSame }
  const chosen = await options.choosePassword.choose(typed)
  switch (chosen.type) {
    case 'outdated':
      // The same form again would say nothing, and nobody could ever leave the page.
      return { type: 'done', outcome: 'gone' }
    case 'wait':
      return { type: 'ask', form, formError: createTooOftenError(chosen.retryAfter) }
    case 'refused':
      return { type: 'ask', form, formError: createRefusal(chosen.text, chosen.fields) }
    case 'accepted':
      return { type: 'done', outcome: 'changed', change: options.createChange(context, chosen) }
  }
}

/** Compares with the password that was typed in this login. `undefined`: it was changed since, and the login is over. */
async function findSame(
  { db, directory }: ChangeStepOptions,
  context: StepContext,
): Promise<User | undefined> {
  const user = requireFound(await directory.find(db, requireUserId(context)))
  return user?.credentialVersion === credentialVersionEntry.read(context.data) ? user : undefined
}

/** The login goes on with the new password: typing it twice has proven it, and the old proof is worth nothing. */
function createChange(
  { changeOwnPassword }: ChangeStepOptions,
  { client, journeyHash }: StepContext,
  { user, accepted }: Accepted,
): Change {
  return {
    data: {
      ...mustChangePasswordEntry.clear(),
      ...passwordChangeReasonEntry.clear(),
      ...passwordHashEntry.clear(),
      ...tooShortAloneEntry.clear(),
      ...credentialVersionEntry.write(user.credentialVersion + 1),
    },
    proof: { factor: 'password', strength: 'knowledge', amr: ['pwd'], authenticatorId: null },
    write: (tx) =>
      changeOwnPassword(tx, {
        ...{ user, accepted, from: describeClient(client) },
        exceptJourney: journeyHash,
      }),
  }
}

function createRefusal(text: Message, fields: readonly PasswordField[]): FormError {
  return { status: 422, title: message('password.change.refused.title'), text, fields }
}

export function createChangePasswordForm(
  wanted: NewPassword,
  lead: Message = message('password.change.lead'),
): Form {
  return {
    title: message('password.change.title'),
    lead,
    width: 'narrow',
    prompts: [
      {
        type: 'secret',
        name: 'password',
        label: message('password.change.new'),
        hint: message('password.hint', { min: wanted.min }),
        autocomplete: 'new-password',
        newPassword: wanted,
      },
      {
        type: 'secret',
        name: 'password_again',
        label: message('password.change.again'),
        autocomplete: 'new-password',
        newPassword: 'again',
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
