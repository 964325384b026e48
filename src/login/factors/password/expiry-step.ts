/**
 * Says after the password that it expires soon, and offers to change it now. Owns the page and what follows the answer; only the
 * directory knows when a password expires. A change begins like a forced one: after the second factor.
 */
import type { Directory } from '../../../identity/users/directory.ts'
import { requireFound } from '../../../identity/users/directory-answers.ts'
import type { Database } from '../../../platform/storage/database.ts'
import { message } from '../../../platform/ui/message.ts'
import type { Form } from '../../engine/prompt.ts'
import { requireUserId, type Step, type StepContext, type StepResult } from '../../engine/step.ts'
import { mustChangePasswordEntry, passwordExpiryEntry, passwordGraceEntry } from '../enrolled.ts'

export interface ExpiryStepOptions {
  readonly db: Database
  readonly directory: Pick<Directory, 'find' | 'passwordReset'>
}

export function createExpiryStep(options: ExpiryStepOptions): Step<'password/expiry', 'passed'> {
  return {
    name: 'password/expiry',
    outcomes: ['passed'],
    async run(context) {
      const graceLogins = passwordGraceEntry.read(context.data)
      if (graceLogins !== undefined) return warnOfGrace(context, graceLogins)
      const expiresAt = passwordExpiryEntry.read(context.data)
      if (expiresAt === undefined) return { type: 'done', outcome: 'passed' }
      const isChangedHere = await canChangeHere(options, context)
      const { action } = context.answers ?? {}
      if (action !== 'later' && (action !== 'change' || !isChangedHere)) {
        return { type: 'ask', form: createExpiryForm(expiresAt, isChangedHere) }
      }
      const data = {
        ...passwordExpiryEntry.clear(),
        ...(action === 'change' && mustChangePasswordEntry.write(true)),
      }
      return { type: 'done', outcome: 'passed', change: { data } }
    },
  }
}

/** The password has expired already, and is changed elsewhere. */
function warnOfGrace({ answers }: StepContext, left: number): StepResult<'passed'> {
  if (answers?.action !== 'later') return { type: 'ask', form: createGraceForm(left) }
  return { type: 'done', outcome: 'passed', change: { data: passwordGraceEntry.clear() } }
}

/** @param left how many logins with it are still possible */
export function createGraceForm(left: number): Form {
  const label = message('password.expiry.go_on')
  const lead = left === 0 ? 'password.grace.last' : 'password.grace.some'
  return {
    title: message('password.grace.title'),
    lead: message(lead, { left }),
    width: 'narrow',
    prompts: [
      { type: 'choice', name: 'action', options: [{ value: 'later', label, look: 'primary' }] },
    ],
  }
}

async function canChangeHere(
  { db, directory }: ExpiryStepOptions,
  context: StepContext,
): Promise<boolean> {
  const user = requireFound(await directory.find(db, requireUserId(context)))
  return user !== undefined && (await directory.passwordReset?.isFor(db, user)) === true
}

/** @param at when it expires, in milliseconds since the epoch */
export function createExpiryForm(at: number, isChangedHere: boolean): Form {
  const change = {
    value: 'change',
    label: message('password.expiry.change'),
    look: 'primary',
  } as const
  const later = {
    value: 'later',
    label: message(isChangedHere ? 'password.expiry.later' : 'password.expiry.go_on'),
    look: isChangedHere ? 'quiet' : 'primary',
  } as const
  return {
    title: message('password.expiry.title'),
    lead: message(isChangedHere ? 'password.expiry.lead' : 'password.expiry.elsewhere', { at }),
    width: 'narrow',
    prompts: [
      { type: 'choice', name: 'action', options: isChangedHere ? [change, later] : [later] },
    ],
  }
}
