/** Does the work of one key one after the other, in this process. */
import { Fault } from './fault.ts'
import { findRequest, leftFault, longestTurn } from './request-scope.ts'

/**
 * Settles as the work does, which begins when all that was asked for before under the key has settled. For a request it
 * throws Fault `busy` when that takes too long, and does no work when its client has gone.
 */
export type InTurn = <Result>(key: string, work: () => Promise<Result>) => Promise<Result>

/**
 * A queue for each key; a key without work takes no memory. Work that rejects does not stop the work after it.
 *
 *     const inTurn = createTurns()
 *     await inTurn(userId, () => verifyPassword(userId, password))
 */
export function createTurns(): InTurn {
  const turns = new Map<string, Promise<unknown>>()
  return (key, work) => {
    const before = turns.get(key)
    const result = before === undefined ? Promise.resolve().then(work) : workAfter(before, work)
    // Also when this one gives up, the next one has to wait for those before it.
    const turn = Promise.all([before, result.then(nothing, nothing)]).then(() => {
      if (turns.get(key) === turn) turns.delete(key)
    })
    turns.set(key, turn)
    return result
  }
}

function nothing(): void {}

function workAfter<Result>(before: Promise<unknown>, work: () => Promise<Result>): Promise<Result> {
  const request = findRequest()
  if (request === undefined) return before.then(work)
  const { signal, arrivedAt } = request
  return new Promise((resolve, reject) => {
    const settle = () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', leave)
    }
    let isOver = false
    const end = (fault: Fault) => {
      isOver = true
      settle()
      reject(fault)
    }
    const leave = () => end(leftFault())
    const giveUp = () =>
      end(new Fault('busy', 'Earlier attempts take too long.', { retryAfter: 5 }))
    const timer = setTimeout(giveUp, Math.max(1, arrivedAt + longestTurn - performance.now()))
    if (signal.aborted) leave()
    else signal.addEventListener('abort', leave)
    before.then(() => {
      if (isOver) return
      settle()
      work().then(resolve, reject)
    })
  })
}
