/**
 * Callers that wait, by their networks: each network has the same share of the turns, and so has each network inside it.
 * Does not know what they wait for. Part of fair-queue.ts.
 */

export interface Waiter {
  /** When the caller began to wait, perhaps with an earlier request. Milliseconds on any clock. */
  readonly since: number
}

/** The waiters of a network, by the networks inside it; the innermost have the waiters. Each has at least one. */
export interface Share<One extends Waiter> {
  size: number
  /** The one whose turn is next comes first. */
  readonly parts: Map<string, Share<One>>
  /** Who has waited longest comes first. */
  readonly waiters: One[]
}

export const createShare = <One extends Waiter>(): Share<One> => ({
  size: 0,
  parts: new Map(),
  waiters: [],
})

/** Puts the waiter behind all that began to wait before it. */
export function insert<One extends Waiter>(waiters: One[], waiter: One): void {
  let at = waiters.length
  while (at > 0 && (waiters[at - 1]?.since ?? 0) > waiter.since) at -= 1
  waiters.splice(at, 0, waiter)
}

/** An earlier beginning counts only inside the innermost network: nobody gets a turn of other networks by it. */
export function addTo<One extends Waiter>(
  share: Share<One>,
  [name, ...names]: readonly string[],
  waiter: One,
): void {
  share.size += 1
  if (name === undefined) {
    insert(share.waiters, waiter)
    return
  }
  const part = share.parts.get(name) ?? createShare<One>()
  share.parts.set(name, part)
  addTo(part, names, waiter)
}

/** Takes the next waiter of the network whose turn is next. */
export function takeFirst<One extends Waiter>(share: Share<One>): One | undefined {
  if (share.size > 0) share.size -= 1
  const [first] = share.parts
  if (first === undefined) return share.waiters.shift()
  const [name, part] = first
  const waiter = takeFirst(part)
  share.parts.delete(name)
  if (part.size > 0) share.parts.set(name, part)
  return waiter
}

/** Removes one waiter from its network. */
export function remove<One extends Waiter>(
  share: Share<One>,
  [name, ...names]: readonly string[],
  waiter: One,
): void {
  share.size -= 1
  const part = name === undefined ? undefined : share.parts.get(name)
  if (name === undefined || part === undefined) {
    share.waiters.splice(share.waiters.indexOf(waiter), 1)
    return
  }
  remove(part, names, waiter)
  if (part.size === 0) share.parts.delete(name)
}

/** Takes the latest waiter of the network where most wait; where as many wait in several, the latest of all of them. */
export function removeLast<One extends Waiter>(share: Share<One>): One | undefined {
  share.size -= 1
  const fullest = findFullest(share)
  if (fullest === undefined) return share.waiters.pop()
  const [name, part] = fullest
  const waiter = removeLast(part)
  if (part.size === 0) share.parts.delete(name)
  return waiter
}

function findFullest<One extends Waiter>({ parts }: Share<One>) {
  let fullest: readonly [name: string, part: Share<One>] | undefined
  let latest = Number.NEGATIVE_INFINITY
  for (const one of parts) {
    const most = fullest?.[1].size ?? 0
    if (one[1].size < most) continue
    const since = findLast(one[1])?.since ?? 0
    if (one[1].size > most || since >= latest) {
      fullest = one
      latest = since
    }
  }
  return fullest
}

/** The waiter that `removeLast` would take. */
function findLast<One extends Waiter>(share: Share<One>): One | undefined {
  const fullest = findFullest(share)
  return fullest === undefined ? share.waiters.at(-1) : findLast(fullest[1])
}
