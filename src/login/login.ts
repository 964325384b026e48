/** The login, put together: the factors, the journeys that lead through them, and the decision who has to go through which. */

import { appEvents, registrationTokenEvents } from '../identity/apps/events.ts'
import type { EventType } from '../identity/audit/event.ts'
import type { LoginCounts } from '../identity/audit/login-counts.ts'
import { loginEvents } from '../identity/audit/login-events.ts'
import {
  type ChoosePasswordOptions,
  createChoosePassword,
} from '../identity/operations/choose-password.ts'
import {
  type CurrentPasswordOptions,
  createJudgeCurrentPassword,
} from '../identity/operations/current-password.ts'
import { createLogins } from '../identity/operations/logins.ts'
import { createChangeOwn } from '../identity/operations/own-change.ts'
import {
  createChangeOwnPassword,
  type PasswordOperationsOptions,
} from '../identity/operations/passwords.ts'
import { createSessionOperations } from '../identity/operations/sessions.ts'
import { hasFirstFactor } from '../identity/policy/assurance.ts'
import { provisioningEvents } from '../identity/provisioning/events.ts'
import { sessionEvents } from '../identity/sessions/events.ts'
import { userEvents } from '../identity/users/events.ts'
import type { Metric } from '../platform/kernel/metric.ts'
import { tryEach } from '../platform/kernel/try-each.ts'
import type { Database, Queries } from '../platform/storage/database.ts'
import { type BackchannelOptions, createBackchannelLogins } from './backchannel/backchannel.ts'
import { createOfferAgain } from './decision/choices.ts'
import { choiceEvents, entryEvents } from './decision/events.ts'
import { createForesee } from './decision/foresight.ts'
import { createGate, type GateOptions } from './decision/gate.ts'
import { createFindNextJourney } from './decision/next-journey.ts'
import { createEntryRefusals } from './decision/refusals.ts'
import { type Continuations, createContinuations, loginAddress } from './engine/continuation.ts'
import { createLoginHooks } from './engine/ended-logins.ts'
import { createEngine } from './engine/engine.ts'
import type { JourneyRequest } from './engine/journey.ts'
import { createLoginReferences } from './engine/references.ts'
import { createJourneyStore } from './engine/store.ts'
import { createOwnAuthenticatorOperations } from './factors/authenticator-operations.ts'
import { factorEventTypes } from './factors/index.ts'
import { createRevokeProofs } from './factors/revoke-proofs.ts'
import { ticketEvents } from './factors/ticket/events.ts'
import { openTickets } from './factors/ticket/open.ts'
import type { TicketLogin } from './factors/ticket-login.ts'
import { createUndo } from './factors/undo-binding.ts'
import { createFunnel, type Funnel } from './funnel.ts'
import { invitationEvents } from './invitations/events.ts'
import { invitationPath } from './invitations/store.ts'
import { createAbandonedLogins } from './journeys/abandoned.ts'
import { findBeginning } from './journeys/account.ts'
import { createFinish } from './journeys/finish.ts'
import { createFreshLogin, type FreshLoginOptions } from './journeys/fresh-login.ts'
import { createLoginLimits } from './journeys/login-rate-limits.ts'
import { resetEndPath } from './journeys/reset.ts'
import { createFactors, type Factors, type LoginOptions } from './login-factors.ts'
import { createJourneys } from './login-journeys.ts'
import { reportEvents } from './report/events.ts'
import { createNotMeLinks, type NotMeLinks } from './report/links.ts'
import {
  createReportByLink,
  createReportNotMe,
  fitConsequences,
  type ReportNotMe,
  type ReportOptions,
} from './report/report.ts'
import { resetEvents } from './reset/events.ts'
import { createResetFlood, type ResetFloodOptions } from './reset/flood.ts'
import { createResetLinks, type ResetLinksOptions } from './reset/links.ts'
import { createResetRequests, type ResetRequestsOptions } from './reset/requests.ts'
import { createSettle, type SettleOptions } from './reset/settle.ts'

/** The audit events of a login and of what it is based on. */
export const loginEventTypes: readonly EventType[] = [
  ...[loginEvents, userEvents, sessionEvents, appEvents, registrationTokenEvents].flatMap((one) =>
    Object.values(one),
  ),
  ...[choiceEvents, entryEvents, reportEvents, resetEvents, invitationEvents].flatMap((one) =>
    Object.values(one),
  ),
  ...[...Object.values(provisioningEvents), ...Object.values(ticketEvents)],
  ...factorEventTypes,
]

export function createLogin(options: LoginOptions) {
  const { config, platform, identity, records } = options
  const { clock, keyring } = platform
  // What the parts of the login are built from; each uses the members that it names.
  const base = { ...platform, ...identity, ...records, config, publicUrl: options.publicUrl }
  const links = createNotMeLinks(base)
  const store = createJourneyStore(platform)
  const tries = createLoginLimits({ ...base, onFailed: records.loginCounts.failed })
  const logins = createLogins({ ...base, hooks: createLoginHooks({ ...base, store }) })
  const changeOwn = createChangeOwn(base)
  const revokeProofs = createRevokeProofs({ ...base, journeys: store, logins })
  const { knownBrowsers, failedLogins } = tries
  // A report looks at all factors, and a factor may make a report: everything is built before anybody reports.
  const reportNotMe: ReportNotMe = (tx, report) => notMe.reportNotMe(tx, report)
  const neighbours = {
    ...{ links, journeys: store, logins, revokeProofs, knownBrowsers, failedLogins },
    reportNotMe,
  }
  const factors = createFactors(options, neighbours)
  const consequences = fitConsequences(config.not_me, identity.directory)
  const notMe = createNotMe({ ...base, consequences, logins, links }, factors)
  const ownPassword = createOwnPassword({ ...base, knownBrowsers, failedLogins, logins }, factors)
  const sources = factors.second
  const continuations = createContinuations({ key: keyring.deriveInEpoch('continuations'), clock })
  const freshLogin = createFresh({ ...base, store }, factors)
  const refusals = createEntryRefusals(base)
  const entered = { sources, continuations, refusals }
  const reset = createReset(base)
  const tickets = openTickets(base)
  const funnel = createFunnel()
  const abandoned = createAbandonedLogins({ ...base, ...funnel, store, factors: factors.all })
  const engine = createEngine({
    ...base,
    store,
    journeys: createJourneys(options, {
      ...{ factors, logins, freshLogin, tries, abandoned, store, reset, tickets },
      ...{ ownPassword, reportNotMe },
    }),
    finish: createFinish({
      ...{ ...base, store, logins, factors: factors.all },
      authenticators: factors.authenticators,
      onLogin: records.loginCounts.succeeded,
    }),
    createRestartPath: createRestartPaths(continuations),
    lifetime: config.login.journey_lifetime,
  })
  return {
    factors,
    eventTypes: loginEventTypes,
    flushTries: createFlushTries(
      base,
      [failedLogins, tries.guesses, tries.throttledTries, factors.lockout, refusals, reset],
      factors,
    ),
    notMe,
    reset,
    engine: funnel.watch(engine),
    noteExpiredLogins: abandoned.noteExpired,
    journeys: store,
    references: createLoginReferences(platform),
    logins,
    changeOwn,
    ...ownPassword,
    sessionOperations: createSessionOperations({ ...base, logins, changeOwn }),
    ownAuthenticators: createOwnAuthenticatorOperations({
      ...factors,
      changeOwn,
      proofs: store,
    }),
    offerAgain: createOfferAgain({ ...base, ...factors, changeOwn }),
    knownBrowsers,
    continuations,
    freshLogin,
    ...createEntries({ ...base, ...entered, logins, store, factors: factors.all }),
    tickets,
    metrics: listMetrics(funnel, [refusals, tries.spraying, reset], tickets),
    foresee: createForesee({ clock, sources }),
    findNextJourney: createFindNextJourney({
      clock,
      sources,
      isFirstFresh: freshLogin.isFirstFresh,
      findFirstRule: factors.first.findRule,
      hasFirstFactor: async (queries, { id }) =>
        hasFirstFactor(await store.proofsOfSession(queries, id)),
    }),
  }
}

function listMetrics(
  funnel: Funnel,
  parts: readonly { readonly metric: Metric }[],
  tickets: TicketLogin | undefined,
): Metric[] {
  return [...funnel.metrics, ...parts.map(({ metric }) => metric), ...(tickets?.metrics ?? [])]
}

function createFresh(
  options: Pick<LoginOptions, 'config'> & Pick<FreshLoginOptions, 'clock' | 'store' | 'users'>,
  { all, findHighest }: Factors,
) {
  return createFreshLogin({
    ...options,
    maxAge: options.config.account.fresh_login,
    fallbacks: all.filter(({ isFallback }) => isFallback),
    findHighestEnrolled: findHighest,
  })
}

/** Writes the attempts that were only counted so far; with `all` also the latest. Does not throw. */
function createFlushTries(
  { db, log }: Pick<LoginOptions['platform'], 'db' | 'log'>,
  counts: readonly {
    flush: (db: Database, which?: { readonly all: boolean }) => Promise<unknown>
  }[],
  { all }: Factors,
) {
  return async (which?: { readonly all: boolean }) => {
    try {
      for (const count of counts) await count.flush(db, which)
      for (const factor of all) await factor.flush?.(db, which)
    } catch (error) {
      log.error({ error }, 'refused tries were not written down')
    }
  }
}

/** How people get a new password of their own, in a login and on their own pages. */
function createOwnPassword(
  options: PasswordOperationsOptions &
    CurrentPasswordOptions &
    Omit<ChoosePasswordOptions, 'hasSecondFactor'>,
  { hasSecondFactor }: Factors,
) {
  return {
    judgeCurrentPassword: createJudgeCurrentPassword(options),
    choosePassword: createChoosePassword({ ...options, hasSecondFactor }),
    changeOwnPassword: createChangeOwnPassword(options),
  }
}

/** What lets people into apps, with a browser and without one. */
function createEntries(
  options: GateOptions &
    Omit<BackchannelOptions, 'gate' | 'records'> &
    Omit<BackchannelOptions['records'], 'onLogin'> & { readonly loginCounts: LoginCounts },
) {
  const gate = createGate(options)
  const records = { ...options, onLogin: options.loginCounts.succeeded }
  return { gate, backchannel: createBackchannelLogins({ ...options, gate, records }) }
}

/** What a person can do about a forgotten password. */
function createReset(
  options: Omit<ResetRequestsOptions, 'settle' | 'onStored'> &
    Omit<SettleOptions, 'links'> &
    ResetLinksOptions &
    ResetFloodOptions,
) {
  const flood = createResetFlood(options)
  const links = createResetLinks(options)
  const { settle, flush } = createSettle({ ...options, links })
  const requests = createResetRequests({ ...options, settle, onStored: flood.note })
  return {
    links,
    requests,
    flush,
    metric: flood.metric,
    purge: (): Promise<void> => tryEach([() => links.purge(options.db), requests.purge]),
  }
}

/** Makes the path at which a journey for the same request begins again. */
function createRestartPaths({ sign }: Pick<Continuations, 'sign'>) {
  return (request: JourneyRequest): string => {
    if (request.link !== undefined) return resetEndPath
    if (request.invitation !== undefined) return invitationPath
    if (request.authenticator !== undefined) return findBeginning(request)
    return loginAddress(sign(request))
  }
}

/** What a person can do about a login that was not theirs, by a link or on an authenticator. */
function createNotMe(
  options: Omit<ReportOptions, 'factors'> & {
    readonly db: Database
    readonly links: NotMeLinks
  },
  { all, authenticators, fresh, enrolKinds }: Factors,
) {
  const { links, consequences } = options
  const undo = createUndo({ authenticators, fresh, enrolKinds })
  const findAttempt = async (queries: Queries, challengeId: string) => {
    for (const factor of all) {
      const login = await factor.findReported?.(queries, challengeId)
      if (login !== undefined) return login
    }
    return undefined
  }
  const reportNotMe = createReportNotMe({ ...options, factors: { ...undo, findAttempt } })
  const reportByLink = createReportByLink({ ...options, reportNotMe })
  return { links, fresh, findAttempt, undo, consequences, reportNotMe, reportByLink }
}
