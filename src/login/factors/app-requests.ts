/**
 * The contract of factors whose authenticators an app can ask while no browser waits and no password was typed. login/backchannel
 * decides who is asked, and what an approval is worth.
 */
import type { Id } from '../../platform/kernel/ids.ts'
import type { Queries } from '../../platform/storage/database.ts'
import type { Transaction } from '../../platform/storage/transact.ts'
import type { NewProof } from '../engine/step.ts'
import type { HeldBack } from './approval/held-back.ts'

/** Finds a request of an app again. It is in the place where a login has the hash of its journey. */
export interface AppRequestKey {
  readonly userId: Id<'user'>
  readonly journeyHash: string
}

export interface AppRequest extends AppRequestKey {
  readonly budgetKey: string
  /** What the app shows, see `drawAppCode`. */
  readonly code: string
  readonly appName: string
  /** What the app says the request is for. */
  readonly message: string | undefined
  /** Milliseconds since the epoch. */
  readonly expiresAt: number
}

/** An authenticator that can be asked. */
export interface AskableAuthenticator {
  readonly id: string
  /** Milliseconds since the epoch. */
  readonly lastUsedAt: number
  /** What its approval would prove. */
  readonly proof: NewProof
}

/** `busy`: it waits for another answer, or was asked a moment ago. */
export type AppAskOutcome = 'asked' | 'busy' | HeldBack

/** `over`: no answer can come any more, or the approval was spent. */
export type AppRequestState =
  | { readonly type: 'waiting' | 'denied' | 'over' }
  | { readonly type: 'approved'; readonly proof: NewProof }

export interface AppRequests {
  listAskable(queries: Queries, userId: Id<'user'>): Promise<readonly AskableAuthenticator[]>
  /** Asks one authenticator, and audits what prevented it. */
  ask(authenticatorId: string, request: AppRequest): Promise<AppAskOutcome>
  /** `undefined`: none of this kind was asked. */
  find(queries: Queries, key: AppRequestKey): Promise<AppRequestState | undefined>
  /** Spends the approval. `false`: it was spent before, or the kind is off. */
  spend(tx: Transaction, key: AppRequestKey): Promise<boolean>
}

/** Some phones would show smaller numbers without their leading zero. */
const smallestNumber = 10

/**
 * Draws six digits that a person carries from the app to the phone. The last two are a number from 10 to 99, for phones that
 * offer three numbers to choose from. All phones get the same code, so it does not show which phone is asked.
 */
export function drawAppCode(random: { int(from: number, below: number): number }): string {
  const start = `${random.int(0, 10_000)}`.padStart(4, '0')
  return `${start}${random.int(smallestNumber, 100)}`
}

/** @param code of `drawAppCode` */
export const readAppNumber = (code: string): number => Number(code.slice(-2))
