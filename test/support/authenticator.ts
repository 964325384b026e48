/** An authenticator that Chromium pretends to have. */
import type { CDPSession, Page } from 'playwright-core'

export interface Authenticator {
  /** Whether the person touches it and is recognised. */
  set(is: { present?: boolean; verified?: boolean }): Promise<void>
  count(): Promise<number>
  /** What its passkeys call their owners. */
  names(): Promise<(string | undefined)[]>
  /** The user handles of its passkeys. */
  handles(): Promise<Buffer[]>
  /** Takes its passkeys away. */
  clear(): Promise<void>
}

/**
 * A fingerprint reader that is part of the machine.
 * @param hasPrf whether its passkeys have the PRF extension (WebAuthn Level 3 section 10.1.4)
 */
export async function addAuthenticator(page: Page, hasPrf = false): Promise<Authenticator> {
  const cdp: CDPSession = await page.context().newCDPSession(page)
  await cdp.send('WebAuthn.enable')
  const { authenticatorId } = await cdp.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      ...(hasPrf && { ctap2Version: 'ctap2_1', hasPrf }),
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  })
  return {
    async set({ present, verified }) {
      if (present !== undefined) {
        await cdp.send('WebAuthn.setAutomaticPresenceSimulation', {
          authenticatorId,
          enabled: present,
        })
      }
      if (verified !== undefined) {
        await cdp.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified: verified })
      }
    },
    async clear() {
      await cdp.send('WebAuthn.clearCredentials', { authenticatorId })
    },
    async names() {
      const { credentials } = await cdp.send('WebAuthn.getCredentials', { authenticatorId })
      return credentials.map(({ userDisplayName }) => userDisplayName)
    },
    async handles() {
      const { credentials } = await cdp.send('WebAuthn.getCredentials', { authenticatorId })
      return credentials.map(({ userHandle = '' }) => Buffer.from(userHandle, 'base64'))
    },
    async count() {
      const { credentials } = await cdp.send('WebAuthn.getCredentials', { authenticatorId })
      return credentials.length
    },
  }
}
