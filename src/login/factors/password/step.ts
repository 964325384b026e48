/**
 * The first step of a login: name and password, or a factor that is a whole login. Owns the page and the judgement; does not own
 * where users are stored, how a password is verified or how attempts are counted. A wrong name and a wrong password read the same
 * and cost the same work. Why a person may not log in is said only after the right password, and the limits treat that attempt as
 * a wrong one.
 */

import type { Aggregate } from '../../../identity/audit/aggregate.ts'
import type { Audit } from '../../../identity/audit/audit.ts'
import { loginEvents } from '../../../identity/audit/login-events.ts'
import type { AddressLimit } from '../../../identity/limits/address-limit.ts'
import type { Buckets } from '../../../identity/limits/buckets.ts'
import type { FailedLogins } from '../../../identity/limits/failed-logins.ts'
import type { KnownBrowsers } from '../../../identity/limits/known-browsers.ts'
import { listNetworks, type NetworkTier } from '../../../identity/limits/networks.ts'
import type { Throttle } from '../../../identity/limits/throttle.ts'
import type { Directory, FindOutcome, RightPassword } from '../../../identity/users/directory.ts'
import { directoryAway, requireFound } from '../../../identity/users/directory-answers.ts'
import {
  type AttemptedAccount,
  resolveAccount,
  resolveAccountOf,
} from '../../../identity/users/resolve-account.ts'
import { canonicalUsername } from '../../../identity/users/user.ts'
import type { Users } from '../../../identity/users/users.ts'
import { sha256 } from '../../../platform/kernel/crypto.ts'
import type { Id } from '../../../platform/kernel/ids.ts'
import type { Database, Queries } from '../../../platform/storage/database.ts'
import type { Form } from '../../engine/prompt.ts'
import type { Change, FormError, Step, StepContext, StepResult } from '../../engine/step.ts'
import type { Spraying } from '../../report/spraying.ts'
import { refusedByDirectory } from '../account-refusal.ts'
import {
  credentialVersionEntry,
  knownLanguageEntry,
  mustChangePasswordEntry,
  passwordChangeReasonEntry,
  passwordExpiryEntry,
  passwordGraceEntry,
  passwordHashEntry,
  tooShortAloneEntry,
} from '../enrolled.ts'
import type { WholeLogin } from '../factor.ts'
import { type TicketLogin, ticketEntry } from '../ticket-login.ts'
import {
  type AskingApp,
  addTicket,
  createConfirmForm,
  createForgotPath,
  createPasswordForm,
  findReason,
  warnOfUnknownApp,
} from './form.ts'
import { changedElsewhere, missingInput, tooManyAttempts, wrongPassword } from './form-errors.ts'
import { type Judgement, judgeLogin } from './judge.ts'

export interface PasswordStepOptions {
  readonly db: Database
  readonly directory: Directory
  readonly users: Pick<Users, 'countKnownBrowserFailure' | 'forgetKnownBrowserFailures'>
  readonly throttle: Throttle
  readonly audit: Audit
  readonly limits: PasswordLimits
  readonly others: InItsPlace
  readonly apps: { find(queries: Queries, id: string): Promise<AskingApp | undefined> }
}

/** What can replace name and password. */
export interface InItsPlace {
  /** A factor; `undefined`: no factor here is a whole login. */
  readonly wholeLogin: WholeLogin | undefined
  /** The ticket of a domain; `undefined`: none is accepted. */
  readonly tickets: TicketLogin | undefined
}

/** What is remembered about password attempts. */
export interface PasswordLimits {
  readonly addresses: AddressLimit
  readonly knownBrowsers: KnownBrowsers
  /** Attempts that were not judged. */
  readonly throttledTries: Aggregate<ThrottledTry>
  readonly failedLogins: Pick<FailedLogins, 'add'>
  /** Right passwords of a person in unknown browsers: each begins a login that leaves a row. */
  readonly rightPasswords: Pick<Buckets, 'admit'>
  readonly spraying: Pick<Spraying, 'note'>
  /** The smallest first; none: many people share the address. */
  readonly listNetworks: (address: string) => readonly NetworkTier[]
}

export interface ThrottledTry {
  /** `null`: nobody has the name. */
  readonly username: string | null
  readonly address: string
  /** SHA-256 of the typed name, whether anybody has it or not; absent: no name was looked at. */
  readonly nameHash?: string
}

type Outcome = 'passed'
type Result = StepResult<Outcome>

export function createPasswordStep(options: PasswordStepOptions): Step<'password/check', Outcome> {
  return {
    name: 'password/check',
    outcomes: ['passed'],
    async run(context) {
      if (context.userId !== undefined) return await confirm(options, context, context.userId)
      const page = await createPage(options, context)
      if (context.answers === undefined)
        return { type: 'ask', form: page(findExpectedName(context)) }
      const entered = await enterWithout(options, context)
      if (entered?.type === 'passed')
        return { type: 'done', outcome: 'passed', change: entered.change }
      if (entered !== undefined)
        return { type: 'ask', form: page(''), formError: entered.formError }
      return await checkTyped(options, context, context.answers, page)
    },
  }
}

async function createPage(
  { db, apps, others: { wholeLogin, tickets } }: PasswordStepOptions,
  context: StepContext,
): Promise<(username: string) => Form> {
  const { appId, place } = context.request
  const app = appId === undefined ? undefined : await apps.find(db, appId)
  const reason = findReason(context, app)
  const [beside, forgotPath] = [wholeLogin?.prompt(context), createForgotPath(context)]
  const ticket = tickets?.prompt(context)
  return (username) => {
    const form = createPasswordForm(username, reason, beside, forgotPath)
    return warnOfUnknownApp(addTicket(form, ticket), app, place)
  }
}

type Entered =
  | { readonly type: 'passed'; readonly change: Change }
  | { readonly type: 'failed'; readonly formError: FormError }

/** Logs in with what replaces name and password. `undefined`: nothing of it was sent. */
async function enterWithout(
  options: PasswordStepOptions,
  context: StepContext,
): Promise<Entered | undefined> {
  const { wholeLogin, tickets } = options.others
  const entered = await wholeLogin?.check(context)
  if (entered?.type !== 'passed') return entered ?? (await tickets?.check(context))
  const formError = await findRefusal(options, entered.change)
  return formError === undefined ? entered : { type: 'failed', formError }
}

/** A login that is based on a ticket, and a change by a person without a second factor, ask for the same person's password. */
async function confirm(
  options: PasswordStepOptions,
  context: StepContext,
  userId: Id<'user'>,
): Promise<Result> {
  const user = requireFound(await options.directory.find(options.db, userId))
  const username = user?.username ?? ''
  const form = createConfirmForm(username, context)
  if (context.answers === undefined) return { type: 'ask', form }
  const { password = '' } = context.answers
  if (user === undefined || password === '')
    return { type: 'ask', form, formError: missingInput(user === undefined, password === '') }
  const result = await check(options, context, {
    ...{ typed: username, password, page: () => form },
    resolve: () => resolveAccountOf(options.directory, options.db, user),
  })
  const isOther = result.type === 'done' && result.change?.userId !== userId
  return isOther ? { type: 'ask', form, formError: wrongPassword } : result
}

/** Looks up nobody, so it does not show which users exist. */
function findExpectedName({ request, client }: StepContext): string {
  return request.loginHint ?? client.session?.username ?? ''
}

/** Without a password, the directory has not said yet whether the user may still log in. */
async function findRefusal(
  { db, directory }: PasswordStepOptions,
  { userId }: Change,
): Promise<FormError | undefined> {
  if (userId === undefined) return undefined
  const account = await directory.checkAccount?.(db, userId)
  if (account?.type === 'unavailable') throw directoryAway(account)
  return account?.type === 'refused' ? refusedByDirectory(account.reason) : undefined
}

async function checkTyped(
  options: PasswordStepOptions,
  context: StepContext,
  { username: typed = '', password = '' }: Readonly<Record<string, string>>,
  page: (username: string) => Form,
): Promise<Result> {
  if (typed.trim() !== '' && password !== '') {
    // Only the owner of the name shows whether the browser is known.
    const networks = listNetworks(context.client.address)
    const resolve = () => resolveAccount(options.directory, options.db, typed, { networks })
    return await check(options, context, { typed, password, page, resolve })
  }
  const formError = missingInput(typed.trim() === '', password === '')
  return { type: 'ask', form: page(typed), formError }
}

interface Typed {
  readonly typed: string
  readonly password: string
  readonly page: (username: string) => Form
  readonly resolve: () => Promise<AttemptedAccount>
}

async function check(
  options: PasswordStepOptions,
  context: StepContext,
  { typed, password, page, resolve }: Typed,
): Promise<Result> {
  const { db, directory, audit, limits } = options
  const { address, device } = context.client
  const wait = limits.addresses.admit(address)
  if (wait !== undefined) {
    await limits.throttledTries.add(db, { username: null, address })
    const name = canonicalUsername(typed) ?? ''
    const networks = limits.listNetworks(address)
    await limits.spraying.note({ username: null, name, password: undefined, networks })
    return { type: 'ask', form: page(typed), formError: tooManyAttempts(wait.retryAfter) }
  }
  const origin = { networks: listNetworks(address) }
  const judging = resolve().then(async (account) => {
    const judgement = await judgeLogin(options, { typed, account, password, device, origin })
    return { account, judgement }
  })
  const { account, judgement } = await judging.catch((error) => {
    // Nothing was judged, and other networks keep their part of the hashes, however many come from this one.
    limits.addresses.takeBack(address)
    throw error
  })
  if (judgement.type === 'passed') {
    const { right } = judgement
    const isKnown = limits.knownBrowsers.keyFor(device, right.user) !== undefined
    const refused = isKnown ? undefined : limits.rightPasswords.admit(right.user.id)
    if (refused !== undefined) {
      return { type: 'ask', form: page(typed), formError: tooManyAttempts(refused.retryAfter) }
    }
    limits.addresses.takeBack(address)
    const isFixed = directory.changePassword === undefined || right.isChangedElsewhere === true
    if (right.type !== 'right' && isFixed) {
      const { username } = right.user
      const reason = 'change_elsewhere'
      await audit.record(db, loginEvents.failed, { username, address, reason })
      return { type: 'ask', form: page(typed), formError: changedElsewhere }
    }
    return { type: 'done', outcome: 'passed', change: passed(options, right) }
  }
  await noteFailed(options, context, { typed, password, account, judgement })
  return { type: 'ask', form: page(typed), formError: judgement.formError }
}

interface FailedTry extends Pick<Typed, 'typed' | 'password'> {
  readonly account: AttemptedAccount
  readonly judgement: Extract<Judgement, { type: 'failed' }>
}

async function noteFailed(
  { db, audit, limits }: PasswordStepOptions,
  { client: { address } }: StepContext,
  { typed, password, account, judgement: { reason, until } }: FailedTry,
): Promise<void> {
  const username = findKnownName(await account.find(db))
  if (reason === 'throttled') {
    await limits.throttledTries.add(db, { username, address, nameHash: sha256(account.name ?? '') })
  } else if (reason === 'wrong_credentials') {
    // Of the name as it was typed, so that the log does not show that two names are of one person.
    const nameHash = sha256(canonicalUsername(typed) ?? '')
    await limits.failedLogins.add(db, { username, address, nameHash })
  } else {
    const facts = { username, address, reason, ...(until !== undefined && { until }) }
    await audit.record(db, loginEvents.failed, facts)
  }
  await limits.spraying.note({
    username,
    name: account.name ?? '',
    password: reason === 'wrong_credentials' ? password : undefined,
    networks: limits.listNetworks(address),
  })
}

/** A name that nobody has may be a password in the wrong field. */
function findKnownName(found: FindOutcome): string | null {
  if (found.type === 'found') return found.user.username
  return found.type === 'unknown' ? (found.username ?? null) : null
}

function passed({ users }: PasswordStepOptions, right: RightPassword): Change {
  const { user, write } = right
  const isForgiving = user.knownBrowserFailures > 0
  return {
    userId: user.id,
    data: {
      ...ticketEntry.clear(),
      ...credentialVersionEntry.write(user.credentialVersion),
      ...(user.language !== undefined && knownLanguageEntry.write(user.language)),
      ...(right.type !== 'right' && {
        ...mustChangePasswordEntry.write(true),
        ...passwordChangeReasonEntry.write(right.type),
      }),
      ...(right.hash !== undefined && passwordHashEntry.write(right.hash)),
      ...(right.passwordExpiresAt !== undefined &&
        passwordExpiryEntry.write(right.passwordExpiresAt)),
      ...(right.graceLogins !== undefined && passwordGraceEntry.write(right.graceLogins)),
      ...(right.isTooShortAlone === true && tooShortAloneEntry.write(true)),
    },
    proof: { factor: 'password', strength: 'knowledge', amr: ['pwd'], authenticatorId: null },
    ...((isForgiving || write !== undefined) && {
      async write(queries) {
        if (isForgiving) await users.forgetKnownBrowserFailures(queries, user.id)
        await write?.(queries)
        return true
      },
    }),
  }
}
