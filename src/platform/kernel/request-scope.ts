/**
 * The request that work is done for, as far as a queue has to know it: when it arrived, and whether its client is still
 * there. It goes along with the work by itself, because every queue must find it, from every caller: a password that is hashed
 * for a browser that has gone takes the place of one that waits. Work without a request has no scope.
 */
import { AsyncLocalStorage } from 'node:async_hooks'
import { seconds } from './clock.ts'
import { Fault } from './fault.ts'

export interface RequestScope {
  /** On the clock of `performance.now`. */
  readonly arrivedAt: number
  /** Aborted when the client closes the connection before it has its answer. */
  readonly signal: AbortSignal
  /** Milliseconds that the person has waited before this request, see faces/login/place.ts. */
  readonly waited?: number
}

/** How long a request may wait for a turn. Proxies wait longer, so that nobody gets their error page. */
export const longestTurn = seconds(5)
/** The same for all turns of a request that needs several, one after the other. */
export const longestTurns = seconds(10)

const scopes = new AsyncLocalStorage<RequestScope>()

export function inRequest<Result>(scope: RequestScope, work: () => Result): Result {
  return scopes.run(scope, work)
}

export const findRequest = (): RequestScope | undefined => scopes.getStore()

/** Nobody reads it. */
export const leftFault = (): Fault =>
  new Fault('busy', 'The client has closed the connection.', { details: { left: true } })
