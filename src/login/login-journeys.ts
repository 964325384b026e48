/** The journeys of a running server: their own steps, and the parts that factors bring. */

import { createNeedStep } from './decision/requirement.ts'
import type { JourneyStore } from './engine/store.ts'
import { describeFactor } from './factors/index.ts'
import { createChangeStep } from './factors/password/change-step.ts'
import { createPasswordStep } from './factors/password/step.ts'
import { enrolJourney, trialJourney } from './journeys/account.ts'
import { createBeginStep } from './journeys/begin-step.ts'
import { createEnrolBeginStep } from './journeys/enrol-begin-step.ts'
import type { FreshLogin } from './journeys/fresh-login.ts'
import { whileCurrent } from './journeys/guard.ts'
import { loginJourney, stepUpJourney } from './journeys/login.ts'
import { offerJourney } from './journeys/offer.ts'
import { createFirstStep, createOtherStep, findFitting } from './journeys/second-factor/choose.ts'
import { createDeclineStep } from './journeys/second-factor/decline.ts'
import { createOfferStep } from './journeys/second-factor/offer.ts'
import type { Tries } from './journeys/tries.ts'
import type { Factors, LoginOptions } from './login-factors.ts'

export function createJourneys(
  options: LoginOptions,
  factors: Factors,
  store: JourneyStore,
  freshLogin: FreshLogin,
  tries: Tries,
) {
  const { config } = options
  const { all, second, choose, enrolKinds } = factors
  const choice = { first: createFirstStep(choose), other: createOtherStep(choose) }
  const offering = { offer: createOfferStep(second), decline: createDeclineStep(second) }
  const wholeLogin = all.find((one) => one.wholeLogin !== undefined)?.wholeLogin
  const mayGoOn = (may: Parameters<typeof whileCurrent>[1]) => whileCurrent(options.sessions, may)
  const login = {
    ...choice,
    ...offering,
    password: createPasswordStep({ ...options, ...tries, wholeLogin }),
    need: createNeedStep(second),
    changePassword: createChangeStep({
      ...options,
      store,
      minPasswordLength: config.passwords.min_length,
    }),
  }
  const begin = createEnrolBeginStep({
    ...options,
    ...factors,
    factors: enrolKinds.map(describeFactor),
  })
  return [
    loginJourney(login, all, options.users),
    offerJourney(offering, all, mayGoOn(freshLogin.hasFirst)),
    stepUpJourney({ ...choice, begin: createStepUpBegin(options, factors) }, all),
    enrolJourney(begin, all, mayGoOn(freshLogin.mayChange)),
    trialJourney(all, mayGoOn(freshLogin.isStrongest)),
  ]
}

function createStepUpBegin({ appName }: LoginOptions, { choose }: Factors) {
  return createBeginStep({
    appName,
    async findFitting(visit) {
      const { factors, weaker } = await findFitting(choose, visit)
      const [first] = factors
      return {
        sendsMessage: first?.factor.sendsMessage === true && first.enrolled.isUnreachable !== true,
        hasWeaker: weaker.length > 0,
      }
    },
  })
}
