/**
 * Asks a phone for an app, while no browser waits. Owns three rules: the limits of logins apply, a request supersedes only an
 * earlier one of the same app, and an approval is spent once. The factor owns the request itself.
 */
import type { Clock } from '../../../platform/kernel/clock.ts'
import type { Events } from '../../../platform/kernel/events.ts'
import type { Id } from '../../../platform/kernel/ids.ts'
import type { Queries } from '../../../platform/storage/database.ts'
import { type Transaction, transact } from '../../../platform/storage/transact.ts'
import { wakeAfterCommit } from '../../engine/ended-logins.ts'
import type { NewProof } from '../../engine/step.ts'
import type {
  AppAskOutcome,
  AppRequest,
  AppRequestKey,
  AppRequestState,
  AppRequests,
} from '../app-requests.ts'
import type { FactorKind } from '../index.ts'
import type { Lockout } from '../lockout.ts'
import type { createBudget } from './budget.ts'
import type { HeldBackFacts } from './held-back.ts'
import { describeHeldBack, findSendLimit, type LimitSources, mayStillAsk } from './may-ask.ts'
import { type AskedRequest, getRequestState, type StoredRequest } from './requests.ts'

interface AppPhone {
  readonly id: string
  readonly createdAt: number
  readonly lastUsedAt: number | null
}

interface AskedByApp extends AskedRequest<string>, StoredRequest {}

export interface AppRequestOptions extends LimitSources {
  readonly clock: Clock
  readonly events: Pick<Events, 'wake'>
  readonly lockout: Pick<Lockout, 'findRefusal' | 'succeed'>
  readonly budget: LimitSources['budget'] & Pick<ReturnType<typeof createBudget>, 'isAskedByOthers'>
  readonly noteHeldBack: (facts: HeldBackFacts) => Promise<void>
}

/** The phones of one kind. */
export interface AppPhones<Phone extends AppPhone, Asked extends AskedByApp> {
  readonly kind: FactorKind
  /** The phones that messages reach and on which the code can be entered. */
  listAskable(queries: Queries, userId: Id<'user'>): Promise<Phone[]>
  describeProof(phone: Phone): NewProof
  noteUse(queries: Queries, id: string): Promise<boolean>
  readonly requests: AppRequestStore<Phone, Asked>
}

interface AppRequestStore<Phone, Asked> {
  draw(phone: Phone, request: AppRequest): Asked
  /** @returns the hashes of the journeys whose request it supersedes */
  add(queries: Queries, asked: Asked): Promise<string[]>
  findOfJourney(queries: Queries, key: AppRequestKey): Promise<string | undefined>
  find(queries: Queries, id: string): Promise<Asked | undefined>
  /** After the commit. */
  start(phone: Phone, asked: Asked, request: AppRequest): void
  consume(queries: Queries, id: string, journeyHash: string): Promise<boolean>
  readProof(asked: Asked): NewProof
}

export function createAppRequests<Phone extends AppPhone, Asked extends AskedByApp>(
  options: AppRequestOptions,
  phones: AppPhones<Phone, Asked>,
): AppRequests {
  const findAsked = async (queries: Queries, key: AppRequestKey) => {
    const id = await phones.requests.findOfJourney(queries, key)
    // Also when no phone was asked, so that a wait takes the same time for everybody.
    return await phones.requests.find(queries, id ?? '')
  }
  return {
    async listAskable(queries, userId) {
      const found = await phones.listAskable(queries, userId)
      return found.map((phone) => ({
        id: phone.id,
        lastUsedAt: phone.lastUsedAt ?? phone.createdAt,
        proof: phones.describeProof(phone),
      }))
    },
    async ask(authenticatorId, request) {
      const askable = await phones.listAskable(options.db, request.userId)
      const phone = askable.find(({ id }) => id === authenticatorId)
      return phone === undefined ? 'unreachable' : await ask(options, phones, phone, request)
    },
    async find(queries, key) {
      const asked = await findAsked(queries, key)
      return asked && describeState(options, phones, asked)
    },
    async spend(tx, key) {
      const asked = await findAsked(tx, key)
      return asked !== undefined && (await spend(options, phones, tx, asked))
    },
  }
}

async function ask<Phone extends AppPhone, Asked extends AskedByApp>(
  options: AppRequestOptions,
  { kind, requests }: AppPhones<Phone, Asked>,
  phone: Phone,
  request: AppRequest,
): Promise<AppAskOutcome> {
  const { db, clock, budget, events, noteHeldBack } = options
  const { userId, budgetKey } = request
  const asker = { budgetKey }
  const limit = await findSendLimit(options, { kind, userId, now: clock.now(), asker })
  if (limit !== undefined) {
    const held = describeHeldBack(limit)
    if (held !== undefined) await noteHeldBack({ userId, ...held })
    return held?.reason ?? 'busy'
  }
  const asked = requests.draw(phone, request)
  const isAdded = await transact(db, async (tx) => {
    if (!(await mayStillAsk(budget, tx, userId, asker))) return false
    // A request without a password must not take a login away from the person who waits for it.
    if (await budget.isAskedByOthers(tx, userId, budgetKey)) return false
    wakeAfterCommit(events, tx, await requests.add(tx, asked))
    return true
  })
  if (!isAdded) return 'busy'
  requests.start(phone, asked, request)
  return 'asked'
}

function describeState<Phone extends AppPhone, Asked extends AskedByApp>(
  { clock }: AppRequestOptions,
  { requests }: AppPhones<Phone, Asked>,
  asked: Asked,
): AppRequestState {
  const state = getRequestState(asked, clock.now())
  switch (state) {
    case 'waiting':
      return { type: state }
    case 'approved':
      return { type: state, proof: requests.readProof(asked) }
    case 'expired':
    case 'superseded':
    case 'spent':
      return { type: 'over' }
    default:
      return { type: 'denied' }
  }
}

async function spend<Phone extends AppPhone, Asked extends AskedByApp>(
  { lockout, clock }: AppRequestOptions,
  { kind, requests, noteUse }: AppPhones<Phone, Asked>,
  tx: Transaction,
  asked: Asked,
): Promise<boolean> {
  const { id, journeyHash, userId, deviceId } = asked
  if (getRequestState(asked, clock.now()) !== 'approved') return false
  if (!(await requests.consume(tx, id, journeyHash))) return false
  if (!(await lockout.succeed(tx, userId, kind))) return false
  return await noteUse(tx, deviceId)
}
