/** The JWT that authenticates this server to APNs. It is reused for a while, because Apple refuses too frequent new ones. */
import type { KeyObject } from 'node:crypto'
import { SignJWT } from 'jose'
import { type Clock, isOver, minutes } from '../../../../../platform/kernel/clock.ts'

export interface ProviderTokensOptions {
  /** EC on P-256. */
  readonly privateKey: KeyObject
  readonly keyId: string
  readonly teamId: string
  readonly clock: Clock
}

/** Apple accepts a token for an hour, and a new one at most every 20 minutes. */
const lifetime = minutes(50)

export function createProviderTokens({ privateKey, keyId, teamId, clock }: ProviderTokensOptions) {
  let current: Promise<string> | undefined
  let signedAt = 0
  return {
    get(): Promise<string> {
      const now = clock.now()
      if (current === undefined || isOver(signedAt, lifetime, now)) {
        signedAt = now
        current = new SignJWT()
          .setProtectedHeader({ alg: 'ES256', kid: keyId })
          .setIssuer(teamId)
          .setIssuedAt(Math.floor(now / 1000))
          .sign(privateKey)
      }
      return current
    },

    /** Call it when Apple reports the token as expired; the next one is new. */
    async forget(token: string): Promise<void> {
      const asked = current
      if ((await asked) === token && asked === current) current = undefined
    },
  }
}
