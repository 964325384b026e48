/** The page that offers to go on with a phone that was registered and not verified. Owns what its answers do. */
import type { Audit } from '../../../identity/audit/audit.ts'
import type { Database } from '../../../platform/storage/database.ts'
import { message } from '../../../platform/ui/message.ts'
import type { Form } from '../../engine/prompt.ts'
import { requireUserId, type StepContext, type StepResult } from '../../engine/step.ts'
import { type BegunPhone, createResumePage } from '../approval/resume-page.ts'
import { deviceEntry, registrationEntry, resumeDeclinedEntry, resumedEntry } from './data.ts'
import { pushEvents } from './events.ts'
import { dropCodes, type LinkedCodesOptions } from './linked-codes.ts'
import type { PendingPhone } from './pending-phones.ts'
import type { PushStores } from './stores.ts'

export interface ResumeOptions extends LinkedCodesOptions {
  readonly db: Database
  readonly stores: PushStores
  readonly audit: Audit
}

/** `undefined`: there is no such phone, or the user wants a new code, so the QR code is shown. */
export async function offerResume(
  options: ResumeOptions,
  context: StepContext,
): Promise<StepResult<'registered'> | undefined> {
  const action = context.answers?.action
  if (action === 'renew' || resumeDeclinedEntry.read(context.data) === true) return undefined
  const phone = await options.stores.pending.findResumable(options.db, requireUserId(context))
  if (phone === undefined) return undefined
  const form = createResumeForm(phone)
  if (action === 'not_mine') return rejectPhone(options, context, phone, form)
  if (action !== 'resume') return { type: 'ask', form }
  const data = {
    ...registrationEntry.write(phone.registrationId),
    ...deviceEntry.write(phone.deviceId),
    ...resumedEntry.write(true),
  }
  return { type: 'done', outcome: 'registered', change: { data } }
}

/** The engine runs the step again after the commit; then the QR code is shown. */
function rejectPhone(
  options: ResumeOptions,
  context: StepContext,
  { deviceId, name, registrationId }: PendingPhone,
  form: Form,
): StepResult<'registered'> {
  const userId = requireUserId(context)
  return {
    type: 'ask',
    form,
    change: {
      data: resumeDeclinedEntry.write(true),
      async write(queries) {
        const { pending, registrations } = options.stores
        await dropCodes(options, queries, await registrations.find(queries, registrationId))
        if (!(await pending.remove(queries, userId, deviceId))) return true
        await options.audit.record(queries, pushEvents.rejected, { userId, deviceId, name })
        return true
      },
    },
  }
}

export const createResumeForm = (phone: BegunPhone): Form =>
  createResumePage(phone, {
    lead: 'resume.lead',
    goOnHint: 'resume.go_on.hint',
    renewHint: 'resume.renew.hint',
  })

/** A wrong number or a denial ends a resumed test: the phone may be another person's. */
export const resumeEndedForm: Form = {
  title: message('resume.ended.title'),
  width: 'narrow',
  prompts: [
    { type: 'notice', tone: 'error', text: message('resume.ended.text') },
    {
      type: 'choice',
      name: 'action',
      options: [{ value: 'back', label: message('enrol.phone.renew'), look: 'primary' }],
    },
  ],
}
