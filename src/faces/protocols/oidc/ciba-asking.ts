/**
 * Asks a phone for a request of CIBA after the app has its answer. Owns when a phone is asked again: whenever the phone was busy,
 * and once more if the first attempt failed or its node ended before it asked. Until then the request is stored, in the same way
 * for a person who does not exist. The code is sealed, and stays the one that the app shows.
 */
import type { Apps } from '../../../identity/apps/apps.ts'
import type { BackchannelLogins } from '../../../login/backchannel/backchannel.ts'
import { type Clock, seconds } from '../../../platform/kernel/clock.ts'
import type { Id } from '../../../platform/kernel/ids.ts'
import type { ProtocolBase } from '../protocol.ts'
import type { CibaCounts } from './ciba-counts.ts'
import { readWishes } from './entry.ts'
import { oidcEvents } from './events.ts'
import type { BackchannelRequest } from './library.ts'
import { backchannelModel } from './records.ts'
import { nameReachedLevel, readRequestedLogin } from './requested-claims.ts'
import { answer, findWaiting, type WaitingRequest } from './waiting-requests.ts'

/** Apps poll every five seconds, too. */
const betweenAttempts = seconds(5)

export interface AskingOptions {
  readonly base: ProtocolBase
  readonly apps: Pick<Apps, 'find'>
  readonly backchannel: BackchannelLogins
  readonly counts: Pick<CibaCounts, 'count'>
}

type PhoneRequest = Parameters<BackchannelLogins['ask']>[0]

/** A request for which a phone is asked. */
interface Asking extends Pick<PhoneRequest, 'id' | 'code' | 'expiresAt'> {
  readonly appId: string
  readonly userId: string
  readonly params: WaitingRequest['params']
  /** An earlier attempt failed, so that no other follows. */
  readonly isRepeated?: true
}

export type PhoneAsking = ReturnType<typeof createPhoneAsking>

export function createPhoneAsking(options: AskingOptions) {
  const { db, nodes, log, clock } = options.base
  const running = new Set<Promise<void>>()
  const failed = createFailed(clock)

  function track(work: Promise<void>): void {
    const done = work.finally(() => running.delete(done))
    running.add(done)
  }

  function run(asking: Asking): void {
    track(askPhone(options, asking).catch((error: unknown) => noteFailure(asking, error)))
  }

  /** Never throws: the app already has its answer. */
  async function noteFailure(asking: Asking, error: unknown): Promise<void> {
    const { appId } = asking
    log.error({ error, appId }, 'A phone could not be asked.')
    if (asking.isRepeated) return
    try {
      await hold(options, { ...asking, isRepeated: true })
    } catch (error) {
      log.error(
        { error, appId },
        'Until the database answers, only this node can ask the phone again.',
      )
      failed.add(asking)
      holdLater(asking)
    }
  }

  function holdLater(asking: Asking): void {
    setTimeout(() => track(tryToHold(asking)), betweenAttempts).unref()
  }

  /** Never throws. Goes on until every node can ask the phone again. */
  async function tryToHold(asking: Asking): Promise<void> {
    if (clock.now() >= asking.expiresAt || !failed.has(asking.id)) return
    try {
      await hold(options, { ...asking, isRepeated: true })
    } catch {
      holdLater(asking)
    }
  }

  /** `undefined`: a phone was asked, or is being asked, or is not asked any more. */
  async function findDue(waiting: WaitingRequest, id: string): Promise<Asking | undefined> {
    const { held, asker } = waiting
    if (held !== undefined) return open(options, waiting, 'held')
    if (asker === undefined) return undefined
    const isLost = asker === nodes.own ? failed.take(id) : await nodes.isGone(asker)
    if (!isLost) return undefined
    const asking = open(options, waiting, 'asking')
    return asking.isRepeated ? undefined : { ...asking, isRepeated: true }
  }

  return {
    /**
     * Asks, and waits only until the request is stored.
     * @param isAdmitted `false`: no phone is asked, and a poll takes the same time
     */
    async start(asking: Asking, isAdmitted: boolean): Promise<void> {
      const waiting = await findWaiting(db, backchannelModel, asking.id)
      if (waiting !== undefined) {
        const stored = seal(options, waiting, 'asking', asking)
        await answer(db, waiting, { ...stored, ...(isAdmitted && { asker: nodes.own }) })
      }
      if (isAdmitted) run(asking)
      else noteNotAsked(options, asking.appId, 'too_many')
    },

    /** Asks again, on any node, while the app still waits. Of two polls at the same time, only one asks. */
    async askAgain({ jti: id }: BackchannelRequest): Promise<void> {
      const waiting = await findWaiting(db, backchannelModel, id)
      if (waiting === undefined) return
      const due = await findDue(waiting, id)
      if (due === undefined) return
      const stored = { held: undefined, ...seal(options, waiting, 'asking', due) }
      if (await answer(db, waiting, { ...stored, asker: nodes.own })) run(due)
    },

    /** Waits until all running requests have asked their phones. */
    async settled(): Promise<void> {
      await Promise.all(running)
    },
  }
}

/** The failures of this node that the database did not accept, as long as their apps wait. */
function createFailed(clock: Clock) {
  const ends = new Map<string, number>()
  return {
    add({ id, expiresAt }: Asking): void {
      for (const [other, end] of ends) if (end <= clock.now()) ends.delete(other)
      ends.set(id, expiresAt)
    },
    has: (id: string): boolean => ends.has(id),
    take: (id: string): boolean => ends.delete(id),
  }
}

/** `held`: no node asks. */
type Place = 'asking' | 'held'

const createContext = (id: string, place: Place) => `oidc_records/${id}/${place}`

function seal(
  { base: { keyring } }: AskingOptions,
  waiting: WaitingRequest,
  place: Place,
  { id, userId, code, expiresAt, isRepeated }: Asking,
): Readonly<Partial<Record<Place, string>>> {
  const text = JSON.stringify({ id, userId, code, expiresAt, isRepeated })
  return { [place]: keyring.seal(createContext(waiting.id, place), Buffer.from(text)) }
}

function open(
  { base: { keyring } }: AskingOptions,
  { id, clientId: appId, params, ...waiting }: WaitingRequest,
  place: Place,
): Asking {
  const text = Buffer.from(keyring.open(createContext(id, place), waiting[place] ?? '')).toString()
  return { appId, params, ...(JSON.parse(text) as Omit<Asking, 'appId' | 'params'>) }
}

/** Stores the request for the node that the app polls next. */
async function hold(options: AskingOptions, asking: Asking): Promise<void> {
  const { db } = options.base
  const waiting = await findWaiting(db, backchannelModel, asking.id)
  if (waiting === undefined) return
  const stored = { asking: undefined, asker: undefined, ...seal(options, waiting, 'held', asking) }
  await answer(db, waiting, stored)
}

async function askPhone(
  options: AskingOptions,
  { appId, params, isRepeated, ...asking }: Asking,
): Promise<void> {
  const { base, apps, backchannel, counts } = options
  const { db, audit } = base
  const message = readMessage(params)
  const userId = asking.userId as Id<'user'>
  const app = await apps.find(db, appId)
  if (app === undefined) return
  const request = { ...asking, app, userId, message, ...readLevels(params) }
  // The attempt may have failed, or its node ended, after the phone was asked.
  if (isRepeated && (await backchannel.isAsked(request))) return
  const outcome = await backchannel.ask(request)
  if (outcome === 'asked') {
    counts.count('asked')
    const facts = { userId, appId, ...(message !== undefined && { message }) }
    await audit.record(db, oidcEvents.phoneAsked, facts)
  } else {
    noteNotAsked(options, appId, outcome)
  }
  if (outcome === 'busy') {
    await hold(options, { ...asking, appId, params, ...(isRepeated && { isRepeated }) })
  }
}

function noteNotAsked({ base, counts }: AskingOptions, appId: string, reason: string): void {
  counts.count('not_asked')
  base.log.info({ appId, reason }, 'An app asked for an approval, and no phone was asked.')
}

/** The levels that the app requests, for the gate and for the check after it. */
export function readLevels(
  params: WaitingRequest['params'],
): Pick<PhoneRequest, 'acrValues' | 'acceptsLevel'> {
  const requested = readRequestedLogin(params.claims)
  return {
    ...readWishes(params, undefined),
    acceptsLevel: (acr) => nameReachedLevel(acr, requested) !== undefined,
  }
}

function readMessage({ binding_message: message }: Asking['params']): string | undefined {
  return typeof message === 'string' ? message : undefined
}
