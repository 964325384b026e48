/**
 * The journeys that lead through the factors. Owns which steps each of them has; which follows upon which is said in
 * journeys/.
 */

import type { Logins } from '../identity/operations/logins.ts'
import { createChangeOwnPassword } from '../identity/operations/passwords.ts'
import { createRequirementStep } from './decision/requirement-step.ts'
import { createChangeStep } from './factors/password/change-step.ts'
import { createPasswordStep } from './factors/password/step.ts'
import { enrolJourney, trialJourney } from './journeys/account.ts'
import { createBeginStep } from './journeys/begin-step.ts'
import { createEnrolBeginStep } from './journeys/enrol-begin-step.ts'
import type { FreshLogin } from './journeys/fresh-login.ts'
import { loginJourney, stepUpJourney } from './journeys/login.ts'
import { offerJourney } from './journeys/offer.ts'
import { createFirstStep, createOtherStep, fittingWays } from './journeys/second-factor/choose.ts'
import { createDeclineStep } from './journeys/second-factor/decline.ts'
import { createGetAppStep } from './journeys/second-factor/get-app.ts'
import { createOfferStep } from './journeys/second-factor/offer.ts'
import { requireCurrentSession } from './journeys/session-precondition.ts'
import type { Tries } from './journeys/tries.ts'
import type { Factors, LoginOptions } from './login-factors.ts'

export function createJourneys(
  options: LoginOptions & { readonly logins: Logins },
  factors: Factors,
  freshLogin: FreshLogin,
  tries: Tries,
) {
  const { config, appName } = options
  const { push, totp, passkey, recovery, second } = factors
  const first = createFirstStep(factors.choose)
  const other = createOtherStep(factors.choose)
  const begin = createBeginStep({
    appName,
    async fittingOf(context) {
      const { ways, weaker } = await fittingWays(factors.choose, context)
      const [first] = ways
      return {
        sendsMessage: first?.way.name === 'push' && first.holding.isUnreachable !== true,
        hasWeaker: weaker.length > 0,
      }
    },
  })
  const confirm = push.confirm
  const confirmCode = totp.confirm
  const confirmPasskey = passkey.confirm
  const { confirm: recover, create: createCodes } = recovery
  const { ios_url: iosUrl, android_url: androidUrl } = config.stores
  const offering = {
    offer: createOfferStep(second),
    decline: createDeclineStep(second),
    getApp: createGetAppStep({ iosUrl, androidUrl }),
    register: push.register,
    registerCode: totp.register,
    registerPasskey: passkey.register,
    test: push.test,
    createCodes,
  }
  return [
    loginJourney(
      {
        ...offering,
        password: createPasswordStep({ ...options, ...tries, passkey: passkey.wholeLogin }),
        need: createRequirementStep(second),
        changePassword: createChangeStep({
          ...options,
          changeOwnPassword: createChangeOwnPassword(options),
          minPasswordLength: config.passwords.min_length,
        }),
        first,
        other,
        confirm,
        confirmCode,
        confirmPasskey,
        recover,
      },
      options.users,
    ),
    offerJourney(offering, requireCurrentSession(options.sessions, freshLogin.hasFirst)),
    stepUpJourney({
      begin,
      first,
      other,
      createCodes,
      confirm: push.confirmAgain,
      confirmCode,
      confirmPasskey,
      recover,
    }),
    enrolJourney(
      {
        begin: createEnrolBeginStep({ ...options, ...factors, kinds: factors.enrolKinds }),
        ...push.beside,
        registerCode: totp.beside.register,
        registerPasskey: passkey.beside.register,
        createCodes,
      },
      requireCurrentSession(options.sessions, freshLogin.mayChange),
    ),
    trialJourney(push.trial, requireCurrentSession(options.sessions, freshLogin.isStrongest)),
  ]
}
