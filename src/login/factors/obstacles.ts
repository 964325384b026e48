/**
 * What keeps a user from logging in now, and what the service desk can do: sentences in English for an operator.
 * decision/unmet-rules.ts has the rules of apps. Changes nothing.
 */

import { findPasswordWait } from '../../identity/limits/password-waits.ts'
import type { Throttle } from '../../identity/limits/throttle.ts'
import type { Administrator } from '../../identity/operations/actor.ts'
import type { User } from '../../identity/users/user.ts'
import type { Config } from '../../platform/config/schema.ts'
import type { Clock } from '../../platform/kernel/clock.ts'
import { quoteWord } from '../../platform/kernel/text.ts'
import type { Database } from '../../platform/storage/database.ts'
import { createTranslator } from '../../platform/ui/translate.ts'
import { findBlockEnd } from '../report/report.ts'
import { createBudget } from './approval/budget.ts'
import type { AllAuthenticators } from './authenticators.ts'
import { findBrowserGroup, knownBrowserPrefix, networkPrefix } from './budget-key.ts'
import type { Authenticator } from './factor.ts'
import { describeFactor, isFallback, listFactors } from './index.ts'
import type { Lockout } from './lockout.ts'
import { hasLostFactors } from './lost-factors.ts'
import type { PassOperations } from './passes.ts'

export interface ObstacleOptions {
  readonly db: Database
  readonly clock: Clock
  readonly config: Config
  readonly throttle: Pick<Throttle, 'check' | 'clear'>
  readonly lockout: Pick<Lockout, 'findWait'>
  readonly authenticators: Pick<AllAuthenticators, 'list'>
  readonly passes: Pick<PassOperations, 'listRequests'>
  /** Apps that require more than these authenticators reach. */
  readonly listUnmetRules: (user: User, own: readonly Authenticator[]) => Promise<string[]>
}

const t = createTranslator('en')
const formatTime = (at: number): string => `${new Date(at).toISOString().slice(0, 19)}Z`

export async function listObstacles(
  options: ObstacleOptions,
  actor: Administrator,
  user: User,
): Promise<string[]> {
  const { db, clock, authenticators, passes } = options
  const wait = await findPasswordWait(options, db, user)
  const blockEnd = findBlockEnd(user, clock.now())
  const own = await authenticators.list(db, user.id)
  const requests = await passes.listRequests(actor, user.username)
  const sentences = [
    user.disabledAt !== null && 'The user is disabled.',
    user.passwordChangeRequired && 'The user has to choose a new password at the next login.',
    wait && `After wrong passwords the next attempt has to wait ${wait.retryAfter} s.`,
    ...(await explainFactorWaits(options, user)),
    blockEnd && `After a report no notification goes to the phones until ${formatTime(blockEnd)}.`,
    ...(await explainLimits(options, user)),
    await explainNone(db, user, own),
    ...requests.map(
      ({ id, requestedBy, expiresAt }) =>
        `${requestedBy} has requested a pass, which waits until ${formatTime(expiresAt)} for another operator: einlass pass approve ${id}`,
    ),
    ...own.flatMap((one) => explainState(one) ?? explainUnavailable(options.config, one) ?? []),
    ...(await options.listUnmetRules(user, own)),
  ]
  return sentences.filter((one) => typeof one === 'string')
}

/** After the last one was lost, the password alone sets up no other, see lost-factors.ts. */
async function explainNone(
  db: Database,
  { id, username }: User,
  own: readonly Authenticator[],
): Promise<string | undefined> {
  const fallbacks = own.filter(({ kind }) => isFallback(kind))
  if (own.length > fallbacks.length) return undefined
  if (!(await hasLostFactors(db, id)))
    return 'The user has no second factor. The next login to an app that asks for one offers to set it up.'
  const names = fallbacks.map(({ kind, left }) => {
    const name = t(describeFactor(kind).words.name).toLowerCase()
    return left === undefined ? name : `${name} (${left} left)`
  })
  return names.length > 0
    ? `The user has no second factor any more, and sets up another one only after a fallback. There is: ${names.join(', ')}.`
    : `The user has no second factor any more, and sets up another one only after a recovery code or a pass, of which there is neither. The desk can issue one: einlass pass issue ${quoteWord(username)} --reason TEXT`
}

/** The groups of browsers, each with a key of one of its budgets. */
const askers = [
  ['in which the user has logged in before', knownBrowserPrefix],
  ['in which the user has not logged in', networkPrefix],
] as const

async function explainFactorWaits(
  { db, lockout }: ObstacleOptions,
  { id }: User,
): Promise<string[]> {
  const sentences: string[] = []
  for (const [browsers, budgetKey] of askers) {
    const wait = await lockout.findWait(db, id, findBrowserGroup(budgetKey))
    if (wait === undefined) continue
    sentences.push(
      `After wrong second factors the next one has to wait ${wait.retryAfter} s in browsers ${browsers}.`,
    )
  }
  return sentences
}

async function explainLimits({ db, clock }: ObstacleOptions, { id }: User): Promise<string[]> {
  const budget = createBudget(clock)
  const sentences: string[] = []
  for (const [browsers, budgetKey] of askers) {
    const wait = await budget.findSendWait(db, id, { budgetKey })
    if (wait?.reason !== 'limit') continue
    sentences.push(
      `Too many notifications were not approved, so from browsers ${browsers} the next one goes to the phones after ${formatTime(wait.until)}.`,
    )
  }
  return sentences
}

const nameOf = ({ kind, id, name }: Authenticator): string =>
  `${name ?? t(describeFactor(kind).words.name)} (${kind}, ${id})`

/** `undefined`: it can be used. */
function explainState(one: Authenticator): string | undefined {
  const which = nameOf(one)
  if (one.state === 'cannot_be_reached' && one.lacksSender === true)
    return `No notification reaches ${which}: no sender in push.senders is for its app. einlass config check says what is configured.`
  return {
    usable: undefined,
    cannot_be_reached: `No notification reaches ${which}: its address is dead until its app tells a new one.`,
    off: `${which} is locked after too many wrong attempts.`,
    other_host: `${which} belongs to an earlier public_url and cannot be used.`,
  }[one.state]
}

/** What the configuration has turned off since it was enrolled. */
function explainUnavailable(config: Config, one: Authenticator): string | undefined {
  const factor = listFactors().find(({ kind }) => kind === one.kind)
  if (factor === undefined || factor.isAvailable(config)) return undefined
  const missing = factor.explainMissing?.(config)
  return `${nameOf(one)} cannot be used with this configuration${missing === undefined ? '' : `: it ${missing}`}.`
}
