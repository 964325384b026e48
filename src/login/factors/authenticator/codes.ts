/**
 * One-time codes that come with a phone. Owns two rules: only the phone that enrols reads their secret, and they become valid
 * together with the phone. The factor behind `LinkedCodes` owns the codes themselves.
 */
import { encryptText, type PublicJwk } from '#authenticator'
import type { Id } from '../../../platform/kernel/ids.ts'
import type { Queries } from '../../../platform/storage/database.ts'
import type { LinkedCodes } from '../linked-codes.ts'
import type { AuthenticatorDevice } from './devices.ts'

export interface CodesOptions {
  /** Whether a new phone gets codes. */
  readonly isOffered: boolean
  /** Returns `undefined` when no factor of this server has codes. */
  readonly findLinkedCodes: () => LinkedCodes | undefined
}

type WithCodes = Pick<AuthenticatorDevice, 'codesId'>

/** Creates codes that are not valid yet. @param to the key of the phone; absent: it shows no codes */
export async function beginCodes(
  { isOffered, findLinkedCodes }: CodesOptions,
  queries: Queries,
  { to, ...of }: { to: PublicJwk | undefined; userId: Id<'user'>; name: string },
): Promise<string | null> {
  if (!isOffered || to === undefined) return null
  return (await findLinkedCodes()?.begin(queries, of)) ?? null
}

/**
 * The secret of the codes, encrypted for the phone; `undefined`: it has no codes, or they are active already.
 * @throws DataError when the key is not on the curve
 */
export async function encryptCodes(
  { findLinkedCodes }: CodesOptions,
  queries: Queries,
  { codesId }: WithCodes,
  to: PublicJwk | undefined,
): Promise<string | undefined> {
  if (codesId === null || to === undefined) return undefined
  const parameters = await findLinkedCodes()?.findParameters(queries, codesId)
  return parameters && (await encryptText(JSON.stringify(parameters), to))
}

/** Call it under the lock of the user. @returns whether they are valid now */
export async function activateCodes(
  { findLinkedCodes }: CodesOptions,
  queries: Queries,
  { codesId, userId, name }: AuthenticatorDevice,
): Promise<boolean> {
  if (codesId === null) return false
  return (await findLinkedCodes()?.activate(queries, { id: codesId, userId, name })) ?? false
}

/** Removes the codes of a phone that was never verified. */
export async function dropCodes(
  { findLinkedCodes }: CodesOptions,
  queries: Queries,
  { codesId }: WithCodes,
): Promise<void> {
  if (codesId !== null) await findLinkedCodes()?.drop(queries, codesId)
}

/** What the phone learns about its codes; `undefined`: it never had any. */
export async function findCodesState(
  { findLinkedCodes }: CodesOptions,
  queries: Queries,
  { codesId }: WithCodes,
): Promise<'new' | 'active' | 'none' | undefined> {
  if (codesId === null) return undefined
  return (await findLinkedCodes()?.findState(queries, codesId)) ?? 'none'
}
