/**
 * What a factor offers whose authenticators can be asked by an app, while no browser waits and no password was typed. Owns
 * the contract; login/backchannel decides who is asked, and what an approval is worth.
 */
import type { Id } from '../../platform/kernel/ids.ts'
import type { Queries } from '../../platform/storage/database.ts'
import type { Transaction } from '../../platform/storage/transact.ts'
import type { NewProof } from '../engine/step.ts'
import type { HeldBack } from './approval/held-back.ts'

/** By what a request of an app is found again. It stands where a login has the hash of its journey. */
export interface AppRequestKey {
  readonly userId: Id<'user'>
  readonly journeyHash: string
}

export interface AppRequest extends AppRequestKey {
  readonly budgetKey: string
  /** What the app shows, see `drawAppCode`. */
  readonly code: string
  readonly appName: string
  /** What the app says that it is for. */
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

/** `busy`: it is asked something else, or was asked a moment ago. */
export type AppAskOutcome = 'asked' | 'busy' | HeldBack

/** `over`: no answer can come any more, or the approval was spent. */
export type AppRequestState =
  | { readonly type: 'waiting' | 'denied' | 'over' }
  | { readonly type: 'approved'; readonly proof: NewProof }

export interface AppRequests {
  listAskable(queries: Queries, userId: Id<'user'>): Promise<readonly AskableAuthenticator[]>
  /** Asks one, and writes down what held it back. */
  ask(authenticatorId: string, request: AppRequest): Promise<AppAskOutcome>
  /** `undefined`: none of this kind was asked. */
  find(queries: Queries, key: AppRequestKey): Promise<AppRequestState | undefined>
  /** Uses the approval up. `false`: it was, or the kind is off. */
  spend(tx: Transaction, key: AppRequestKey): Promise<boolean>
}

/** Smaller ones would lose their leading zero on some phones. */
const smallestNumber = 10

/**
 * Six digits for a person to carry from the app to the phone. The last two are a number from 10 to 99, for phones on which
 * one of three numbers is chosen. It is the same for all phones, as it says nothing of which one is asked.
 */
export function drawAppCode(random: { int(from: number, below: number): number }): string {
  const start = `${random.int(0, 10_000)}`.padStart(4, '0')
  return `${start}${random.int(smallestNumber, 100)}`
}

/** @param code of `drawAppCode` */
export const readAppNumber = (code: string): number => Number(code.slice(-2))
