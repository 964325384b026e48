/**
 * The first step of a login: name and password, or a factor that is a whole login. Owns the page and the judgement; does not
 * own where users live, how a hash is made or how tries are counted. A wrong name and a wrong password read the same and
 * cost the same work.
 */
import type { Audit } from '../../../identity/audit/audit.ts'
import type { Fold } from '../../../identity/audit/fold.ts'
import type { AddressLimit } from '../../../identity/limits/address-limit.ts'
import type { KnownBrowsers } from '../../../identity/limits/known-browsers.ts'
import type { Throttle } from '../../../identity/limits/throttle.ts'
import type { Hasher } from '../../../identity/users/hasher.ts'
import type { LocalUsers, UserWithHash } from '../../../identity/users/local.ts'
import { canonicalUsername } from '../../../identity/users/user.ts'
import { sha256 } from '../../../platform/kernel/crypto.ts'
import type { Database } from '../../../platform/storage/database.ts'
import { type Message, message } from '../../../platform/ui/message.ts'
import type { Ask, Prompt } from '../../engine/prompt.ts'
import type { Change, Complaint, Step, StepResult, Visit } from '../../engine/step.ts'
import { changeRequiredKey, credentialKey } from '../enrolled.ts'
import type { WholeLogin } from '../factor.ts'

export interface PasswordStepOptions {
  readonly db: Database
  readonly users: LocalUsers
  readonly hasher: Hasher
  readonly throttle: Throttle
  readonly audit: Audit
  readonly addresses: AddressLimit
  readonly knownBrowsers: KnownBrowsers
  /** Tries that were not looked at. */
  readonly throttledTries: Fold<ThrottledTry>
  /** A factor in the password's place; `undefined`: no factor here can be that. */
  readonly wholeLogin: WholeLogin | undefined
  readonly appName: (appId: string | undefined) => Promise<string | undefined>
}

export interface ThrottledTry {
  /** `null`: nobody has the name. */
  readonly username: string | null
  readonly address: string
  /** SHA-256 of the name that was typed, whether anybody has it or not; absent: no name was looked at. */
  readonly nameHash?: string
}

type Outcome = 'passed'
type Result = StepResult<Outcome>

export function createPasswordStep(options: PasswordStepOptions): Step<'password/check', Outcome> {
  return {
    name: 'password/check',
    outcomes: ['passed'],
    async run(visit) {
      const reason = await reasonFor(options, visit)
      const page = (username: string) =>
        passwordAsk(username, reason, options.wholeLogin?.prompt(visit), forgotPathOf(visit))
      if (visit.answers === undefined)
        return { type: 'ask', ask: page(visit.client.session?.username ?? '') }
      const entered = await options.wholeLogin?.check(visit)
      if (entered?.type === 'passed') {
        return { type: 'done', outcome: 'passed', change: entered.change }
      }
      if (entered !== undefined) return { type: 'ask', ask: page(''), complaint: entered.complaint }
      return await check(options, visit, visit.answers, page)
    },
  }
}

async function check(
  options: PasswordStepOptions,
  visit: Visit,
  answers: Readonly<Record<string, string>>,
  page: (username: string) => Ask,
): Promise<Result> {
  const { db, users, audit } = options
  const typed = answers.username ?? ''
  const password = answers.password ?? ''
  const name = canonicalUsername(typed)
  if (typed.trim() === '' || password === '') {
    return {
      type: 'ask',
      ask: page(typed),
      complaint: missing(typed.trim() === '', password === ''),
    }
  }
  const { address, device } = visit.client
  const wait = options.addresses.admit(address)
  if (wait !== undefined) {
    await options.throttledTries.note(db, { username: null, address })
    return { type: 'ask', ask: page(typed), complaint: tooMany(wait.retryAfter) }
  }
  const find = async () => (name === undefined ? undefined : await users.findByName(db, name))
  // Where this throws, the try counts for its address: else one address would keep the hashes busy with what is refused.
  const judgement =
    (await judgeWhereKnown(options, device, find, password)) ??
    (await judge(options, `user:${name ?? ''}`, find, password))
  if (judgement.type === 'passed') {
    options.addresses.takeBack(address)
    const { user, rehashed } = judgement
    return { type: 'done', outcome: 'passed', change: passed(options, user, rehashed) }
  }
  const { reason, complaint } = judgement
  const username = (await find())?.username ?? null
  if (reason === 'throttled') {
    await options.throttledTries.note(db, { username, address, nameHash: sha256(name ?? '') })
  } else await audit.loginFailed(db, { username, address, reason })
  return { type: 'ask', ask: page(typed), complaint }
}

type Judgement =
  | {
      readonly type: 'passed'
      readonly user: UserWithHash
      readonly rehashed: string | undefined
    }
  | {
      readonly type: 'failed'
      readonly reason: 'wrong_credentials' | 'throttled' | 'disabled'
      readonly complaint: Complaint
    }

type Find = () => Promise<UserWithHash | undefined>

/**
 * One try after another in all browsers that the person has logged in with before: else each of them would have a place
 * among the hashes, and one person would fill it. `undefined`: this is no such browser.
 */
async function judgeWhereKnown(
  options: PasswordStepOptions,
  device: string | undefined,
  find: Find,
  password: string,
): Promise<Judgement | undefined> {
  const { db, users, throttle, knownBrowsers } = options
  // Only for a browser that may be known; everybody else is looked up when their turn comes.
  const owner = device === undefined ? undefined : await find()
  if (owner === undefined || knownBrowsers.keyFor(device, owner) === undefined) return undefined
  return await throttle.inTurn(`known:${owner.id}`, async () => {
    const user = await find()
    const known = knownBrowsers.keyFor(device, user)
    if (user === undefined || known === undefined) return undefined
    const judgement = await judge(options, known.key, async () => user, password)
    const isWrong = judgement.type === 'failed' && judgement.reason !== 'throttled'
    if (isWrong && known.isOwn) await users.countKnownBrowserFailure(db, user.id)
    return judgement
  })
}

/** One try after another for each key. The password is the one of when its turn comes. */
async function judge(
  { db, hasher, throttle }: PasswordStepOptions,
  key: string,
  find: Find,
  password: string,
): Promise<Judgement> {
  const judgement = await throttle.judge(db, key, async () => {
    const user = await find()
    const { matches, rehashed } = await hasher.verify(user?.passwordHash, password)
    const right = matches && user?.disabledAt === null ? { user, rehashed } : undefined
    return { type: 'judged', isRight: right !== undefined, right, matches } as const
  })
  if (judgement.type === 'wait') return throttled(judgement.retryAfter)
  if (judgement.right !== undefined) return { type: 'passed', ...judgement.right }
  return judgement.matches ? { ...wrong, reason: 'disabled' } : wrong
}

function passed(
  { users }: PasswordStepOptions,
  user: UserWithHash,
  rehashed: string | undefined,
): Change {
  const { id, passwordHash } = user
  const isForgiving = user.knownBrowserFailures > 0
  const isRehashing = rehashed !== undefined && passwordHash !== null
  return {
    userId: id,
    kept: {
      [credentialKey]: user.credentialVersion,
      ...(user.passwordChangeRequired && { [changeRequiredKey]: true }),
    },
    proof: { factor: 'password', strength: 'knowledge', amr: ['pwd'], authenticatorId: null },
    ...((isForgiving || isRehashing) && {
      async write(queries) {
        if (isForgiving) await users.forgetKnownBrowserFailures(queries, id)
        if (isRehashing) await users.replaceHash(queries, id, passwordHash, rehashed)
        return true
      },
    }),
  }
}

/** Why somebody who has a session is asked. */
async function reasonFor(
  { appName }: PasswordStepOptions,
  { client, request }: Visit,
): Promise<Message | undefined> {
  const { confirms, authenticatedSince: since, appId } = request
  if (confirms === 'account') return message('login.lead.account')
  if (client.session === undefined) return undefined
  const isTooOld = since !== undefined && client.session.authenticatedAt < since
  const app = isTooOld ? await appName(appId) : undefined
  return app === undefined ? message('login.again.lead') : message('login.again.app', { app })
}

const forgotPassword = '/forgot-password'

/** Where an app asked, the way back from that page leads to the same login. */
function forgotPathOf({ request, startOver }: Visit): string {
  if (request.appId === undefined) return forgotPassword
  const again = startOver()
  return `${forgotPassword}${again.slice(again.indexOf('?'))}`
}

/**
 * @param again why somebody who has a session is asked
 * @param beside what another factor asks in the place of name and password
 */
export function passwordAsk(
  username: string,
  again?: Message,
  beside?: Prompt,
  forgotPath = forgotPassword,
): Ask {
  return {
    title: message(again === undefined ? 'login.title' : 'login.again.title'),
    lead: again ?? message('login.lead'),
    width: 'narrow',
    prompts: [
      {
        type: 'text',
        name: 'username',
        label: message('login.username'),
        value: username,
        autocomplete: beside === undefined ? 'username' : 'username webauthn',
      },
      {
        type: 'secret',
        name: 'password',
        label: message('login.password'),
        autocomplete: 'current-password',
      },
      {
        type: 'choice',
        name: 'action',
        options: [{ value: 'login', label: message('login.submit'), look: 'primary' }],
      },
      ...(beside === undefined ? [] : [beside]),
      { type: 'link', href: forgotPath, label: message('login.forgot') },
    ],
  }
}

const wrong = {
  type: 'failed',
  reason: 'wrong_credentials',
  complaint: {
    status: 422,
    title: message('login.wrong.title'),
    text: message('login.wrong.text'),
    fields: ['username', 'password'],
  },
} as const satisfies Judgement

function missing(username: boolean, password: boolean): Complaint {
  const text =
    username && password
      ? 'login.missing.text'
      : username
        ? 'login.missing.username'
        : 'login.missing.password'
  return {
    status: 422,
    title: message('login.missing.title'),
    text: message(text),
    fields: [...(username ? ['username'] : []), ...(password ? ['password'] : [])],
  }
}

function throttled(retryAfter: number): Judgement {
  return { type: 'failed', reason: 'throttled', complaint: tooMany(retryAfter) }
}

function tooMany(retryAfter: number): Complaint {
  return {
    status: 429,
    title: message('login.throttled.title'),
    text: message('login.throttled.text', { wait: retryAfter }),
    retryAfter,
  }
}
