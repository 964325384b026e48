/** Lets users list, rename and remove their phones. The answers of a removed phone are refused as soon as the removal is committed. */
import type { Audit } from '../../../identity/audit/audit.ts'
import { acrNumber, acrPossession } from '../../../identity/policy/assurance.ts'
import { message } from '../../../platform/ui/message.ts'
import type {
  Authenticator,
  AuthenticatorChoice,
  Authenticators,
  EnrolledNotice,
  Factor,
} from '../factor.ts'
import type { PushChallengeStore } from './challenges.ts'
import type { PushDelivery } from './delivery.ts'
import { createUnreachableTitle } from './delivery-words.ts'
import type { PushDevice, PushDeviceStore } from './devices.ts'
import { pushEvents } from './events.ts'
import { pushNotices } from './notices.ts'
import type { PushRules } from './rules.ts'

export interface PushAuthenticatorsOptions {
  readonly devices: PushDeviceStore
  readonly challenges: PushChallengeStore
  readonly audit: Audit
  /** Whether a sender of this installation is for the address of this phone. */
  readonly hasSenderFor: (device: PushDevice) => boolean | Promise<boolean>
}

export function createPushAuthenticators(options: PushAuthenticatorsOptions): Authenticators {
  const { devices, challenges, audit } = options
  return {
    kind: 'push',
    removalNotice: pushNotices.removed,

    async list(queries, userId) {
      const own = await devices.listActive(queries, userId)
      return await Promise.all(
        own.map(async (device) => createAuthenticator(device, await options.hasSenderFor(device))),
      )
    },

    async rename(queries, userId, id, name) {
      if (!(await devices.rename(queries, userId, id, name))) return false
      await audit.record(queries, pushEvents.renamed, { userId, deviceId: id, name })
      return true
    },

    async remove(tx, userId, id, by) {
      const own = await devices.listActive(tx, userId)
      const device = own.find((one) => one.id === id)
      if (device === undefined) return undefined
      // Challenges come first, in the order of locks that spending an approval has too: the challenge, then the phone.
      const waiting = await challenges.withdrawAll(tx, id)
      if (!(await devices.remove(tx, userId, id))) return undefined
      await audit.record(tx, pushEvents.removed, {
        userId,
        deviceId: id,
        name: device.name,
        by,
      })
      return {
        waiting,
        provenBy: [id],
      }
    },
  }
}

function createAuthenticator(device: PushDevice, hasSender: boolean): Authenticator {
  const isReached = device.pushDisabledAt === null && hasSender
  return {
    id: device.id,
    kind: 'push',
    name: device.name,
    addedAt: device.activatedAt ?? device.createdAt,
    lastUsedAt: device.lastUsedAt,
    level: device.showsNumbers ? acrNumber : acrPossession,
    ...(device.codesId !== null && { goesWith: [device.codesId] }),
    state: isReached ? 'usable' : 'cannot_be_reached',
    ...(!hasSender && { lacksSender: true }),
    canBeTested: true,
    facts: [
      {
        label: message('authenticator.push'),
        value: message(isReached ? 'authenticator.push.on' : 'authenticator.push.off'),
      },
    ],
  }
}

export function createFindEnrolled(
  devices: PushDeviceStore,
  { hasSenderFor }: Pick<PushDelivery, 'hasSenderFor'>,
): Factor['findEnrolled'] {
  return async (queries, userId) => {
    const phones = await devices.listActive(queries, userId)
    const [device] = phones
    if (device === undefined) return undefined
    const notice = createNotice(devices, phones)
    const reached = phones.filter((one) => one.pushDisabledAt === null && hasSenderFor(one))
    return {
      lastUsedAt: Math.max(...phones.map((one) => one.lastUsedAt ?? 0)) || null,
      // A phone that cannot be reached keeps its level. Otherwise a weaker factor would be enough once the phone is lost.
      ...(phones.every(({ showsNumbers }) => !showsNumbers) && { level: acrPossession }),
      ...(reached.length === 0 && { isUnreachable: true }),
      choices: reached.map(createChoice),
      ...(notice !== undefined && { notice }),
    }
  }
}

function createChoice({ id, name, lastUsedAt, showsNumbers }: PushDevice): AuthenticatorChoice {
  return {
    id,
    phone: { name },
    label: name === null ? message('other.push') : message('other.push.named', { device: name }),
    ...(lastUsedAt !== null && { hint: message('other.push.used', { at: lastUsedAt }) }),
    ...(!showsNumbers && { level: acrPossession }),
  }
}

/** A phone whose app shows no numbers is a choice only where the rule of this login lets it approve with a tap. */
export function createListAskable({
  allowsPlain,
}: Pick<PushRules, 'allowsPlain'>): NonNullable<Factor['listAskable']> {
  const isPlain = ({ level }: AuthenticatorChoice) => level !== undefined
  return async (context, choices) =>
    !choices.some(isPlain) || (await allowsPlain(context))
      ? choices
      : choices.filter((one) => !isPlain(one))
}

function createNotice(
  devices: PushDeviceStore,
  phones: readonly PushDevice[],
): EnrolledNotice | undefined {
  const lost = phones.filter(
    ({ pushDisabledAt, unreachableNotifiedAt }) =>
      pushDisabledAt !== null && unreachableNotifiedAt === null,
  )
  const [first] = lost
  if (first === undefined) return undefined
  return {
    title: createUnreachableTitle(first),
    text: message('push.disabled.news'),
    noteRead: (queries) =>
      devices.noteUnreachableNotified(
        queries,
        lost.map(({ id }) => id),
      ),
  }
}
