/** Wakes a phone by Web Push when something waits for it. Owns the message, and that a failure blocks no login. */

import type { Challenge } from './challenges.ts'
import type { AuthenticatorDevice } from './devices.ts'

export interface Wake {
  /** Whether this server can wake phones at all. */
  readonly isOn: boolean
  /** The public key with which phones subscribe. */
  readonly vapid: string | undefined
  /** In the background. Never throws. */
  start(device: AuthenticatorDevice, challenge: Challenge): void
  /** Waits until all that is under way is recorded. */
  settle(): Promise<void>
  close(): Promise<void>
}

/** The person opens the app. */
export const noWake: Wake = {
  isOn: false,
  vapid: undefined,
  start() {},
  async settle() {},
  async close() {},
}
