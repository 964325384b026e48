/**
 * Offers to go on with a phone that was registered and not verified. Owns what the answers do: it is verified, or it is removed,
 * so that no phone is left which nobody goes on with.
 */
import type { Audit } from '../../../identity/audit/audit.ts'
import type { Database } from '../../../platform/storage/database.ts'
import type { Transaction } from '../../../platform/storage/transact.ts'
import type { Form } from '../../engine/prompt.ts'
import { requireUserId, type StepContext, type StepResult } from '../../engine/step.ts'
import { type BegunPhone, createResumePage, type ResumeWords } from '../approval/resume-page.ts'
import { type CodesOptions, dropCodes } from './codes.ts'
import { deviceEntry, registrationEntry } from './data.ts'
import { authenticatorEvents } from './events.ts'
import type { AuthenticatorRules } from './rules.ts'
import type { Stores } from './stores.ts'
import type { UnverifiedPhone } from './unverified.ts'

export interface ResumeOptions {
  readonly db: Database
  readonly stores: Stores
  readonly rules: Pick<AuthenticatorRules, 'findVerification'>
  readonly audit: Audit
  readonly codes: CodesOptions
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
      return {
        type: 'ask',
        form,
        change: { write: (tx) => removePhone(options, tx, context, phone) },
      }
    default:
      return { type: 'ask', form }
  }
}

async function findPhone(
  { db, stores, rules }: ResumeOptions,
  context: StepContext,
): Promise<UnverifiedPhone | undefined> {
  const phone = await stores.devices.findResumable(db, requireUserId(context))
  if (phone === undefined || phone.hasCredential) return phone
  return (await rules.findVerification(context)) === 'required' ? undefined : phone
}

async function removePhone(
  { stores, audit, codes }: ResumeOptions,
  tx: Transaction,
  context: StepContext,
  { id, name, codesId }: UnverifiedPhone,
): Promise<boolean> {
  const userId = requireUserId(context)
  await stores.challenges.withdrawAll(tx, id)
  if (!(await stores.devices.remove(tx, userId, { id, status: 'new' }))) return true
  await dropCodes(codes, tx, { codesId })
  if (context.answers?.action === 'not_mine') {
    await audit.record(tx, authenticatorEvents.rejected, { userId, deviceId: id, name })
  }
  return true
}
