/** Fetches waiting requests. Signed with the reading key. */
import { signMessage } from '../protocol/jws.ts'
import { type Fetch, type Pending, readPending, types, version } from '../protocol/messages.ts'
import { type Account, type AccountStore, ignoreFull, toSeconds } from './account.ts'
import type { Caller, Failure } from './call.ts'

export interface RequestsOptions {
  readonly call: Caller
  readonly store: AccountStore
  readonly now: () => number
  readonly randomId: () => string
  /** The language for texts from the server; absent: the server chooses. */
  readonly language?: string
  /** Whether a later fetch has ended before this one, so that this one must change nothing. */
  readonly isOutdated?: () => boolean
}

/** A clock that is off by no more is not corrected: one-time codes still match. Milliseconds. */
const clockTolerance = 5_000

export type Fetched = Failure | { readonly type: 'done'; readonly pending: Pending }

/** Fetches waiting requests. Stores changes: names, removed one-time codes, and the end of the device. */
export async function fetchRequests(options: RequestsOptions, account: Account): Promise<Fetched> {
  return await correctClock(options, account, (now) => fetchOnce(options, now))
}

/** Sends a message again with the time of the server, once, if the server refused its time. @param send signs and sends it */
export async function correctClock<T extends { readonly type: string }>(
  { store }: Pick<RequestsOptions, 'store'>,
  account: Account,
  send: (account: Account) => Promise<T | Failure>,
): Promise<T | Failure> {
  const first = await send(account)
  if (!isClockFailure(first)) return first
  const clockOffset = first.offset
  const corrected = await store.update(account.id, (now) => ({ ...now, clockOffset }))
  return corrected === undefined ? first : await send({ ...account, clockOffset })
}

const isClockFailure = (
  result: { readonly type: string } | Failure,
): result is Extract<Failure, { readonly type: 'clock' }> => result.type === 'clock'

async function fetchOnce(options: RequestsOptions, account: Account): Promise<Fetched> {
  const { call, store, now, randomId, language } = options
  const jti = randomId()
  const result = await call({
    server: account.server,
    address: 'fetch',
    body: await signFetch(account, { jti, now: now(), language }),
    reply: types.pending,
    read: readPending,
    findKey: async () => account.serverKey,
  })
  if (result.type === 'ended' || result.type === 'copied') {
    const state = result.type
    await store.update(account.id, (now) => ({ ...now, state })).catch(ignoreFull)
  }
  if (result.type !== 'done') return result
  const { reply: pending } = result
  const isRight =
    pending.fetch === jti && pending.sub === account.id && pending.iss === account.server
  if (!isRight) return { type: 'broken' }
  if (options.isOutdated?.()) return { type: 'done', pending }
  const offset = pending.iat * 1000 - now()
  const isClockOff = Math.abs(offset - account.clockOffset) > clockTolerance
  if (isClockOff || hasChanged(account, pending)) {
    // Another call may have corrected the clock since this one began.
    const change = (before: Account) => ({
      ...applyPending(before, pending),
      ...(isClockOff && { clockOffset: offset }),
    })
    await store.update(account.id, change).catch(ignoreFull)
  }
  return { type: 'done', pending }
}

const hasChanged = (account: Account, { issuer, account: name, state, codes = 'none' }: Pending) =>
  issuer !== account.issuer ||
  name !== account.account ||
  state !== account.state ||
  (account.codes !== undefined && codes !== account.codes.state)

function applyPending(account: Account, { issuer, account: name, state, codes }: Pending): Account {
  const { codes: before, ...others } = account
  const isValid = before !== undefined && codes !== undefined && codes !== 'none'
  return {
    ...others,
    ...{ issuer, account: name, state },
    ...(isValid && { codes: { ...before, state: codes } }),
  }
}

/** The signed message that fetches requests or opens the stream of events. */
export async function signFetch(
  { id, server, readingKey, clockOffset }: Account,
  {
    jti,
    now,
    language,
  }: {
    readonly jti: string
    readonly now: number
    readonly language?: string | undefined
  },
): Promise<string> {
  const claims: Fetch = {
    ...{ v: version, aud: server, sub: id, iat: toSeconds(now + clockOffset), jti },
    ...(language !== undefined && { language }),
  }
  return await signMessage(types.fetch, claims, readingKey)
}
