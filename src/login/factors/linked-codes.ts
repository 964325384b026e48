/** Codes of a code app that come with the QR code of another factor, as that factor sees them. */
import type { Id } from '../../platform/kernel/ids.ts'
import type { Queries } from '../../platform/storage/database.ts'
import type { Transaction } from '../../platform/storage/transact.ts'

/** One-time codes of RFC 6238, as a phone needs them. */
export interface LinkedCodeParameters {
  /** Base32 without padding. */
  readonly secret: string
  readonly algorithm: 'SHA1' | 'SHA256' | 'SHA512'
  readonly digits: 6 | 8
  /** Seconds. */
  readonly period: number
}

/** The factor with the QR code calls each of them in its transaction. */
export interface LinkedCodes {
  /** Begins an app that is not valid yet. Returns its id. */
  begin(
    queries: Queries,
    one: { readonly userId: Id<'user'>; readonly name: string },
  ): Promise<string>
  /** `new`: it is not valid yet. `undefined`: it is gone. */
  findState(queries: Queries, id: string): Promise<'new' | 'active' | undefined>
  /** `undefined`: it is valid already, or gone. */
  findParameters(queries: Queries, id: string): Promise<LinkedCodeParameters | undefined>
  /**
   * Makes it valid, for codes that are yet to come. Writes its audit event, and notifies nobody. `false`: it is gone.
   * @param one.name what it is called from now on; null: as before
   */
  activate(
    queries: Queries,
    one: { readonly id: string; readonly userId: Id<'user'>; readonly name: string | null },
  ): Promise<boolean>
  /** Removes one that is not valid yet. */
  drop(queries: Queries, id: string): Promise<void>
  /**
   * A second phone has its secret: takes it from its owner, whether it is valid or not. If it was valid, this is audited and its
   * owner notified, and what was proven with it ends.
   */
  revoke(tx: Transaction, one: { readonly id: string; readonly userId: Id<'user'> }): Promise<void>
}
