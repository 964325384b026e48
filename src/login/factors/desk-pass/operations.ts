/**
 * What operators do with passes. Owns who may issue a pass, its longest lifetime, the rule that the members of configured groups
 * need two operators, and the notice to the person. The code is returned once and is stored only as a slow hash.
 */
import { type Administrator, auditName } from '../../../identity/operations/actor.ts'
import { isSameOperator, refuseOwnAccount } from '../../../identity/operations/own-account.ts'
import { findGuardedGroup } from '../../../identity/operations/two-people.ts'
import { findUser } from '../../../identity/operations/users.ts'
import { lockUser } from '../../../identity/users/lock.ts'
import type { User } from '../../../identity/users/user.ts'
import { minutes, seconds } from '../../../platform/kernel/clock.ts'
import { Fault } from '../../../platform/kernel/fault.ts'
import type { Id } from '../../../platform/kernel/ids.ts'
import { formatReference } from '../../../platform/kernel/reference.ts'
import { countCodePoints, escapeControls, quoteWord } from '../../../platform/kernel/text.ts'
import type { Queries } from '../../../platform/storage/database.ts'
import { type Transaction, transact } from '../../../platform/storage/transact.ts'
import {
  createLoginReferences,
  type LoginReferences,
  requireOpenLogin,
  type ShownLogin,
  showLogin,
} from '../../engine/references.ts'
import { findVerifiedCaller } from '../caller.ts'
import type {
  IssuedPass,
  PassEnrolment,
  PassOperations,
  PassOrder,
  PassParts,
  PassRecord,
  PassRequest,
  RequestedPass,
  RevokedPass,
} from '../passes.ts'
import { drawCode, formatCode } from './code.ts'
import { deskPassEvents } from './events.ts'
import { deskPassNotices } from './notices.ts'
import { createRequestStore, type OpenRequest, type RequestStore } from './requests.ts'
import { createDeskPassStore, type DeskPassStore } from './store.ts'

interface Parts extends PassParts {
  readonly store: DeskPassStore
  readonly requests: RequestStore
  readonly references: LoginReferences
}

/** Code points. */
const longestReason = 200
const shortestLifetime = minutes(1)
/** By how much the clocks of two servers may differ (ms). */
const clockMargin = seconds(10)
/** How long a verification of the caller is valid: as long as a call may take afterwards (ms). */
const verificationLifetime = minutes(15)

export function createDeskPassOperations(given: PassParts): PassOperations {
  const parts: Parts = {
    ...given,
    store: createDeskPassStore(given),
    requests: createRequestStore(given),
    references: createLoginReferences(given),
  }
  return {
    findLogin: (_actor, name, login) => findLogin(parts, name, login),
    issue: (actor, name, order) => issue(parts, actor, name, order),
    request: (actor, name, order) => request(parts, actor, name, order),
    findRequest: (actor, id) => findRequest(parts, actor, id),
    approve: (actor, id) => approve(parts, actor, id),
    listRequests: (_actor, name) => listRequests(parts, name),
    list: (_actor, name) => list(parts, name),
    async listEnrolments(_actor, name) {
      const { id, username } = await findUser(given.users, given.db, name)
      return { username, enrolments: await listEnrolments(parts, given.db, id) }
    },
    revoke: (actor, name, what) => revoke(parts, actor, name, what?.withEnrolments === true),
  }
}

async function issue(
  parts: Parts,
  actor: Administrator,
  name: string,
  order: PassOrder,
): Promise<IssuedPass> {
  const { db, hasher, random } = parts
  const checked = checkOrder(parts, order)
  const code = drawCode(random)
  const codeHash = await hasher.hash(code)
  return await transact(db, async (tx) => {
    const user = await findPerson(parts, tx, name)
    await refuseOwnAccount(parts, tx, actor, user)
    if ((await findGuardedGroup(parts, tx, user)) !== undefined) {
      const text = `${user.username} needs two operators: one runs "einlass pass request", another one "einlass pass approve".`
      throw new Fault('not_allowed', text)
    }
    await requireVerifiedCaller(parts, tx, { actor, user })
    const login = await checkLogin(parts, tx, user, order.login)
    return await write(parts, tx, { actor, user, order: { ...checked, login }, code, codeHash })
  })
}

interface Issue {
  readonly actor: Administrator
  readonly user: User
  readonly order: PassOrder
  readonly code: string
  readonly codeHash: string
  readonly request?: OpenRequest
}

/** Failures with earlier passes do not apply to this one. */
async function write(
  { config, store, lockout, notify, audit }: Parts,
  tx: Transaction,
  { actor, user, order, code, codeHash, request }: Issue,
): Promise<IssuedPass> {
  const { id: userId, username } = user
  const { lifetime, reason, login } = order
  const isSingleUse = config.service_desk.pass === 'once'
  const by = auditName(actor)
  await lockUser(tx, userId)
  const pass = await store.replace(tx, {
    userId,
    codeHash,
    isSingleUse,
    reason,
    lifetime,
    issuedBy: by,
    ...(request !== undefined && { requestedBy: request.requestedBy }),
  })
  await lockout.unlock(tx, userId, 'desk-pass')
  await notify(tx, deskPassNotices.issued, { userId })
  await audit.record(tx, deskPassEvents.issued, {
    userId,
    passId: pass.id,
    lifetimeMinutes: Math.round(lifetime / 60_000),
    isSingleUse,
    reason,
    by,
    ...(login !== undefined && { login: formatReference(login) }),
    ...(request !== undefined && { requestedBy: request.requestedBy, requestId: request.id }),
  })
  const { expiresAt, isReplaced } = pass
  return { username, code: formatCode(code), expiresAt, isSingleUse, isReplaced }
}

async function request(
  parts: Parts,
  actor: Administrator,
  name: string,
  order: PassOrder,
): Promise<RequestedPass> {
  const { db, requests, audit } = parts
  const { lifetime, reason } = checkOrder(parts, order)
  const requester = requireNamed(actor)
  return await transact(db, async (tx) => {
    const user = await findPerson(parts, tx, name)
    await refuseOwnAccount(parts, tx, actor, user)
    const { id: userId, username } = user
    const login = await checkLogin(parts, tx, user, order.login)
    const requestedBy = auditName(actor)
    const asked = { userId, lifetime, reason, requestedBy, requester, login }
    const added = await requests.add(tx, asked)
    await audit.record(tx, deskPassEvents.requested, {
      userId,
      requestId: added.id,
      lifetimeMinutes: Math.round(lifetime / 60_000),
      reason,
      by: requestedBy,
      ...(login !== undefined && { login: formatReference(login) }),
    })
    return { username, ...added }
  })
}

/** The reference as it is stored. `undefined`: none was named. Throws Fault as `requireOpenLogin`. */
async function checkLogin(
  parts: Parts,
  queries: Queries,
  user: User,
  typed: string | undefined,
): Promise<string | undefined> {
  return typed === undefined
    ? undefined
    : (await requireOpenLogin(parts, queries, user, typed)).reference
}

async function findLogin(parts: Parts, name: string, typed: string): Promise<ShownLogin> {
  const user = await findPerson(parts, parts.db, name)
  return await requireOpenLogin(parts, parts.db, user, typed)
}

async function findRequest(parts: Parts, actor: Administrator, id: string): Promise<PassRequest> {
  const { db, requests, users } = parts
  const found = await requests.findOpen(db, id)
  const user = found && (await users.find(db, found.userId))
  if (found === undefined || user === undefined) throw noRequest(id)
  const { lifetime, reason, requestedBy } = found
  const { username, displayName } = user
  const known = found.login && (await parts.references.find(db, found.login))
  const login = known ? await showLogin(parts, actor, known.reference) : undefined
  return { username, displayName, lifetime, reason, requestedBy, login }
}

async function approve(parts: Parts, actor: Administrator, id: string): Promise<IssuedPass> {
  const { db, hasher, random, requests, users } = parts
  const approver = requireNamed(actor)
  const code = drawCode(random)
  const codeHash = await hasher.hash(code)
  return await transact(db, async (tx) => {
    const found = await requests.findOpen(tx, id)
    const user = found && (await users.find(tx, found.userId))
    if (found === undefined || user === undefined) throw noRequest(id)
    await refuseOwnAccount(parts, tx, actor, user)
    if (await isSameOperator(parts, tx, found.requester, approver)) {
      const text = `${found.requestedBy} made this request, so another person has to approve it.`
      throw new Fault('not_allowed', text)
    }
    refuseDisabled(user)
    if (!(await requests.approve(tx, found.id))) throw noRequest(id)
    return await write(parts, tx, { actor, user, order: found, code, codeHash, request: found })
  })
}

async function listRequests({ db, users, requests }: Parts, name: string) {
  const { id } = await findUser(users, db, name)
  return await requests.listOpen(db, id)
}

async function list({ db, clock, users, store }: Parts, name: string): Promise<PassRecord[]> {
  const { id } = await findUser(users, db, name)
  const now = clock.now()
  return (await store.list(db, id)).map((row) => ({
    issuedAt: row.created_at,
    expiresAt: row.expires_at,
    lastUsedAt: row.used_at,
    state: describeState(row, now),
    issuedBy: row.issued_by,
    requestedBy: row.requested_by,
    reason: row.reason,
  }))
}

function describeState(
  row: {
    readonly used_at: number | null
    readonly ended_at: number | null
    readonly expires_at: number
  },
  now: number,
): PassRecord['state'] {
  if (row.ended_at !== null) return row.used_at === row.ended_at ? 'used' : 'ended'
  return row.expires_at <= now ? 'expired' : 'valid'
}

/**
 * Everything enrolled since the first use, because one authenticator that was enrolled with the pass can have enrolled another
 * one. The margin is for the clocks of several servers.
 */
async function listEnrolments(
  { store, authenticators }: Parts,
  queries: Queries,
  userId: Id<'user'>,
): Promise<PassEnrolment[]> {
  const since = await store.findFirstUse(queries, userId)
  if (since === undefined) return []
  return (await authenticators.list(queries, userId))
    .filter(({ kind, addedAt }) => kind !== 'desk-pass' && addedAt >= since - clockMargin)
    .map(({ id, kind, name, addedAt }) => ({ id, kind, name, addedAt }))
}

/** A used pass that went to a liar is over, but the sessions that it opened are not: they end too. */
async function revoke(
  parts: Parts,
  actor: Administrator,
  name: string,
  withEnrolments: boolean,
): Promise<RevokedPass> {
  const { db, users, store, revokeProofs, notify, audit } = parts
  const by = auditName(actor)
  return await transact(db, async (tx) => {
    const { id: userId, username } = await findUser(users, tx, name)
    await lockUser(tx, userId)
    const revoked = await store.end(tx, userId)
    const ids = (await store.list(tx, userId)).map(({ id }) => id)
    const revocation = { userId, ids, keep: undefined, reason: 'factor_removed' } as const
    let sessionsEnded = ids.length === 0 ? 0 : await revokeProofs(tx, revocation)
    const enrolments = await listEnrolments(parts, tx, userId)
    const isRemoved = withEnrolments && enrolments.length > 0
    for (const { id } of isRemoved ? enrolments : []) {
      const removed = await parts.authenticators.remove(tx, { userId, id, by })
      sessionsEnded += removed?.sessionsEnded ?? 0
    }
    if (revoked || isRemoved || sessionsEnded > 0) {
      await notify(tx, deskPassNotices.revoked, { userId })
      const removed = isRemoved ? { enrolmentsRemoved: enrolments.length } : {}
      await audit.record(tx, deskPassEvents.revoked, { userId, by, ...removed })
    }
    return { username, revoked, sessionsEnded, enrolments, isRemoved }
  })
}

function checkOrder({ config }: Parts, { lifetime, reason }: PassOrder): Omit<PassOrder, 'login'> {
  const longest = config.service_desk.pass_max_lifetime
  if (lifetime < shortestLifetime || lifetime > longest) {
    const text = `A pass is valid for at least 1 minute and at most ${formatDuration(longest)} (service_desk.pass_max_lifetime).`
    throw new Fault('bad_request', text)
  }
  const line = escapeControls(reason.normalize('NFC').trim())
  if (line === '' || countCodePoints(line) > longestReason) {
    throw new Fault('bad_request', `A reason has 1 to ${longestReason} characters.`)
  }
  return { lifetime, reason: line }
}

function formatDuration(ms: number): string {
  const whole = Math.round(ms / 60_000)
  return whole % 60 === 0 ? `${whole / 60} hours` : `${whole} minutes`
}

/** A disabled person cannot log in with a pass, so none is issued. */
async function findPerson({ users }: Parts, queries: Queries, name: string): Promise<User> {
  const user = await findUser(users, queries, name)
  refuseDisabled(user)
  return user
}

function refuseDisabled({ username, disabledAt }: User): void {
  if (disabledAt === null) return
  throw new Fault('not_allowed', `${username} is disabled. Nothing was issued.`)
}

/**
 * Each verification is good for one pass of the operator who made it. The lock prevents that two simultaneous passes use the same
 * verification. A lost phone cannot be asked, so two operators can issue a pass without a verification.
 */
async function requireVerifiedCaller(
  { config, clock }: Parts,
  tx: Transaction,
  { actor, user: { id, username } }: Pick<Issue, 'actor' | 'user'>,
): Promise<void> {
  if (config.service_desk.verify_caller === 'off') return
  await lockUser(tx, id)
  const by = auditName(actor)
  const since = clock.now() - verificationLifetime
  const usedUpBy = [deskPassEvents.issued.type]
  if ((await findVerifiedCaller(tx, id, { by, since, usedUpBy })) !== undefined) return
  const text = `You (${by}) have verified no caller as ${username} in the last 15 minutes, or have issued a pass since: run "einlass verify-caller ${quoteWord(username)}", or let one operator run "einlass pass request" and another one "einlass pass approve".`
  throw new Fault('not_allowed', text)
}

/** Two operators can be distinguished only if the operating system says who each of them is. */
function requireNamed({ person, name }: Administrator): string {
  if (person !== undefined) return person
  throw new Fault(
    'not_allowed',
    `Where two people are needed, each runs the command as themselves or as root through sudo: ${name} can be anybody.`,
  )
}

const noRequest = (id: string) =>
  new Fault(
    'not_found',
    `There is no open request ${JSON.stringify(id)}: it was approved, it has expired after an hour, or it never was.`,
  )
