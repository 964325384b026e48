/** What the phone stores about one account at one server. Owns the types; each platform has its own store. */
import type { PublicJwk } from '../protocol/keys.ts'

/**
 * A key for answers as it is stored. `wrapped`: encrypted with a key that only the phone's passkey can derive (WebAuthn PRF),
 * so a copy of the storage is useless.
 */
export type PrivateKey =
  | { readonly type: 'plain'; readonly key: CryptoKey }
  | {
      readonly type: 'wrapped'
      readonly iv: Uint8Array<ArrayBuffer>
      readonly bytes: Uint8Array<ArrayBuffer>
    }

export interface AnswerKey {
  readonly thumbprint: string
  readonly jwk: PublicJwk
  readonly privateKey: PrivateKey
}

export interface Codes {
  /** HMAC, not exportable. */
  readonly key: CryptoKey
  readonly digits: 6 | 8
  /** Seconds. */
  readonly period: number
  /** `new`: the server accepts the codes once the phone is active. */
  readonly state: 'new' | 'active'
}

export interface Account {
  /** The id of the authenticator at its server. */
  readonly id: string
  /** The origin of the server. */
  readonly server: string
  readonly serverKey: PublicJwk
  /** The organisation, and the name of the account there. */
  readonly issuer: string
  readonly account: string
  /** The owner's name for the account on this phone. */
  readonly name?: string
  /** Newest first. More than one while it is unknown which key the server expects, because a reply did not arrive. */
  readonly answerKeys: readonly AnswerKey[]
  /**
   * Keys that have signed an answer, newest first. Only a server that was restored from a backup expects one of them again; any
   * other server would end the account.
   */
  readonly formerKeys?: readonly AnswerKey[]
  /** Signs messages that only read. Not exportable. */
  readonly readingKey: CryptoKey
  /** The id of the passkey with which this phone verifies its owner to the server, in base64url. */
  readonly credentialId?: string
  /** The public VAPID key of the server. */
  readonly vapid?: string
  /** Whether its server knows where this phone can be woken. */
  readonly isWoken?: boolean
  readonly codes?: Codes
  /** Milliseconds that the server's clock is ahead of the phone's. */
  readonly clockOffset: number
  /** `ended`: the server removed it. `copied`: the server removed it because a copy of this phone was used. */
  readonly state: 'new' | 'active' | 'ended' | 'copied'
  /** While it is new: until when its link is valid, in milliseconds since the epoch by the server's clock. */
  readonly setupEnds?: number
  /** The name of the phone that this one replaces. */
  readonly from?: string
  /** The name of the phone that has replaced this one, if this phone has seen it. */
  readonly movedTo?: string
  /** The answers of this phone, newest first: its other tabs see only that a request is gone. */
  readonly answered?: readonly AnsweredHere[]
  /** Milliseconds since the epoch. */
  readonly addedAt: number
}

export interface AnsweredHere {
  /** The id of the request. */
  readonly id: string
  readonly outcome: 'approved' | 'denied' | 'reported' | 'wrong_code'
}

/** Whether the server has removed the account. */
export const hasEnded = ({ state }: Pick<Account, 'state'>): boolean =>
  state === 'ended' || state === 'copied'

/** Whether its enrolment did not end while its link was valid. Another login may still continue it. */
export const isSetupOver = (
  { state, setupEnds = 0, clockOffset }: Pick<Account, 'state' | 'setupEnds' | 'clockOffset'>,
  now: number,
): boolean => state === 'new' && setupEnds < now + clockOffset

/** Whether the store could not write because the disk of the phone is full. */
export const isFull = (error: unknown): boolean =>
  error instanceof Error && error.name === 'QuotaExceededError'

/** For changes that the phone can do without: a full disk must not hide the result of a call. */
export function ignoreFull(error: unknown): undefined {
  if (!isFull(error)) throw error
}

/** Times in messages are in seconds. */
export const toSeconds = (milliseconds: number): number => Math.floor(milliseconds / 1000)

export interface AccountStore {
  /** The oldest account first. */
  list(): Promise<readonly Account[]>
  find(id: string): Promise<Account | undefined>
  add(account: Account): Promise<void>
  /** Whether another account can be stored now: the disk of the phone may be full. */
  hasRoom(): Promise<boolean>
  /** Changes the account in one transaction, so that no concurrent change is lost. `undefined`: the account is gone. */
  update(id: string, change: (account: Account) => Account): Promise<Account | undefined>
  remove(id: string): Promise<void>
}

/**
 * Runs `work` while no other page or worker of this phone works on the same account, so that each of two concurrent answers
 * sees the key that the other one stored.
 */
export type Lock = <T>(accountId: string, work: () => Promise<T>) => Promise<T>
