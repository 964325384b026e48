/**
 * The refresh token that takes the place of a spent one. It is computed from the spent token, its time of use and a secret of the
 * server, because an app whose answer was lost gets the same one again, and the database has only hashes of tokens.
 */
import { hmac } from '../../../platform/kernel/crypto.ts'
import { orderSecret } from '../../../platform/kernel/ids.ts'
import type { Keyring } from '../../../platform/kernel/keyring.ts'

/** A refresh token that was spent, and when (milliseconds since the epoch, as stored with it). */
export interface SpentToken {
  readonly token: string
  readonly at: number
}

export interface Successors {
  name(spent: SpentToken): string
  /** Remembers what the current request of the library has spent. */
  noteSpent(spent: SpentToken): void
  /** The successor of what the current request of the library has spent. */
  findNext(): string | undefined
}

/** @param currentRequest returns the request that is being served */
export function createSuccessors(
  keyring: Pick<Keyring, 'derive'>,
  currentRequest: () => object | undefined,
): Successors {
  const key = keyring.derive('oidc refresh token')
  const spentByRequest = new WeakMap<object, SpentToken>()
  const name = ({ token, at }: SpentToken) => orderSecret(hmac(key, `${at} ${token}`), at)
  return {
    name,
    noteSpent(spent) {
      const request = currentRequest()
      if (request) spentByRequest.set(request, spent)
    },
    findNext() {
      const request = currentRequest()
      const spent = request && spentByRequest.get(request)
      return spent && name(spent)
    },
  }
}
