/** The other phones of the same kind, to which a login can be sent instead. Owns which of them are offered. */
import { requireUserId, type StepContext } from '../../engine/step.ts'
import { isSaidLost } from '../trouble.ts'
import type { ChallengeScene } from './approval.ts'
import type { PushDevice } from './devices.ts'
import { listAskable, type SendOptions } from './send.ts'

/** None after a denial or a wrong number: these say something about the login. */
export async function findOtherPhones(
  options: SendOptions,
  context: StepContext,
  { purpose, state, device }: Pick<ChallengeScene, 'purpose' | 'state' | 'device'>,
): Promise<readonly PushDevice[]> {
  if (purpose !== 'login' || (state !== 'waiting' && state !== 'expired')) return []
  const all = await options.stores.devices.listActive(options.db, requireUserId(context))
  if (all.length < 2) return []
  return (await listAskable(options, context, all)).filter(
    ({ id }) => id !== device.id && !isSaidLost(context.data, id),
  )
}
