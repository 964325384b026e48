/**
 * For tests of the push factor: its stores, its phone requests and its steps over a real database, with a clock that
 * stands still, and the phone's side of the protocol.
 */
import {
  answerBody,
  type PhoneAnswer,
  type RegisteringPhone,
  refreshBody,
  registerBody,
} from '#forgerock-push'
import { requireUserId } from '../../login/engine/step.ts'
import type { Timers } from '../../login/factors/approval/sending/resilient.ts'
import type { SendResult } from '../../login/factors/approval/sending/sender.ts'
import {
  type AllAuthenticatorsOptions,
  createAllAuthenticators,
} from '../../login/factors/authenticators.ts'
import { enrolsBeside } from '../../login/factors/enrolled.ts'
import type { EnrolmentRules } from '../../login/factors/enrolment.ts'
import type { FactorCard } from '../../login/factors/factor.ts'
import type { Lockout } from '../../login/factors/lockout.ts'
import type { ActivateOptions } from '../../login/factors/push/activate.ts'
import { createPushAuthenticators } from '../../login/factors/push/authenticators.ts'
import {
  type ChallengePurpose,
  createPushChallengeStore,
  type PushChallenge,
} from '../../login/factors/push/challenges.ts'
import { createDelivery } from '../../login/factors/push/delivery.ts'
import { createPushDeviceStore, type PushDevice } from '../../login/factors/push/devices.ts'
import { createEnrolStep } from '../../login/factors/push/enrol-step.ts'
import { createPendingPhones } from '../../login/factors/push/pending-phones.ts'
import { createPhoneRequests } from '../../login/factors/push/phone-requests.ts'
import {
  createPushRegistrationStore,
  type PushRegistration,
} from '../../login/factors/push/registrations.ts'
import {
  type RemoveUnverifiedOptions,
  removeAllUnverified,
} from '../../login/factors/push/remove-unverified.ts'
import type { PushRules } from '../../login/factors/push/rules.ts'
import type { PushMessage, PushSender } from '../../login/factors/push/senders/sender.ts'
import { createVerifyEnrolmentStep } from '../../login/factors/push/verify-enrolment-step.ts'
import { createVerifyStep } from '../../login/factors/push/verify-step.ts'
import { createNotMeLinks, type LinkSubject } from '../../login/report/links.ts'
import { minutes } from '../../platform/kernel/clock.ts'
import type { Id } from '../../platform/kernel/ids.ts'
import { systemRandom } from '../../platform/kernel/random.ts'
import type { Database, Queries } from '../../platform/storage/database.ts'
import { createScene, createTestClock } from './scene.ts'

export type PushScene = ReturnType<typeof createPushScene>

/** One node over a database; nodes that share `clock` share the time. */
export function createPushScene(db: Database, clock = createTestClock()) {
  const scene = createScene(db, clock)
  const { sender, sent, outcome } = createTestSender()
  const links = createNotMeLinks(scene)
  const notMeUrl = async (queries: Queries, subject: LinkSubject) =>
    `https://login.example.org${await links.create(queries, subject)}`
  const base = { ...scene, senders: [sender], notMeUrl, timeZone: () => 'America/New_York' }
  const devices = createPushDeviceStore(base)
  const registrations = createPushRegistrationStore({ ...base, lifetime: minutes(5) })
  const challenges = createPushChallengeStore({ ...base, lifetime: minutes(2) })
  const context = { browser: true, place: true, address: true, time: true }
  const { waits, timers } = createWaits()
  const rules = createSwitches()
  const pending = createPendingPhones(clock)
  const stores = { devices, registrations, challenges, pending }
  const wording = { context, users: scene.users, fallback: 'de' as const }
  const sending = { ...base, stores, wording, time: { clock, timers, timeZone: base.timeZone } }
  const delivery = createDelivery(sending)
  const send = {
    ...scene,
    stores,
    delivery,
    rules: createRules(rules),
    texts: {
      findAppName: async (id: string | undefined) => (id === undefined ? undefined : 'Webmail'),
      brandName: 'Beispiel',
      context,
    },
  }
  return {
    ...stores,
    ...sending,
    delivery,
    sent,
    outcome,
    timers,
    waits,
    rules,
    requests: createPhoneRequests({
      platform: scene,
      identity: scene,
      login: { lockout: scene.lockout, notMeUrl },
      stores,
      senders: base.senders,
    }),
    send,
    confirm: createVerifyStep(send),
    test: createVerifyEnrolmentStep({ ...send, ...createRemovals(send) }),
    register: createEnrolStep({
      ...send,
      entry: {
        publicUrl: 'https://login.example.org',
        issuer: 'Beispiel',
        colour: '#0b5089',
        imageUrl: 'https://login.example.org/assets/logo.png',
      },
    }),

    /** A code that is open. */
    async openCode(userId: Id<'user'>, journeyHash = 'journey'): Promise<PushRegistration> {
      const messageId = registrations.newId()
      await registrations.open(db, { ...rules, messageId, journeyHash, userId })
      const opened = await registrations.find(db, messageId)
      if (opened === undefined) throw new Error('no code')
      return opened
    },

    /** An active phone, or with `pending` one whose enrolment is not verified yet. */
    async addDevice(
      userId: Id<'user'>,
      { phone = createPhone(), pending = false } = {},
    ): Promise<PushDevice> {
      const id = await devices.add(db, userId, phone, systemRandom.bytes(32))
      if (!pending) await devices.activate(db, id)
      const device = await devices.find(db, id)
      if (device === undefined) throw new Error('no device')
      return device
    },

    /** A challenge that waits. */
    async challenge(
      device: PushDevice,
      {
        purpose = 'login',
        journeyHash = 'journey',
        type = 'challenge',
      }: { purpose?: ChallengePurpose; journeyHash?: string; type?: PushChallenge['type'] } = {},
    ): Promise<PushChallenge> {
      const bound = { journeyHash, userId: device.userId, deviceId: device.id, purpose, type }
      const drawn = challenges.draw({ ...bound, budgetKey: rules.budgetKey })
      await db.transaction().execute((tx) => challenges.add(tx, drawn))
      return await this.challengeNow(drawn.messageId)
    },

    async challengeNow(messageId: string): Promise<PushChallenge> {
      const found = await challenges.find(db, messageId)
      if (found === undefined) throw new Error('no challenge')
      return found
    },
  }
}

type RemovalOptions = RemoveUnverifiedOptions &
  Omit<AllAuthenticatorsOptions, 'kinds' | 'findLockedKinds'> & { readonly lockout: Lockout }

/** As the login decides where push is the only factor. */
const createRemovals = (
  options: RemovalOptions,
): Omit<EnrolmentRules, 'mayEnrol'> & Pick<ActivateOptions, 'revokeAuthenticator'> => ({
  async revokeAuthenticator(tx, revocation) {
    const { lockout, stores } = options
    const { findLockedKinds } = lockout
    const kinds = [createPushAuthenticators({ ...options, ...stores, hasSenderFor: () => true })]
    await createAllAuthenticators({ ...options, kinds, findLockedKinds }).remove(tx, revocation)
  },
  async removeEarlierCodes() {},
  async removeUnverified(tx, context, enrolled) {
    if (enrolsBeside(context)) return
    await removeAllUnverified(options, tx, requireUserId(context), enrolled)
  },
})

/** A sender that records each message and returns `outcome.result`. */
function createTestSender() {
  const sent: { readonly token: string; readonly message: PushMessage }[] = []
  const outcome: { result: SendResult | Promise<SendResult> } = { result: { type: 'sent' } }
  const sender: PushSender = {
    name: 'test',
    accepts: ({ token }) => token.startsWith('http://phone.test/'),
    async send({ token }, message) {
      sent.push({ token, message })
      return await outcome.result
    },
  }
  return { sender, sent, outcome }
}

/** What a test can switch of the rules. */
const createSwitches = () => ({
  others: [] as FactorCard[],
  allowsPlain: false,
  mayEnrolAnew: false,
  budgetKey: 'network:test',
  /** By the hash of the journey, where several run at once. */
  budgetKeys: new Map<string, string>(),
})

/** The rules of the login, as the test has switched them. */
function createRules(switches: ReturnType<typeof createSwitches>): PushRules {
  return {
    listOthers: async () => switches.others,
    allowsPlain: async () => switches.allowsPlain,
    mayEnrol: async () => true,
    mayEnrolAnew: async () => switches.mayEnrolAnew,
    findBudgetKey: async ({ journeyHash }) =>
      switches.budgetKeys.get(journeyHash) ?? switches.budgetKey,
  }
}

/** Timers that pass when a test says so. */
function createWaits() {
  const waits: { readonly ms: number; readonly pass: () => void }[] = []
  const timers: Timers = {
    after(ms, pass) {
      const wait = { ms, pass }
      waits.push(wait)
      return () => void waits.splice(waits.indexOf(wait), 1)
    },
  }
  return { waits, timers }
}

/** A phone of its own, on an address that the scene's sender reaches. */
export function createPhone(more: Partial<RegisteringPhone> = {}): RegisteringPhone {
  const mechanismUid = systemRandom.uuid()
  return {
    mechanismUid,
    deviceId: `http://phone.test/${mechanismUid}`,
    deviceType: 'android',
    communicationType: 'gcm',
    deviceName: 'Pixel 9',
    ...more,
  }
}

export function signRegistration(code: PushRegistration, phone: RegisteringPhone): string {
  const { messageId, challenge } = code
  return registerBody({ messageId, challenge, secret: code.secret(), phone })
}

type Signing = Pick<PushChallenge, 'messageId' | 'challenge'>

export function signAnswer(
  { messageId, challenge }: Signing,
  device: Pick<PushDevice, 'secret'>,
  answer: PhoneAnswer,
): string {
  const secret = device.secret()
  return answerBody({ client: 'android', messageId, challenge, secret, answer })
}

/** The answer with the right number. */
export function signApproval(challenge: PushChallenge, device: Pick<PushDevice, 'secret'>): string {
  return signAnswer(challenge, device, { type: 'approve', number: challenge.numbers.right })
}

/** The answer with another of the three numbers. */
export function signWrongNumber(
  challenge: PushChallenge,
  device: Pick<PushDevice, 'secret'>,
): string {
  const { numbers, right } = challenge.numbers
  const number = numbers.find((one) => one !== right) ?? 0
  return signAnswer(challenge, device, { type: 'approve', number })
}

export function signDenial(challenge: PushChallenge, device: Pick<PushDevice, 'secret'>): string {
  return signAnswer(challenge, device, { type: 'deny', challenge: true })
}

/** A refresh of the device to a new address, signed with `secret` or with its own. */
export function signRefresh(
  device: PushDevice,
  deviceId: string,
  { secret = device.secret(), deviceType = 'android' as 'android' | 'ios' } = {},
): string {
  const { mechanismUid } = device
  const phone = createPhone({ mechanismUid, deviceId, deviceType })
  return refreshBody({ client: 'android', secret, phone })
}
