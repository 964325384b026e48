/**
 * Asks a phone while its owner is at the telephone with the service desk. The phone shows three numbers, and the caller chooses
 * any of them and reads it out. The desk knows no number before, so it can give none away. Any chosen number approves the answer;
 * only its hash is stored, and the desk's entry is compared with it once.
 */
import type { AnswerReading } from '#forgerock-push'
import { sha256 } from '../../../platform/kernel/crypto.ts'
import { findTimeZone } from '../../../platform/ui/translate.ts'
import { type CallerPhones, createCallerCheck } from '../approval/caller-check.ts'
import { createSenderMetrics } from '../approval/sending/metrics.ts'
import { systemTimers } from '../approval/sending/resilient.ts'
import type { CallerCheck, CallerParts, CallerWords } from '../caller.ts'
import { type ChallengeAnswer, isUndelivered, type PushChallenge, toStored } from './challenges.ts'
import { createDelivery, type PushDelivery } from './delivery.ts'
import type { PushDevice } from './devices.ts'
import { unanswered } from './send.ts'
import { openSenders } from './senders/open.ts'
import type { PushSender } from './senders/sender.ts'
import { openPushStores, type PushStores } from './stores.ts'

export interface PhoneAnswer {
  readonly answer: ChallengeAnswer
  /** The same for an identical repeat. */
  readonly answerHash: string
}

/** What a phone's answer means to the challenge that it answers. */
export function judgeAnswer(
  { purpose, numbers }: Pick<PushChallenge, 'purpose' | 'numbers'>,
  reading: Exclude<AnswerReading, { type: 'refused' }>,
): PhoneAnswer {
  const number = reading.type === 'wrong_number' ? reading.number : undefined
  if (purpose === 'caller' && reading.type !== 'denied') {
    const chosen = reading.type === 'approved' ? numbers.right : (number ?? 0)
    if (numbers.numbers.includes(chosen))
      return { answer: 'approved', answerHash: hashChosen(chosen) }
  }
  const detail = reading.type === 'wrong_number' ? (number ?? 'none') : ''
  return { answer: reading.type, answerHash: sha256(`${reading.type}\n${detail}`) }
}

const hashChosen = (number: number): string => sha256(`chosen\n${number}`)

export interface CallerSending {
  readonly senders: readonly PushSender[]
  readonly delivery: PushDelivery
  readonly brandName: string
}

/** Opens its own senders: the command sends the message, and the running server receives the answer. */
export async function openCallerCheck(parts: CallerParts): Promise<CallerCheck> {
  const { db, events, log, stores, users } = parts
  const { config, clock, audit } = stores
  const metrics = createSenderMetrics()
  const senders = await openSenders({
    ...parts,
    ...stores,
    config: config.push.senders,
    metrics,
  })
  const phones = openPushStores({
    ...stores,
    registrationLifetime: config.push.registration_lifetime,
    challengeLifetime: config.push.challenge_lifetime,
  })
  const delivery = createDelivery({
    ...{ db, senders, events, audit, log, stores: phones },
    time: { clock, timers: systemTimers, timeZone: findTimeZone(config) },
    wording: { context: config.push.context, users, fallback: config.default_language },
  })
  const sending = { senders, delivery, brandName: config.brand.name }
  return createCallerCheck({ ...parts, ...stores }, createCallerPhones(phones, sending))
}

const words: CallerWords = {
  instruction: `Ask the caller to choose any of the numbers on it, and then to read out the number that they chose.
Name no number yourself.`,
  question: 'The caller has chosen. The number that the caller reads out: ',
  wrong: 'this is not the number that was chosen',
}

export function createCallerPhones(
  { devices, challenges }: PushStores,
  { senders, delivery, brandName }: CallerSending,
): CallerPhones<PushDevice, ReturnType<typeof toStored>> {
  return {
    kind: 'push',
    words,
    listActive: devices.listActive,
    explainUnasked: (device) => explainUnasked(senders, device),
    requests: {
      budget: challenges,
      draw({ userId, id: deviceId }, journeyHash) {
        const bound = {
          journeyHash,
          userId,
          deviceId,
          purpose: 'caller',
          type: 'challenge',
        } as const
        return toStored({ ...challenges.draw(bound), ...unanswered })
      },
      add: (queries, { id: messageId, ...asked }) =>
        challenges.add(queries, { ...asked, messageId }),
      async find(queries, id) {
        const challenge = await challenges.find(queries, id)
        return challenge && toStored(challenge)
      },
      start(device, { id: messageId, ...asked }) {
        const challenge = { ...asked, messageId }
        delivery.start({ device, challenge, app: brandName, client: undefined })
      },
      isUndelivered: ({ delivery: state }) => isUndelivered(state) || state === 'gone',
      consume: challenges.consume,
      isRight({ answerHash }, readOut) {
        const digits = /^\s*(\d{1,2})\s*$/.exec(readOut)?.[1]
        return digits !== undefined && answerHash === hashChosen(Number(digits))
      },
    },
    async close() {
      await delivery.settle()
      await Promise.all(senders.map((sender) => sender.close?.()))
    },
  }
}

/** `undefined`: the phone can be asked. */
function explainUnasked(senders: readonly PushSender[], device: PushDevice): string | undefined {
  const name = device.name === null ? 'The phone' : JSON.stringify(device.name)
  if (!device.showsNumbers) return `${name} has an app that is too old to show numbers.`
  if (!senders.some((sender) => sender.accepts(device)))
    return `${name} has an address that no configured sender reaches.`
  return device.pushDisabledAt === null ? undefined : `No notification reaches ${name} any more.`
}
