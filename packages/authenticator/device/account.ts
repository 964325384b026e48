/** What the phone keeps of one account at one server, and where. Owns the types; each platform brings its own store. */
import type { PublicJwk } from '../protocol/keys.ts'

/**
 * A key for answers as it is stored. `wrapped`: encrypted with a key that only the passkey of the phone gives (WebAuthn PRF), so
 * a copy of the storage is of no use.
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
  /** `new`: the server takes them from the moment on in which the phone is active. */
  readonly state: 'new' | 'active'
}

export interface Account {
  /** The id of the authenticator at its server. */
  readonly id: string
  /** The origin of the server. */
  readonly server: string
  readonly serverKey: PublicJwk
  /** Whose login it is, and the name of the account there. */
  readonly issuer: string
  readonly account: string
  /** What its owner calls the account on this phone. */
  readonly name?: string
  /**
   * Newest first. More than one while it is not known which one the server expects, because a reply did not arrive.
   */
  readonly answerKeys: readonly AnswerKey[]
  /**
   * Keys that have signed an answer, newest first. Only a server that was restored from a backup expects one of them again; at
   * any other one it would end the account.
   */
  readonly formerKeys?: readonly AnswerKey[]
  /** Signs what only reads. Not exportable. */
  readonly readingKey: CryptoKey
  /** The id of the passkey with which this phone verifies its owner to the server, in base64url. */
  readonly credentialId?: string
  /** The public VAPID key of the server. */
  readonly vapid?: string
  /** Whether its server was told where this phone can be woken. */
  readonly isWoken?: boolean
  readonly codes?: Codes
  /** Milliseconds that the clock of the server is ahead of the one of the phone. */
  readonly clockOffset: number
  /** `ended`: the server has removed it. `copied`: because a copy of this phone was used. */
  readonly state: 'new' | 'active' | 'ended' | 'copied'
  /** While it is new: until when its link could be used, in milliseconds since the epoch by the clock of the server. */
  readonly setupEnds?: number
  /** The name of the phone whose place this one takes. */
  readonly from?: string
  /** The name of the phone that has taken the place of this one, as far as this one has seen. */
  readonly movedTo?: string
  /** What was answered on this phone, newest first: its other tabs see only that a request is gone. */
  readonly answered?: readonly AnsweredHere[]
  /** Milliseconds since the epoch. */
  readonly addedAt: number
}

export interface AnsweredHere {
  /** The id of the request. */
  readonly id: string
  readonly outcome: 'approved' | 'denied' | 'reported' | 'wrong_code'
}

/** The server has removed it. */
export const hasEnded = ({ state }: Pick<Account, 'state'>): boolean =>
  state === 'ended' || state === 'copied'

/** Its enrolment was begun and did not end while its link was valid. Another login may still go on with it. */
export const isSetupOver = (
  { state, setupEnds = 0, clockOffset }: Pick<Account, 'state' | 'setupEnds' | 'clockOffset'>,
  now: number,
): boolean => state === 'new' && setupEnds < now + clockOffset

/** Times in messages are in seconds. */
export const toSeconds = (milliseconds: number): number => Math.floor(milliseconds / 1000)

export interface AccountStore {
  /** The oldest first. */
  list(): Promise<readonly Account[]>
  find(id: string): Promise<Account | undefined>
  add(account: Account): Promise<void>
  /** In one transaction, so that of two changes none is lost. `undefined`: it is not there any more. */
  update(id: string, change: (account: Account) => Account): Promise<Account | undefined>
  remove(id: string): Promise<void>
}

/**
 * Runs `work` while no other page or worker of this phone works on the same account, so that of two answers at once each one
 * sees the key that the other one has left.
 */
export type Lock = <T>(accountId: string, work: () => Promise<T>) => Promise<T>
