/** The journeys of a running server: their own steps, and the parts that factors bring. */

import {
  type ChoosePassword,
  createChoosePassword,
} from '../identity/operations/choose-password.ts'
import type { Logins } from '../identity/operations/logins.ts'
import type { ChangeOwnPassword } from '../identity/operations/passwords.ts'
import { listRules } from './decision/required-by.ts'
import { createRequirementStep } from './decision/requirement-step.ts'
import type { SessionPrecondition } from './engine/journey.ts'
import { createLoginReferences } from './engine/references.ts'
import type { JourneyStore } from './engine/store.ts'
import { type EnrolledFactor, listPhoneNames } from './factors/enrolled.ts'
import { describeFactor, type FactorKind, isFallback } from './factors/index.ts'
import { createChangeStep, createLongerStep } from './factors/password/change-step.ts'
import { createExpiryStep } from './factors/password/expiry-step.ts'
import { createLengthStep } from './factors/password/length-step.ts'
import { createPasswordStep } from './factors/password/step.ts'
import type { TicketLogin } from './factors/ticket-login.ts'
import type { AbandonedLogins } from './journeys/abandoned.ts'
import { enrolJourney, removeJourney, trialJourney } from './journeys/account.ts'
import { createBeginStep } from './journeys/begin-step.ts'
import { createBindingStep } from './journeys/binding-step.ts'
import { createEnrolBeginStep, describeEnrolled } from './journeys/enrol-begin-step.ts'
import { type FreshLogin, requireCurrentSession } from './journeys/fresh-login.ts'
import { loginJourney, stepUpJourney } from './journeys/login.ts'
import type { LoginLimits } from './journeys/login-rate-limits.ts'
import { offerJourney } from './journeys/offer.ts'
import { createRemoveStep } from './journeys/remove-step.ts'
import { resetJourney } from './journeys/reset.ts'
import { createFirstStep, createOtherStep, findFitting } from './journeys/second-factor/choose.ts'
import { createDeclineStep } from './journeys/second-factor/decline.ts'
import { createDoneStep } from './journeys/second-factor/done.ts'
import { createEnrolledStep } from './journeys/second-factor/enrolled.ts'
import { createMissingStep } from './journeys/second-factor/missing.ts'
import { createOfferStep } from './journeys/second-factor/offer.ts'
import { createRecentStep } from './journeys/second-factor/recent.ts'
import { createTroubleStep } from './journeys/second-factor/trouble.ts'
import type { Factors, LoginOptions } from './login-factors.ts'
import type { ReportNotMe } from './report/report.ts'
import type { ResetLinks } from './reset/links.ts'
import { createClaimedReset, createResetPassword } from './reset/reset.ts'
import { createResetPrecondition, createResetSteps } from './reset/steps.ts'

/** What the journeys share with the rest of the login. */
export interface JourneyNeighbours {
  readonly factors: Factors
  readonly logins: Logins
  readonly freshLogin: FreshLogin
  readonly tries: LoginLimits
  readonly ownPassword: {
    readonly choosePassword: ChoosePassword
    readonly changeOwnPassword: ChangeOwnPassword
  }
  readonly abandoned: Pick<AbandonedLogins, 'noteLeft'>
  readonly store: JourneyStore
  readonly reset: { readonly links: ResetLinks }
  readonly tickets: TicketLogin | undefined
  readonly reportNotMe: ReportNotMe
}

export function createJourneys(options: LoginOptions, neighbours: JourneyNeighbours) {
  const { config, platform, identity, records } = options
  const { factors, logins, freshLogin, tries, abandoned, ownPassword, reset, tickets } = neighbours
  const { store, reportNotMe } = neighbours
  const base = { ...platform, ...identity, ...records, logins }
  const { all, second, choose, enrolKinds, findLostAt } = factors
  const desk = {
    references: createLoginReferences(platform),
    support: config.brand.support,
    appName: identity.appName,
  }
  const choice = {
    first: createFirstStep({ ...choose, desk, findLostAt }),
    other: createOtherStep({ ...choose, desk, findLostAt }),
    trouble: createTroubleStep({
      choose,
      factors: all,
      authenticators: factors.authenticators,
      desk,
    }),
    noCode: { db: platform.db, findLostAt },
  }
  const offering = {
    offer: createOfferStep({ ...second, desk }),
    decline: createDeclineStep(second),
    enrolled: createEnrolledStep({ ...base, ...factors }),
    done: createDoneStep({ ...base, ...factors, factors: all }),
  }
  const wholeLogin = all.find((one) => one.wholeLogin !== undefined)?.wholeLogin
  const mayGoOn = (may: SessionPrecondition) => requireCurrentSession(identity.sessions, may)
  const login = {
    ...choice,
    ...offering,
    password: createPasswordStep({ ...base, limits: tries, others: { wholeLogin, tickets } }),
    expiry: createExpiryStep(base),
    requirement: createRequirementStep(second),
    recent: createRecentStep({ ...base, ...factors, store, reportNotMe }),
    missing: createMissingStep({
      ...base,
      ...factors,
      enrolKinds: enrolKinds.filter(isNoFallback),
      findRequiredLevel: choose.findRequiredLevel,
      listFallbacks: factors.listFallbacks,
      support: desk.support,
    }),
    changePassword: createChangeStep({ ...base, ...ownPassword }),
    length: createLengthStep({ ...base, ...factors }),
    longerPassword: createLongerStep({ ...base, ...ownPassword }, config.passwords.min_length),
  }
  const proof = {
    ...choice,
    password: login.password,
    binding: (acts: readonly string[]) => createBindingStep({ ...base, ...factors }, acts),
  }
  const begin = createEnrolBeginStep({
    ...base,
    ...factors,
    ...second,
    factors: enrolKinds.map(describeEnrolled),
  })
  const rules = { ...identity, ...factors.second.requirements }
  const remove = createRemoveStep({
    ...base,
    ...factors,
    listRules: (queries, userId) => listRules(rules, queries, userId),
  })
  return [
    loginJourney(login, all, { users: identity.users, noteLeft: abandoned.noteLeft }),
    offerJourney({ ...offering, ...proof }, all, mayGoOn(freshLogin.hasFirst)),
    stepUpJourney({ ...choice, begin: createStepUpBegin(identity, factors) }, all),
    enrolJourney({ ...proof, begin }, all, mayGoOn(freshLogin.hasFirst)),
    removeJourney({ ...proof, remove }, all, mayGoOn(freshLogin.hasFirst)),
    trialJourney(all, mayGoOn(freshLogin.isStrongest)),
    resetJourney(
      { ...choice, ...createReset(options, neighbours) },
      all,
      createResetPrecondition(reset.links),
    ),
  ]
}

function createReset(
  { platform, identity, records }: LoginOptions,
  { factors, logins, store, reset: { links } }: JourneyNeighbours,
) {
  const { findHighest, hasSecondFactor } = factors
  const base = { ...platform, ...identity, ...records, logins, store, links, findHighest }
  const reset = identity.directory.passwordReset?.reset
  const options = {
    ...base,
    isPossible: () => reset !== undefined,
    choosePassword: createChoosePassword({
      ...base,
      directory: reset === undefined ? {} : { changePassword: createClaimedReset(links, reset) },
      hasSecondFactor,
    }),
    resetPassword: createResetPassword(base),
  }
  return createResetSteps(options, identity.users)
}

const isNoFallback = (kind: FactorKind) => !isFallback(kind)

function createStepUpBegin({ appName }: LoginOptions['identity'], { choose }: Factors) {
  return createBeginStep({
    appName,
    async findFitting(context) {
      const { factors, weaker } = await findFitting(choose, context)
      const [first] = factors
      return {
        ...namePhones(first, weaker),
        sendsMessage: first?.factor.sendsMessage === true && first.enrolled.isUnreachable !== true,
        hasWeaker: weaker.length > 0,
      }
    },
  })
}

/** What the first page of a step-up says of the phones. */
function namePhones(first: EnrolledFactor | undefined, weaker: readonly EnrolledFactor[]) {
  return {
    ask: first && describeFactor(first.factor.kind).words.ask,
    phone: first && listPhoneNames([first])[0],
    weakerPhone: listPhoneNames(weaker)[0],
  }
}
