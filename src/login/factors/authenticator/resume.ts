/**
 * Offers to go on with a phone that was registered and not verified. Owns what the answers do: the phone is verified or removed,
 * so that no phone is left over.
 */
import type { Database } from '../../../platform/storage/database.ts'
import type { Form } from '../../engine/prompt.ts'
import { type Change, requireUserId, type StepContext, type StepResult } from '../../engine/step.ts'
import { type BegunPhone, createResumePage, type ResumeWords } from '../approval/resume-page.ts'
import { deviceEntry, registrationEntry, resumeDeclinedEntry } from './data.ts'
import { type RemoveUnverifiedOptions, removeUnverified } from './remove-unverified.ts'
import type { AuthenticatorRules } from './rules.ts'
import type { UnverifiedPhone } from './unverified.ts'

export interface ResumeOptions extends RemoveUnverifiedOptions {
  readonly db: Database
  readonly rules: Pick<AuthenticatorRules, 'findVerification'>
}

const words: ResumeWords = {
  lead: 'phone_code.resume.lead',
  goOnHint: 'phone_code.resume.go_on',
  renewHint: 'phone_code.resume.renew',
}

export const createResumeForm = (phone: BegunPhone): Form => createResumePage(phone, words)

/** `undefined`: there is no such phone, so the link for a new one is shown. */
export async function offerResume(
  options: ResumeOptions,
  context: StepContext,
): Promise<StepResult<'registered'> | undefined> {
  const phone = await findPhone(options, context)
  if (phone === undefined) return undefined
  const form = createResumeForm(phone)
  switch (context.answers?.action) {
    case 'resume': {
      const data = {
        ...registrationEntry.write(phone.registrationId),
        ...deviceEntry.write(phone.id),
      }
      return { type: 'done', outcome: 'registered', change: { data } }
    }
    case 'renew':
    case 'not_mine':
      // The engine runs the step again after the commit; then the link is shown.
      return { type: 'ask', form, change: refusePhone(options, context, phone) }
    default:
      return { type: 'ask', form }
  }
}

async function findPhone(
  { db, stores, rules }: ResumeOptions,
  context: StepContext,
): Promise<UnverifiedPhone | undefined> {
  const { data, journeyHash } = context
  if (resumeDeclinedEntry.read(data) === true) return undefined
  const userId = requireUserId(context)
  const phone = await stores.devices.findResumable(db, userId, journeyHash)
  if (phone === undefined || phone.hasCredential) return phone
  return (await rules.findVerification(context)) === 'required' ? undefined : phone
}

/** One refusal removes all such phones: a person who knows the password can have registered any number of them. */
function refusePhone(options: ResumeOptions, context: StepContext, phone: UnverifiedPhone): Change {
  const userId = requireUserId(context)
  const as = context.answers?.action === 'not_mine' ? 'rejected' : 'removed'
  return {
    data: resumeDeclinedEntry.write(true),
    async write(tx) {
      await removeUnverified(options, tx, phone, { userId, as, by: userId })
      return true
    },
  }
}
