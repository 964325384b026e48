/** For tests: the screen lock of a phone, as its app sees it: a passkey in software, and what its PRF gives. */
import type { MadeCredential, Verified } from '#authenticator-device'
import { createSoftAuthenticator, type Twist } from './passkey-authenticator.ts'

export type ScreenLock = ReturnType<typeof createScreenLock>

/** @param secret the result of the PRF; absent: the phone has none */
export function createScreenLock(
  site: { readonly rpId: string; readonly origin: string },
  secret?: Uint8Array<ArrayBuffer>,
) {
  const soft = createSoftAuthenticator(site)
  const lock = {
    soft,
    /** What is said in place of what is true. */
    twist: {} as Twist,
    /** The person does not want to. */
    isRefused: false,
    make({ challenge }: { readonly challenge: string }) {
      const asked = JSON.stringify({ challenge, user: { id: 'AA' } })
      const { id, response } = JSON.parse(soft.create(asked, lock.twist))
      const { clientDataJSON, attestationObject } = response
      const credential = { id, clientDataJSON, attestationObject }
      return { credential, ...(secret && { secret }) } satisfies MadeCredential
    },
    verify(challenge: Uint8Array): Verified | undefined {
      if (lock.isRefused) return undefined
      const asked = JSON.stringify({ challenge: Buffer.from(challenge).toString('base64url') })
      const { id, response } = JSON.parse(soft.get(asked, lock.twist))
      const { userHandle: _, ...signed } = response
      return { verification: { id, ...signed }, ...(secret && { secret }) }
    },
  }
  return lock
}
