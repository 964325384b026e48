/** For tests: the factors of the list with phones that a test's own senders reach, and what is behind each of them. */
import { openAuthenticator } from '../../login/factors/authenticator/authenticator.ts'
import type { WakeSender } from '../../login/factors/authenticator/wake-sender.ts'
import { openDeskPass } from '../../login/factors/desk-pass/desk-pass.ts'
import type { OpenFactor } from '../../login/factors/factor.ts'
import type { FactorParts, FactorRules } from '../../login/factors/factor-parts.ts'
import { type FactorKind, factorKinds } from '../../login/factors/index.ts'
import { openPasskey } from '../../login/factors/passkey/passkey.ts'
import { openPush } from '../../login/factors/push/push.ts'
import type { PushSender } from '../../login/factors/push/senders/sender.ts'
import { openRecovery } from '../../login/factors/recovery/recovery.ts'
import { openTotp } from '../../login/factors/totp/totp.ts'

/** Does not compile without a kind of the list; in its order. */
type Openers = { readonly [Kind in FactorKind]: OpenFactor<Kind> }

/** What those tests use that go through a factor; another kind needs no entry. */
interface Opened {
  readonly authenticator: ReturnType<typeof openAuthenticator>
  readonly push: ReturnType<typeof openPush>
  readonly totp: ReturnType<typeof openTotp>
  readonly passkey: ReturnType<typeof openPasskey>
  readonly recovery: ReturnType<typeof openRecovery>
  readonly deskPass: ReturnType<typeof openDeskPass>
}

export function createTestFactors(senders: readonly PushSender[], wake?: WakeSender) {
  const opened: { -readonly [Name in keyof Opened]?: Opened[Name] } = {}
  let given: FactorParts | undefined
  const keep = <Name extends keyof Opened>(name: Name, factor: Opened[Name]): Opened[Name] => {
    opened[name] = factor
    return factor
  }
  const openers: Openers = {
    authenticator: (parts) => keep('authenticator', openAuthenticator(parts, wake)),
    push: (parts) => keep('push', openPush(parts, senders)),
    totp: (parts) => keep('totp', openTotp(parts)),
    passkey: (parts) => keep('passkey', openPasskey(parts)),
    'desk-pass': (parts) => keep('deskPass', openDeskPass(parts)),
    recovery: (parts) => keep('recovery', openRecovery(parts)),
  }
  return {
    openFactors: factorKinds.map(
      (kind): OpenFactor =>
        (parts) => {
          given = parts
          return openers[kind](parts)
        },
    ),
    /** Call it after the login was created. */
    open(): Opened {
      const { authenticator, push, totp, passkey, recovery, deskPass } = opened
      if (!authenticator || !push || !totp || !passkey || !recovery || !deskPass) {
        throw new Error('the factors are not open')
      }
      return { authenticator, push, totp, passkey, recovery, deskPass }
    },
    /** What the login decides for them. */
    rules(): FactorRules {
      if (given === undefined) throw new Error('the factors are not open')
      return given.rules
    },
  }
}
