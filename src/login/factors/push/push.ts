/**
 * The push factor, put together: stores, senders, steps and the phones' address. Owns what belongs to push and to
 * nothing else; whoever uses the factor sees what is returned here.
 */
import type { Audit } from '../../../identity/audit/audit.ts'
import type { Throttle } from '../../../identity/limits/throttle.ts'
import type { Notify } from '../../../identity/notify/notice.ts'
import type { Users } from '../../../identity/users/users.ts'
import { type Clock, hours, seconds } from '../../../platform/kernel/clock.ts'
import type { Events } from '../../../platform/kernel/events.ts'
import type { Keyring } from '../../../platform/kernel/keyring.ts'
import type { Log } from '../../../platform/kernel/log.ts'
import type { Random } from '../../../platform/kernel/random.ts'
import type { Database, Queries } from '../../../platform/storage/database.ts'
import type { StepContext } from '../../engine/step.ts'
import type { LinkSubject } from '../../report/links.ts'
import type { Attempts } from '../attempts.ts'
import type { EndProven } from '../end-proven.ts'
import type { Companion, SecondFactorWay } from '../factor.ts'
import type { Registering, RegisteringBeside } from '../registering.ts'
import { createPushAuthenticators } from './authenticators.ts'
import { createPushChallengeStore, type PushChallengeStore } from './challenges.ts'
import { createConfirmStep, createTestStep } from './confirm-step.ts'
import { createDelivery, type PushDelivery, type ShownContext } from './delivery.ts'
import { createPushDeviceStore, type PushDeviceStore } from './devices.ts'
import { createPhoneRequests } from './phone-requests.ts'
import { createRegisterStep } from './register-step.ts'
import { createPushRegistrationStore } from './registrations.ts'
import { createPhoneRoute } from './routes.ts'
import { systemTimers, type Timers } from './senders/resilient.ts'
import type { PushSender } from './senders/sender.ts'
import { createTrialStep } from './trial-step.ts'

export interface PushFactorOptions extends Registering, RegisteringBeside {
  readonly db: Database
  readonly clock: Clock
  readonly random: Random
  readonly keyring: Keyring
  readonly events: Events
  readonly audit: Audit
  readonly notify: Notify
  readonly attempts: Attempts
  readonly endProven: EndProven
  readonly log: Log
  readonly users: Users
  readonly throttle: Throttle
  readonly publicUrl: string
  /** The name that the phone's app shows. */
  readonly issuer: string
  readonly brandName: string
  /** `#rrggbb`. */
  readonly colour: string
  /** Milliseconds. */
  readonly challengeLifetime: number
  readonly registrationLifetime: number
  readonly context: ShownContext
  /** Whose codes come with the same QR code. Absent: it is for push alone. */
  readonly companion?: Companion | undefined
  /** The address of a page that reports the login of a challenge as another person's. */
  readonly notMeUrl: (queries: Queries, subject: LinkSubject) => Promise<string>
  /** The zone in which messages tell the time. */
  readonly timeZone: () => string
  /** The first that accepts a phone's address carries its messages. */
  readonly senders: readonly PushSender[]
  readonly appName: (appId: string | undefined) => Promise<string | undefined>
  /** The person's other second factors that would do here. */
  readonly othersOf: (context: StepContext) => Promise<readonly SecondFactorWay[]>
  /** Whether an app that shows no numbers may approve with a tap. */
  readonly allowsPlain: (context: StepContext) => Promise<boolean>
  /** Whether a phone may be connected in place of those that no message reaches. */
  readonly mayRegisterAnew: (queries: Queries, context: StepContext) => Promise<boolean>
  /** Absent: the system's. */
  readonly timers?: Timers
}

export function createPushFactor(options: PushFactorOptions) {
  const { hasRoomBeside, ...others } = options
  const devices = createPushDeviceStore(options)
  const registrations = createPushRegistrationStore({
    ...options,
    lifetime: options.registrationLifetime,
  })
  const challenges = createPushChallengeStore({ ...options, lifetime: options.challengeLifetime })
  const delivery = createDelivery({ timers: systemTimers, ...options, devices, challenges })
  const requests = createPhoneRequests({ ...options, devices, registrations, challenges })
  const steps = { ...others, devices, registrations, challenges, delivery }
  return {
    devices,
    challenges,
    confirm: createConfirmStep(steps),
    /** The same beside a session that exists: it connects no phone. */
    confirmAgain: createConfirmStep({ ...steps, mayRegisterAnew: async () => false }),
    test: createTestStep(steps),
    register: createRegisterStep(steps),
    /** For a person who may connect one phone beside another. */
    beside: {
      register: createRegisterStep({ ...steps, hasRoomBeside }),
      test: createTestStep({ ...steps, hasRoomBeside }),
    },
    trial: createTrialStep(steps),
    authenticators: createPushAuthenticators(steps),
    /** Answers the requests of phones. */
    phones: createPhoneRoute({ requests, log: options.log }),
    failForgotten: delivery.failForgotten,
    /** Removes what nobody comes back to. */
    purge: () => purge(options, { challenges, devices }),
    /** Waits for messages that are under way. */
    settle: delivery.settle,
    /** Lets messages that are under way come to an end, for a while, and lets go of the senders. */
    close: () => close(options, delivery),
  }
}

/** Limits look back a day. No journey lasts longer than two hours, and a phone counts only by the one that brought it. */
async function purge(
  { db, clock }: PushFactorOptions,
  { challenges, devices }: { challenges: PushChallengeStore; devices: PushDeviceStore },
): Promise<void> {
  const now = clock.now()
  await challenges.purge(db, now - hours(24))
  await devices.purgePending(db, now - hours(2))
}

async function close({ senders }: PushFactorOptions, delivery: PushDelivery): Promise<void> {
  const impatience = setTimeout(() => void delivery.stop(), seconds(5))
  await delivery.settle()
  clearTimeout(impatience)
  await Promise.all(senders.map((sender) => sender.close?.()))
}
