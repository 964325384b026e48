/** For tests: the factors of the list with phones that a test's own senders reach, and what is behind each of them. */
import { openAuthenticator } from '../../login/factors/authenticator/authenticator.ts'
import type { WakeSender } from '../../login/factors/authenticator/wake-sender.ts'
import { openDeskPass } from '../../login/factors/desk-pass/desk-pass.ts'
import type { OpenFactor } from '../../login/factors/factor.ts'
import { openPasskey } from '../../login/factors/passkey/passkey.ts'
import { openPush } from '../../login/factors/push/push.ts'
import type { PushSender } from '../../login/factors/push/senders/sender.ts'
import { openRecovery } from '../../login/factors/recovery/recovery.ts'
import { openTotp } from '../../login/factors/totp/totp.ts'

interface Opened {
  readonly authenticator: ReturnType<typeof openAuthenticator>
  readonly push: ReturnType<typeof openPush>
  readonly totp: ReturnType<typeof openTotp>
  readonly passkey: ReturnType<typeof openPasskey>
  readonly recovery: ReturnType<typeof openRecovery>
  readonly deskPass: ReturnType<typeof openDeskPass>
}

export function createTestFactors(senders: readonly PushSender[], wake?: WakeSender) {
  const opened: { -readonly [Kind in keyof Opened]?: Opened[Kind] } = {}
  const openFactors: readonly OpenFactor[] = [
    (parts) => {
      opened.authenticator = openAuthenticator(parts, wake)
      return opened.authenticator
    },
    (parts) => {
      opened.push = openPush(parts, senders)
      return opened.push
    },
    (parts) => {
      opened.totp = openTotp(parts)
      return opened.totp
    },
    (parts) => {
      opened.passkey = openPasskey(parts)
      return opened.passkey
    },
    (parts) => {
      opened.deskPass = openDeskPass(parts)
      return opened.deskPass
    },
    (parts) => {
      opened.recovery = openRecovery(parts)
      return opened.recovery
    },
  ]
  return {
    openFactors,
    /** Call it after the login was created. */
    open(): Opened {
      const { authenticator, push, totp, passkey, recovery, deskPass } = opened
      if (!authenticator || !push || !totp || !passkey || !recovery || !deskPass) {
        throw new Error('the factors are not open')
      }
      return { authenticator, push, totp, passkey, recovery, deskPass }
    },
  }
}
