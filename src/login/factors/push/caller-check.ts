/**
 * Asks a phone while its owner is at the telephone with the service desk. The phone shows three numbers, of which the caller
 * chooses any and reads it out. No number is known to the desk before, so that it can give none away: the answer is
 * approved with whichever number was chosen, and only its hash is stored, against which the desk's entry is compared once.
 */
import type { AnswerReading } from '#forgerock-push'
import type { Clock } from '../../../platform/kernel/clock.ts'
import { sha256 } from '../../../platform/kernel/crypto.ts'
import type { Events } from '../../../platform/kernel/events.ts'
import type { Id } from '../../../platform/kernel/ids.ts'
import type { Random } from '../../../platform/kernel/random.ts'
import type { Database, Queries } from '../../../platform/storage/database.ts'
import { transact } from '../../../platform/storage/transact.ts'
import { findTimeZone } from '../../../platform/ui/translate.ts'
import { wakeAfterCommit } from '../../engine/ended-logins.ts'
import type { AskOutcome, CallerCheck, CallerParts, CallerRequest, CallerState } from '../caller.ts'
import {
  type ChallengeAnswer,
  getChallengeState,
  isUndelivered,
  type NewChallenge,
  type PushChallenge,
} from './challenges.ts'
import { createDelivery, type PushDelivery } from './delivery.ts'
import type { PushDevice } from './devices.ts'
import { createSenderMetrics } from './senders/metrics.ts'
import { openSenders } from './senders/open.ts'
import { systemTimers } from './senders/resilient.ts'
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

export interface CallerCheckOptions {
  readonly db: Database
  readonly clock: Clock
  readonly random: Random
  readonly events: Pick<Events, 'wake'>
  readonly lockout: CallerParts['lockout']
  readonly phones: PushStores
  readonly sending: CallerSending
}

interface CallerSending {
  readonly senders: readonly PushSender[]
  readonly delivery: PushDelivery
  readonly brandName: string
}

/** Opens senders of its own: the command sends the message, and the running server takes the answer. */
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
  return createCallerCheck({ ...parts, ...stores, phones, sending })
}

export function createCallerCheck(options: CallerCheckOptions): CallerCheck {
  const { senders, delivery } = options.sending
  return {
    ask: (userId, authenticatorId) => ask(options, userId, authenticatorId),
    findState: (request) => findState(options, request),
    compare: (queries, request, readOut) => compare(options, queries, request, readOut),
    async close() {
      await delivery.settle()
      await Promise.all(senders.map((sender) => sender.close?.()))
    },
  }
}

const refuse = (reason: string): AskOutcome => ({ type: 'not_asked', reason })

async function ask(
  options: CallerCheckOptions,
  userId: Id<'user'>,
  authenticatorId: string | undefined,
): Promise<AskOutcome> {
  const { db, lockout, phones } = options
  const refusal = await lockout.findRefusal(db, userId, 'push')
  if (refusal?.type === 'off')
    return refuse('Approval on the phone is locked after too many wrong attempts.')
  const own = await phones.devices.listActive(db, userId)
  const named = own.filter(({ id }) => authenticatorId === undefined || id === authenticatorId)
  if (named.length === 0) return refuse('The user has no such phone.')
  const reasons = named.map((device) => ({ device, reason: explainUnasked(options, device) }))
  const device = reasons.find(({ reason }) => reason === undefined)?.device
  if (device === undefined) return refuse(reasons.map(({ reason }) => reason).join(' '))
  return await send(options, device)
}

/** `undefined`: the phone can be asked. */
function explainUnasked(
  { sending: { senders } }: CallerCheckOptions,
  device: PushDevice,
): string | undefined {
  const name = device.name === null ? 'The phone' : JSON.stringify(device.name)
  if (!device.showsNumbers) return `${name} has an app that is too old to show numbers.`
  if (!senders.some((sender) => sender.accepts(device)))
    return `${name} has an address that no configured sender reaches.`
  return device.pushDisabledAt === null ? undefined : `No notification reaches ${name} any more.`
}

/**
 * A login that waits for its answer is superseded: otherwise a person who knows the password could keep the owner from
 * being verified. The block after a report does not matter, as its owner is at the telephone.
 */
async function send(options: CallerCheckOptions, device: PushDevice): Promise<AskOutcome> {
  const { db, random, events, sending, phones } = options
  const { userId, id: deviceId, name } = device
  const journeyHash = `caller:${random.uuid()}`
  const bound = { journeyHash, userId, deviceId, purpose: 'caller', type: 'challenge' } as const
  const challenge = phones.challenges.draw(bound)
  const limit = await transact(db, async (tx) => {
    const reached = await phones.challenges.findCallerLimit(tx, userId)
    if (reached !== undefined) return reached
    wakeAfterCommit(events, tx, await phones.challenges.add(tx, challenge))
    return undefined
  })
  if (limit !== undefined)
    return refuse(
      `The phones of this user were asked too often. The next time is ${new Date(limit.until).toISOString()}.`,
    )
  sending.delivery.start({ device, challenge, app: sending.brandName, client: undefined })
  return { type: 'asked', request: createRequest(challenge, name) }
}

function createRequest(
  { messageId, deviceId, expiresAt }: NewChallenge,
  name: string | null,
): CallerRequest {
  return { id: messageId, authenticatorId: deviceId, name, expiresAt }
}

async function findState(
  { db, clock, phones }: CallerCheckOptions,
  { id }: CallerRequest,
): Promise<CallerState> {
  const challenge = await phones.challenges.find(db, id)
  if (challenge === undefined) return 'superseded'
  switch (getChallengeState(challenge, clock.now())) {
    case 'waiting':
      return isUndelivered(challenge.delivery) || challenge.delivery === 'gone'
        ? 'not_delivered'
        : 'waiting'
    case 'approved':
      return 'chosen'
    case 'denied':
    case 'wrong_number':
      return 'denied'
    case 'expired':
      return 'expired'
    default:
      return 'superseded'
  }
}

/** Spends the answer first, so that there is one guess. */
async function compare(
  { clock, phones }: CallerCheckOptions,
  queries: Queries,
  { id }: CallerRequest,
  readOut: string,
): Promise<boolean> {
  const challenge = await phones.challenges.find(queries, id)
  if (challenge === undefined || challenge.purpose !== 'caller') return false
  if (getChallengeState(challenge, clock.now()) !== 'approved') return false
  if (!(await phones.challenges.consume(queries, id, challenge.journeyHash))) return false
  const digits = /^\s*(\d{1,2})\s*$/.exec(readOut)?.[1]
  return digits !== undefined && challenge.answerHash === hashChosen(Number(digits))
}
