/**
 * Asks a phone while its owner is at the telephone with the service desk. Owns which phone is asked, that one is asked at a time,
 * and that the caller's answer is compared once. The factor owns what the caller reads out, and how it is compared.
 */
import type { Clock } from '../../../platform/kernel/clock.ts'
import type { Events } from '../../../platform/kernel/events.ts'
import type { Id } from '../../../platform/kernel/ids.ts'
import type { Random } from '../../../platform/kernel/random.ts'
import type { Database, Queries } from '../../../platform/storage/database.ts'
import { transact } from '../../../platform/storage/transact.ts'
import { wakeAfterCommit } from '../../engine/ended-logins.ts'
import type {
  AskOutcome,
  CallerCheck,
  CallerParts,
  CallerRequest,
  CallerState,
  CallerWords,
} from '../caller.ts'
import type { FactorKind } from '../index.ts'
import type { createBudget } from './budget.ts'
import { type AskedRequest, getRequestState } from './requests.ts'

export interface CallerCheckOptions {
  readonly db: Database
  readonly clock: Clock
  readonly random: Random
  readonly events: Pick<Events, 'wake'>
  readonly lockout: CallerParts['lockout']
}

export interface CallerPhone {
  readonly id: string
  readonly userId: Id<'user'>
  readonly name: string | null
  readonly createdAt: number
  readonly lastUsedAt: number | null
}

export interface AskedCaller extends AskedRequest<string> {
  readonly id: string
  readonly deviceId: string
  readonly journeyHash: string
  readonly purpose: string
}

/** The phones of one kind. */
export interface CallerPhones<Phone extends CallerPhone, Asked extends AskedCaller> {
  readonly kind: FactorKind
  readonly words: CallerWords
  readonly listActive: (queries: Queries, userId: Id<'user'>) => Promise<Phone[]>
  /** `undefined`: the phone can be asked. */
  readonly explainUnasked: (phone: Phone) => string | undefined
  readonly requests: CallerRequests<Phone, Asked>
  readonly close: () => Promise<void>
}

export interface CallerRequests<Phone, Asked> {
  readonly budget: Pick<ReturnType<typeof createBudget>, 'findCallerLimit'>
  draw(phone: Phone, journeyHash: string): Asked
  /** @returns the hashes of the journeys whose request it supersedes */
  add(queries: Queries, asked: Asked): Promise<string[]>
  find(queries: Queries, id: string): Promise<Asked | undefined>
  /** After the commit. */
  start(phone: Phone, asked: Asked): void
  /** Whether no answer can come, because the message was not delivered. */
  isUndelivered(asked: Asked): boolean
  consume(queries: Queries, id: string, journeyHash: string): Promise<boolean>
  isRight(asked: Asked, readOut: string): boolean
}

export function createCallerCheck<Phone extends CallerPhone, Asked extends AskedCaller>(
  options: CallerCheckOptions,
  phones: CallerPhones<Phone, Asked>,
): CallerCheck {
  return {
    words: phones.words,
    ask: (userId, authenticatorId) => ask(options, phones, userId, authenticatorId),
    async findLastUsed(userId) {
      const [last] = await phones.listActive(options.db, userId)
      return last && (last.lastUsedAt ?? last.createdAt)
    },
    findState: (request) => findState(options, phones, request),
    compare: (queries, request, readOut) => compare(options, phones, queries, { request, readOut }),
    close: phones.close,
  }
}

const refuse = (reason: string): AskOutcome => ({ type: 'not_asked', reason })

async function ask<Phone extends CallerPhone, Asked extends AskedCaller>(
  options: CallerCheckOptions,
  phones: CallerPhones<Phone, Asked>,
  userId: Id<'user'>,
  authenticatorId: string | undefined,
): Promise<AskOutcome> {
  const { db, lockout } = options
  const refusal = await lockout.findRefusal(db, userId, phones.kind, 'known')
  if (refusal?.type === 'off')
    return refuse('Approval on the phone is locked after too many wrong attempts.')
  const own = await phones.listActive(db, userId)
  const named = own.filter(({ id }) => authenticatorId === undefined || id === authenticatorId)
  if (named.length === 0) return refuse('The user has no such phone.')
  const reasons = named.map((phone) => ({ phone, reason: phones.explainUnasked(phone) }))
  const phone = reasons.find(({ reason }) => reason === undefined)?.phone
  if (phone === undefined) return refuse(reasons.map(({ reason }) => reason).join(' '))
  return await send(options, phones, phone)
}

/**
 * Supersedes a login that waits for its answer: otherwise a person who knows the password could prevent the verification of the
 * owner. The block after a report does not apply, because the owner is at the telephone.
 */
async function send<Phone extends CallerPhone, Asked extends AskedCaller>(
  { db, random, events }: CallerCheckOptions,
  { requests }: CallerPhones<Phone, Asked>,
  phone: Phone,
): Promise<AskOutcome> {
  const asked = requests.draw(phone, `caller:${random.uuid()}`)
  const limit = await transact(db, async (tx) => {
    const reached = await requests.budget.findCallerLimit(tx, phone.userId)
    if (reached !== undefined) return reached
    wakeAfterCommit(events, tx, await requests.add(tx, asked))
    return undefined
  })
  if (limit !== undefined)
    return refuse(
      `The phones of this user were asked too often. The next time is ${new Date(limit.until).toISOString()}.`,
    )
  requests.start(phone, asked)
  const { id, deviceId: authenticatorId, expiresAt } = asked
  return { type: 'asked', request: { id, authenticatorId, name: phone.name, expiresAt } }
}

async function findState<Phone extends CallerPhone, Asked extends AskedCaller>(
  { db, clock }: CallerCheckOptions,
  { requests }: CallerPhones<Phone, Asked>,
  { id }: CallerRequest,
): Promise<CallerState> {
  const asked = await requests.find(db, id)
  if (asked === undefined) return 'superseded'
  const state = getRequestState(asked, clock.now())
  switch (state) {
    case 'waiting':
      return requests.isUndelivered(asked) ? 'not_delivered' : 'waiting'
    case 'approved':
      return 'chosen'
    case 'expired':
    case 'superseded':
      return state
    case 'spent':
      return 'superseded'
    default:
      return 'denied'
  }
}

interface Read {
  readonly request: CallerRequest
  readonly readOut: string
}

/** Spends the answer before comparing it, so that there is one guess. */
async function compare<Phone extends CallerPhone, Asked extends AskedCaller>(
  { clock }: CallerCheckOptions,
  { requests }: CallerPhones<Phone, Asked>,
  queries: Queries,
  { request: { id }, readOut }: Read,
): Promise<boolean> {
  const asked = await requests.find(queries, id)
  if (asked === undefined || asked.purpose !== 'caller') return false
  if (getRequestState(asked, clock.now()) !== 'approved') return false
  if (!(await requests.consume(queries, id, asked.journeyHash))) return false
  return requests.isRight(asked, readOut)
}
