/**
 * The first step of a login: name and password. Owns the page and the judgement; does not own where users live, how a
 * hash is made or how tries are counted. A wrong name and a wrong password read the same and cost the same work.
 */
import type { Audit } from '../../audit/audit.ts'
import type { Ask } from '../../engine/prompt.ts'
import type { Complaint, Step, StepResult, Visit } from '../../engine/step.ts'
import type { Database } from '../../storage/database.ts'
import { message } from '../../ui/message.ts'
import type { Hasher } from '../../users/hasher.ts'
import type { LocalUsers } from '../../users/local.ts'
import type { Throttle } from '../../users/throttle.ts'
import { canonicalUsername } from '../../users/user.ts'

export interface PasswordStepOptions {
  readonly db: Database
  readonly users: LocalUsers
  readonly hasher: Hasher
  readonly throttle: Throttle
  readonly audit: Audit
}

type Outcome = 'passed'
type Result = StepResult<Outcome>

export function createPasswordStep(options: PasswordStepOptions): Step<'password/check', Outcome> {
  return {
    name: 'password/check',
    outcomes: ['passed'],
    async run(visit) {
      if (visit.answers === undefined) return { type: 'ask', ask: ask('') }
      return await check(options, visit, visit.answers)
    },
  }
}

async function check(
  options: PasswordStepOptions,
  visit: Visit,
  answers: Readonly<Record<string, string>>,
): Promise<Result> {
  const { db, users, hasher, throttle, audit } = options
  const typed = answers.username ?? ''
  const password = answers.password ?? ''
  const name = canonicalUsername(typed)
  if (typed.trim() === '' || password === '') {
    return { type: 'ask', ask: ask(typed), complaint: missing(typed.trim() === '', password === '') }
  }
  const key = `user:${name ?? ''}`
  const admission = await throttle.admit(db, key)
  const { address } = visit.client
  const user = name === undefined ? undefined : await users.findByName(db, name)
  const known = user === undefined ? null : user.username
  if (admission.type === 'wait') {
    await audit.loginFailed(db, { username: known, address, reason: 'throttled' })
    return { type: 'ask', ask: ask(typed), complaint: throttled(admission.retryAfter) }
  }
  const verdict = await hasher.verify(user?.passwordHash ?? undefined, password)
  if (user === undefined || !verdict.matches || user.disabledAt !== null) {
    const reason = user !== undefined && verdict.matches ? 'disabled' : 'wrong_credentials'
    await audit.loginFailed(db, { username: known, address, reason })
    return { type: 'ask', ask: ask(typed), complaint: wrong }
  }
  return {
    type: 'done',
    outcome: 'passed',
    change: {
      userId: user.id,
      proof: { factor: 'password', strength: 'knowledge', amr: ['pwd'], authenticatorId: null },
      async write(queries) {
        await throttle.clear(queries, key)
        if (verdict.rehashed !== undefined && user.passwordHash !== null) {
          await users.replaceHash(queries, user.id, user.passwordHash, verdict.rehashed)
        }
        return true
      },
    },
  }
}

function ask(username: string): Ask {
  return {
    title: message('login.title'),
    width: 'narrow',
    prompts: [
      {
        type: 'text',
        name: 'username',
        label: message('login.username'),
        value: username,
        autocomplete: 'username',
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
      { type: 'link', href: '/forgot-password', label: message('login.forgot') },
    ],
  }
}

const wrong: Complaint = {
  status: 422,
  title: message('login.wrong.title'),
  text: message('login.wrong.text'),
  fields: ['username', 'password'],
}

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

function throttled(retryAfter: number): Complaint {
  return {
    status: 429,
    title: message('login.throttled.title'),
    text: message('login.throttled.text', { wait: retryAfter }),
    retryAfter,
  }
}
