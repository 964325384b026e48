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

/** Each is called in a transaction of the factor whose QR code it is. */
export interface LinkedCodes {
  /** Begins one that does not count yet. Returns its id. */
  begin(
    queries: Queries,
    one: { readonly userId: Id<'user'>; readonly name: string },
  ): Promise<string>
  /** `new`: it does not count yet. `undefined`: it is gone. */
  findState(queries: Queries, id: string): Promise<'new' | 'active' | undefined>
  /** `undefined`: it counts already, or it is gone. */
  findParameters(queries: Queries, id: string): Promise<LinkedCodeParameters | undefined>
  /**
   * From now on it counts, for codes that are yet to come. Writes its audit event, and tells nobody. `false`: it is gone.
   * @param one.name what it is called from now on; null: as before
   */
  activate(
    queries: Queries,
    one: { readonly id: string; readonly userId: Id<'user'>; readonly name: string | null },
  ): Promise<boolean>
  /** Takes back one that does not count. */
  drop(queries: Queries, id: string): Promise<void>
  /**
   * A second phone has it: takes it from its owner, whether it counts or not. Where it counted, that is audited and told,
   * and what was proven with it ends.
   */
  revoke(tx: Transaction, one: { readonly id: string; readonly userId: Id<'user'> }): Promise<void>
}
