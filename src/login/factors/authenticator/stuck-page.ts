/** The pages that say why a phone is not asked, as far as only this factor has them. */
import { message } from '../../../platform/ui/message.ts'
import type { Form } from '../../engine/prompt.ts'
import { createStuckForm, createStuckTestForm, type StuckPage } from '../approval/limited-page.ts'

/** The page for a user who has no such phone any more. */
export const createNoPhoneForm = (stuck: StuckPage): Form =>
  createStuckForm(message('push.no_device.title'), message('push.no_device.text'), stuck)

/** The page for a user whose phone was removed while it was asked, because a copy of it was used. */
export const createCopiedForm = (device: string, stuck: StuckPage): Form =>
  createStuckForm(
    message('phone_code.copied.title'),
    message('phone_code.copied.text', { device }),
    stuck,
  )

/** Two phones have used the link, and nobody can tell which of them is the owner's. */
export const refusedTestForm: Form = createStuckTestForm(
  message('phone_code.second.title'),
  message('phone_code.second.text'),
  message('enrol.phone.renew'),
)

/** The phone was removed, or was found to be copied, before it was verified. */
export const removedTestForm: Form = createStuckTestForm(
  message('push.no_device.title'),
  message('phone_code.gone.text'),
  message('enrol.phone.renew'),
)
