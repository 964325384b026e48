/** What an answer with the right key does to its request. Owns what is audited and who is notified. */

import type { Answer, Answered } from '#authenticator'
import { equalInConstantTime } from '../../../platform/kernel/crypto.ts'
import type { Transaction } from '../../../platform/storage/transact.ts'
import { wakeAfterCommit } from '../../engine/ended-logins.ts'
import { browserOfAbout } from '../../report/about.ts'
import { isRefusalOfLogin, isTooLate } from '../approval/requests.ts'
import { findBrowserGroup } from '../budget-key.ts'
import { factorNotices } from '../notices.ts'
import type { Challenge, FinalAnswer } from './challenges.ts'
import type { DeviceRequestOptions } from './device-replies.ts'
import type { AuthenticatorDevice } from './devices.ts'
import { authenticatorEvents } from './events.ts'
import { cancelMoves, completeMove, continueMove } from './move.ts'
import { authenticatorNotices } from './notices.ts'

const answers = {
  approve: 'approved',
  deny: 'denied',
  report: 'reported',
} as const satisfies Record<Answer['decision'], FinalAnswer>

type Outcome = Pick<Answered, 'outcome' | 'left'>

/** An answer, and whether the phone has verified its owner for it. */
export interface CheckedAnswer extends Answer {
  readonly isVerified: boolean
}

/** Call it under the lock of the user. */
export async function judgeAnswer(
  options: DeviceRequestOptions,
  tx: Transaction,
  device: AuthenticatorDevice,
  claims: CheckedAnswer,
): Promise<Outcome> {
  const challenge = await options.stores.challenges.find(tx, claims.jti)
  const over = findEnd(options, challenge, device, claims)
  if (over !== undefined || challenge === undefined) return { outcome: over ?? 'superseded' }
  const mustVerify = claims.decision === 'approve' && challenge.verification === 'required'
  // Comes before the check of the code, so that nobody tries codes without the owner. Nothing here could be guessed.
  if (mustVerify && !claims.isVerified) return { outcome: 'not_verified' }
  const judged =
    claims.decision === 'approve' && !isRightCode(challenge, claims)
      ? await takeTry(options, tx, challenge, device)
      : await answer(options, tx, challenge, { device, claims })
  wakeAfterCommit(options.platform.events, tx, [challenge.journeyHash])
  return judged
}

/** Why the request cannot be answered. A request to another device is treated like one that does not exist. */
function findEnd(
  { platform }: DeviceRequestOptions,
  challenge: Challenge | undefined,
  { id, status }: AuthenticatorDevice,
  { nonce, decision }: Answer,
): 'superseded' | 'expired' | 'answered' | undefined {
  if (challenge === undefined || challenge.deviceId !== id) return 'superseded'
  if (!equalInConstantTime(challenge.nonce, nonce)) return 'superseded'
  if (challenge.purpose !== 'enrolment' && status !== 'active') return 'superseded'
  const isRefusal = isRefusalOfLogin(challenge.purpose, answers[decision])
  if (isRefusal && ['waiting', 'superseded'].includes(challenge.status)) return undefined
  if (challenge.status === 'superseded') return 'superseded'
  if (challenge.status !== 'waiting') return 'answered'
  return isTooLate(challenge, platform.clock.now()) ? 'expired' : undefined
}

/** A caller is shown the code in the reply, and carries it to the service desk. */
function isRightCode(challenge: Challenge, { code, scan }: Answer): boolean {
  if (challenge.purpose === 'caller') return code === undefined && scan === undefined
  return code !== undefined
    ? equalInConstantTime(challenge.code, code)
    : equalInConstantTime(challenge.scan, scan ?? '')
}

async function takeTry(
  options: DeviceRequestOptions,
  tx: Transaction,
  challenge: Challenge,
  device: AuthenticatorDevice,
): Promise<Outcome> {
  const { stores, login } = options
  const { id, userId, purpose } = challenge
  const left = await stores.challenges.takeTry(tx, id)
  if (left === undefined) return { outcome: 'expired' }
  if (purpose === 'login') {
    const group = findBrowserGroup(challenge.budgetKey)
    await login.lockout.fail(tx, userId, 'authenticator', group)
  }
  if (left === 0) {
    await note(options, tx, challenge, { outcome: 'wrong_code' })
    if (purpose === 'move') await continueMove(options, tx, challenge, 'wrong_code')
    if (purpose === 'login') await notifyRefusal(options, tx, challenge, device, 'wrongCode')
  }
  return { outcome: 'wrong_code', left }
}

async function answer(
  options: DeviceRequestOptions,
  tx: Transaction,
  challenge: Challenge,
  { device, claims }: { readonly device: AuthenticatorDevice; readonly claims: Answer },
): Promise<Outcome> {
  const outcome = answers[claims.decision]
  const { id: challengeId, userId, purpose } = challenge
  if (!(await options.stores.challenges.answer(tx, challenge, outcome))) {
    return { outcome: 'expired' }
  }
  await note(options, tx, challenge, { outcome })
  if (purpose === 'move') await continueMove(options, tx, challenge, outcome)
  if (purpose === 'enrolment' && !(await finishMove(options, tx, challenge, { device, outcome }))) {
    return { outcome: 'superseded' }
  }
  if (purpose === 'login' && outcome === 'denied') {
    await notifyRefusal(options, tx, challenge, device, 'denied')
  }
  // A new phone may belong to anybody who has seen the link, so its report has no consequence for the account.
  if (purpose === 'login' && outcome === 'reported') {
    await options.login.reportNotMe(tx, { userId, challengeId, source: 'authenticator' })
  }
  return { outcome }
}

/**
 * The effect of the first answer of a phone that takes the place of another one. No page waits for it.
 * @returns `false`: the other one cannot be replaced any more
 */
async function finishMove(
  options: DeviceRequestOptions,
  tx: Transaction,
  { id, journeyHash, userId }: Challenge,
  { device, outcome }: { readonly device: AuthenticatorDevice; readonly outcome: FinalAnswer },
): Promise<boolean> {
  const { registrations, challenges } = options.stores
  const move = await registrations.findMoveTo(tx, device.id)
  if (move?.movesFrom == null) return true
  if (outcome === 'approved') {
    await challenges.consume(tx, id, journeyHash)
    if (await completeMove(options, tx, move, device)) return true
  }
  await cancelMoves(options, tx, { id: move.movesFrom, userId })
  return outcome !== 'approved'
}

async function note(
  { identity }: DeviceRequestOptions,
  tx: Transaction,
  { userId, deviceId, purpose, about, createdAt }: Challenge,
  { outcome }: { readonly outcome: FinalAnswer | 'wrong_code' },
): Promise<void> {
  await identity.audit.record(tx, authenticatorEvents.answered, {
    ...{ userId, deviceId, purpose, outcome },
    ...(about?.app !== undefined && { app: about.app }),
    ...(purpose === 'login' && { askedAt: createdAt }),
  })
}

/** Sends a mail that names the login and asks whether it was the user's own. */
async function notifyRefusal(
  { identity: { notify }, login: { notMeUrl } }: DeviceRequestOptions,
  tx: Transaction,
  { userId, id: challengeId, about = {} }: Challenge,
  ...[{ name }, which]: readonly [AuthenticatorDevice, 'denied' | 'wrongCode']
): Promise<void> {
  const { app, place, address } = about
  const facts = { userId, device: name, app, browser: browserOfAbout(about), place, address }
  const url = await notMeUrl(tx, { userId, challengeId })
  const notice =
    about.byApp === undefined ? authenticatorNotices[which] : factorNotices.appRequestRefused
  await notify(tx, notice, { ...facts, notMeUrl: url })
}
