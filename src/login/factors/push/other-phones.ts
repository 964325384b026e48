/** The other phones of a user, to which a login can be sent instead. Owns which of them are offered, and their buttons. */
import { message } from '../../../platform/ui/message.ts'
import type { ChoiceOption } from '../../engine/prompt.ts'
import { requireUserId, type StepContext } from '../../engine/step.ts'
import { createCardValue } from '../enrolled.ts'
import type { ChallengeScene } from './approval.ts'
import type { PushDevice } from './devices.ts'
import { listAskable, type SendOptions } from './send.ts'

/** More than these are behind one button. */
const maxButtons = 2

/** The answer that leads to the list of all factors, where each phone has its name. */
export const allPhones = 'phones'

/** None after a denial or a wrong number: these say something about the login. */
export async function findOtherPhones(
  options: SendOptions,
  context: StepContext,
  { purpose, state, device }: Pick<ChallengeScene, 'purpose' | 'state' | 'device'>,
): Promise<readonly PushDevice[]> {
  if (purpose !== 'login' || (state !== 'waiting' && state !== 'expired')) return []
  const all = await options.stores.devices.listActive(options.db, requireUserId(context))
  if (all.length < 2) return []
  return (await listAskable(options, context, all)).filter(({ id }) => id !== device.id)
}

export const createPhoneValue = ({ id }: Pick<PushDevice, 'id'>): string =>
  createCardValue('push', id)

export function createPhoneOptions(phones: readonly PushDevice[]): ChoiceOption[] {
  if (phones.length > maxButtons) {
    return [{ value: allPhones, label: message('push.send_elsewhere'), look: 'secondary' }]
  }
  return phones.map((phone) => ({
    value: createPhoneValue(phone),
    label:
      phone.name === null
        ? message('push.send_elsewhere')
        : message('push.send_to', { device: phone.name }),
    look: 'secondary',
  }))
}
