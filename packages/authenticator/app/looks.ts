/** The results of the last fetch from each server: the waiting requests by account, and errors. */
import { type Account, hasEnded } from '../device/account.ts'
import { type Fetched, fetchRequests, type RequestsOptions } from '../device/requests.ts'
import type { Request } from '../protocol/messages.ts'

/** A request, and the account that it is for. */
export interface Waiting {
  readonly accountId: string
  readonly request: Request
}

export function createLooks(device: RequestsOptions) {
  const waiting = new Map<string, readonly Request[]>()
  const looks = new Map<string, Fetched>()
  /** The number of the last fetch. */
  let last = 0
  /** The number of the fetch whose result is used, by account. */
  const used = new Map<string, number>()
  /** Answered requests, each with the number of the last fetch that began before the answer. */
  const answered = new Map<string, number>()

  /** What screens show of an account. */
  const describe = ({ id, issuer, account, state, codes }: Account): string => {
    const { type } = looks.get(id) ?? {}
    return JSON.stringify([issuer, account, state, codes?.state, type, waiting.get(id)])
  }

  async function refreshOne(account: Account): Promise<boolean> {
    const { id } = account
    const before = describe(account)
    if (hasEnded(account)) waiting.delete(id)
    else {
      last += 1
      const mine = last
      const isOutdated = () => (used.get(id) ?? 0) > mine
      const look = await fetchRequests({ ...device, isOutdated }, account)
      // A later fetch has ended before this one.
      if (isOutdated()) return false
      used.set(id, mine)
      looks.set(id, look)
      const now = device.now() + account.clockOffset
      const pending = findPending(look, waiting.get(id) ?? [], now)
      waiting.set(
        id,
        pending.filter((one) => (answered.get(one.id) ?? 0) < mine),
      )
    }
    const now = await device.store.find(id)
    return now === undefined || describe(now) !== before
  }

  return {
    listWaiting: (): Waiting[] =>
      [...waiting].flatMap(([accountId, requests]) =>
        requests.map((request) => ({ accountId, request })),
      ),
    find: (accountId: string) => looks.get(accountId),
    /** @returns whether anything on the screen has changed */
    async refresh(accountId?: string): Promise<boolean> {
      const all = await device.store.list()
      const some = all.filter(({ id }) => accountId === undefined || id === accountId)
      return (await Promise.all(some.map(refreshOne))).includes(true)
    },
    forget(requestId: string) {
      answered.set(requestId, last)
      for (const [id, requests] of waiting)
        waiting.set(
          id,
          requests.filter((one) => one.id !== requestId),
        )
    },
  }
}

/** Without a reply the list stays, but requests still expire. @param now by the clock of the server, in milliseconds */
function findPending(
  fetched: Fetched,
  before: readonly Request[],
  now: number,
): readonly Request[] {
  if (fetched.type === 'done') return fetched.pending.requests
  if (fetched.type === 'ended' || fetched.type === 'copied') return []
  return before.filter(({ exp }) => exp * 1000 > now)
}
