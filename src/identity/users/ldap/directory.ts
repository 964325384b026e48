/**
 * A directory over LDAP: OpenLDAP or Active Directory. Owns what the directory's answer to a password means for a login,
 * and that the person's row here equals what the directory says. Does not own to which directory a name belongs
 * (directories.ts), nor the differences between kinds of directories (active-directory.ts, openldap.ts).
 */
import type { DirectoryConfig } from '../../../platform/config/directories.ts'
import type { Clock } from '../../../platform/kernel/clock.ts'
import type { Caller } from '../../../platform/kernel/fair-line.ts'
import { Fault } from '../../../platform/kernel/fault.ts'
import type { Log } from '../../../platform/kernel/log.ts'
import type { Queries } from '../../../platform/storage/database.ts'
import { isUniqueViolation } from '../../../platform/storage/errors.ts'
import { transact } from '../../../platform/storage/transact.ts'
import type { Audit } from '../../audit/audit.ts'
import type {
  AccountOutcome,
  LockedOut,
  PasswordOutcome,
  TicketHolder,
  TicketOutcome,
  Unavailable,
} from '../directory.ts'
import { type EntryReference, findUserOfEntry, savePerson } from '../entries.ts'
import type { Hasher } from '../hasher.ts'
import type { Named, Owners } from '../owners.ts'
import { canonicalUsername, type User } from '../user.ts'
import type { Users } from '../users.ts'
import { activeDirectory } from './active-directory.ts'
import { type Asked, changePassword, createMaySetPassword } from './change-password.ts'
import {
  type BindAnswer,
  createConnections,
  DirectoryBusy,
  DirectoryDown,
  isLdapError,
  QuestionFailed,
} from './connections.ts'
import type { AccountState, Judgement } from './dialect.ts'
import type { NamedEntry } from './find-by-name.ts'
import type { AccountInDirectory, AskedDirectory, DirectoryAttempt } from './member.ts'
import { openLdap } from './openldap.ts'
import { createPeople, type FoundPerson } from './people.ts'
import { type ExplainedResult, explainResult } from './result-codes.ts'
import { isEarlierPassword } from './written-passwords.ts'

export interface LdapDirectoryOptions {
  readonly config: DirectoryConfig
  readonly users: Pick<Users, 'create' | 'findByName' | 'findLocked'>
  readonly audit: Audit
  readonly clock: Clock
  readonly log: Log
  readonly readFile: (path: string) => string
  readonly hasher: Pick<Hasher, 'hash' | 'verify'>
  readonly listUsernames: Owners['listUsernames']
}

interface Parts extends Omit<LdapDirectoryOptions, 'readFile'> {
  readonly asked: Asked
  readonly maySetPassword: (entryId: string) => Promise<boolean>
}

export function createLdapDirectory(options: LdapDirectoryOptions): AskedDirectory {
  const { config, clock, log } = options
  const dialect = config.kind === 'active_directory' ? activeDirectory : openLdap
  const connections = createConnections(options)
  const people = createPeople({ config, dialect, connections, clock, log })
  const asked = { dialect, connections, people }
  const maySetPassword = createMaySetPassword({ ...options, asked })
  const parts = { ...options, asked, maySetPassword }
  return {
    find: (typed, from) => orAway(() => people.findByName(typed, from)),
    verifyPassword: (queries, person, attempt) =>
      orAway(() => verifyPassword(parts, queries, person, attempt)),
    judgeTicket: (queries, holder) => orAway(() => judgeTicket(parts, queries, holder)),
    savePerson: (queries, { entryId }) =>
      orAway(async () => {
        const found = await people.findByEntryId(entryId)
        if (found === undefined) return { type: 'unknown' }
        return { type: 'found', user: await save(parts, queries, found) }
      }),
    imitate: (from) => imitate(config, parts.asked, from).then(ignore, ignore),
    changePassword: (queries, entry, change) =>
      orAway(() => changePassword(parts, queries, entry, change)),
    maySetPassword,
    describeAccount: (entryId) => orAway(() => describeAccount(parts, entryId)),
    checkAccount: (queries, entry, from) => orAway(() => checkAccount(parts, queries, entry, from)),
    close: connections.close,
  }
}

const ignore = () => undefined

/** Sent in place of the typed password, which a directory without the name must not receive. */
const nothing = 'no password of anybody'

/** Below the base, so that a server handles the bind like that of any person. */
const nobody = ({ base }: DirectoryConfig) => `CN=einlass-nobody,${base}`

/** Asks the same as verifyPassword, but about nobody. */
async function imitate(
  config: DirectoryConfig,
  { people, connections }: Asked,
  from: Caller | undefined,
): Promise<void> {
  await people.searchNobody(from)
  await connections.bind(nobody(config), nothing, from)
}

/** Turns a missing answer of the directory into `unavailable`, which is neither right nor wrong. */
async function orAway<Answer>(ask: () => Promise<Answer>): Promise<Answer | Unavailable> {
  try {
    return await ask()
  } catch (error) {
    const { message: reason } = error as Error
    // A connection will soon be free again.
    if (error instanceof DirectoryBusy) return { type: 'unavailable', retryAfter: 2, reason }
    if (error instanceof DirectoryDown) return { type: 'unavailable', retryAfter: 10, reason }
    const explained = explainFailure(error)
    if (explained === undefined) throw error
    const { text, isLasting } = explained
    const lasting = isLasting ? { isLasting } : { retryAfter: 10 }
    return { type: 'unavailable', reason: text, answersOthers: true, ...lasting }
  }
}

/** `undefined`: it is no answer of the directory. */
function explainFailure(error: unknown): ExplainedResult | undefined {
  if (error instanceof QuestionFailed) return { text: error.message, isLasting: error.isLasting }
  return isLdapError(error) ? explainResult(error) : undefined
}

async function verifyPassword(
  parts: Parts,
  queries: Queries,
  { entryId }: Pick<NamedEntry, 'entryId'>,
  { password, isKnownBrowser, from }: DirectoryAttempt,
): Promise<PasswordOutcome> {
  const { config } = parts
  const { connections, dialect, people } = parts.asked
  const [person, user] = await Promise.all([
    people.findByEntryId(entryId, from),
    findUserOfEntry(queries, { directory: config.name, entryId }),
  ])
  if (person === undefined) {
    await connections.bind(nobody(config), nothing, from)
    return { type: 'unknown' }
  }
  if (isTooClose(person, isKnownBrowser)) {
    await connections.bind(nobody(config), nothing, from)
    return { type: 'locked', user, ...heldBack(person) }
  }
  const answer = await connections.bind(person.dn, password, from)
  const judgement = dialect.judge(answer)
  if (judgement === 'wrong') return { type: 'wrong', user }
  if (judgement === 'locked') {
    const until = person.state.lock?.until
    return { type: 'locked', user, ...(until !== undefined && { until }) }
  }
  if (user !== undefined && (await isEarlier(parts, queries, { user, person, password })))
    return { type: 'wrong', user }
  if (typeof judgement === 'object') return { type: 'refused', reason: judgement.refusal, user }
  return await passed(parts, queries, person, { judgement, policy: answer.policy, password })
}

interface Taken {
  readonly user: User
  readonly person: FoundPerson
  readonly password: string
}

async function isEarlier(
  { asked, clock, hasher }: Parts,
  queries: Queries,
  { user, person, password }: Taken,
): Promise<boolean> {
  if (!asked.dialect.takesEarlierPasswords) return false
  const { passwordChangedAt } = person.state
  const { connections, dialect } = asked
  const findVersion = async () =>
    await connections.run(async (client) => await dialect.findPasswordVersion?.(client, person))
  const login = { userId: user.id, password, passwordChangedAt, findVersion, now: clock.now() }
  return await isEarlierPassword(queries, hasher, login)
}

async function judgeTicket(
  parts: Parts,
  queries: Queries,
  { name, sid }: TicketHolder,
): Promise<TicketOutcome> {
  const { config, clock } = parts
  const { people, dialect } = parts.asked
  const person = await people.findByAccount(name)
  if (person === undefined) return { type: 'unknown' }
  const { entryId, entry, state } = person
  // A name may have gone to another account since the ticket was issued; the identifier never does.
  const own = dialect.findAccountSid?.(entry)
  if (own !== undefined && own !== sid) {
    const user = await findUserOfEntry(queries, { directory: config.name, entryId })
    return { type: 'other_account', isNamed: own !== '' && sid !== undefined, user }
  }
  const judgement = dialect.judgeEntry(entry, clock.now())
  const refusal = state.refusal ?? (typeof judgement === 'object' ? judgement.refusal : undefined)
  if (refusal === undefined && state.lock === undefined && typeof judgement !== 'object') {
    return await passed(parts, queries, person, { judgement, policy: {} })
  }
  const user = await findUserOfEntry(queries, { directory: config.name, entryId })
  return refusal === undefined
    ? { type: 'locked', user }
    : { type: 'refused', reason: refusal, user }
}

/**
 * How many wrong passwords Einlass leaves unused below the lock-out of the directory: the last ones are reserved for the
 * owner.
 */
const reserve = 2

/**
 * Whether one more wrong password could lock the account everywhere, which outsiders could then do to anybody. One more
 * is allowed from a browser that the owner has logged in with, and from everybody after a new password, because its owner
 * will log in next.
 */
function isTooClose({ state, lockout }: FoundPerson, isKnownBrowser: boolean): boolean {
  const { threshold } = lockout
  if (threshold === 0) return false
  const isForOwner = isKnownBrowser || hasNewPassword(state)
  const unused = Math.min(threshold - 1, isForOwner ? reserve - 1 : reserve)
  return state.failures >= threshold - unused
}

/** When the directory forgets the last wrong password. */
function findReleaseTime({ state, lockout }: FoundPerson): Pick<LockedOut, 'until'> {
  const { failedAt } = state
  return failedAt === undefined ? {} : { until: failedAt + lockout.window }
}

/**
 * Whether the password was changed after the last wrong one. Not every bind account may clear the count of wrong
 * passwords.
 */
function hasNewPassword({ failedAt, passwordChangedAt }: AccountState): boolean {
  return failedAt !== undefined && passwordChangedAt !== undefined && passwordChangedAt > failedAt
}

interface Right {
  readonly judgement: Extract<Judgement, 'right' | 'must_change' | 'expired'>
  /** What the bind said beside the judgement. */
  readonly policy: BindAnswer['policy']
  /** Absent: no password was typed. */
  readonly password?: string
}

async function passed(
  parts: Parts,
  queries: Queries,
  person: FoundPerson,
  { judgement, policy, password }: Right,
): Promise<Exclude<TicketOutcome, { readonly type: 'other_account' }>> {
  const user = await save(parts, queries, person)
  if (user.disabledAt !== null) return { type: 'disabled', user }
  const { graceAuthNsRemaining: graceLogins } = policy
  const isUsual = judgement === 'right' && graceLogins === undefined && !user.passwordChangeRequired
  const isWritable = isUsual
    ? parts.config.write_passwords
    : await parts.maySetPassword(person.entryId)
  const isChangedElsewhere = !isWritable
  // The directory accepts the expired password once more. If it can be changed here, the person changes it now.
  const isInGrace = graceLogins !== undefined && !isChangedElsewhere
  const known = judgement === 'right' && isInGrace ? 'expired' : judgement
  const type = user.passwordChangeRequired ? 'must_change' : known
  if (type !== 'right') {
    if (isChangedElsewhere || password === undefined) return { type, user, isChangedElsewhere }
    return { type, user, isChangedElsewhere, hash: await parts.hasher.hash(password) }
  }
  const passwordExpiresAt = findExpiry(parts, person, policy)
  return {
    ...{ type, user, isChangedElsewhere },
    ...(passwordExpiresAt && { passwordExpiresAt }),
    ...(graceLogins !== undefined && { graceLogins }),
  }
}

/** When the password expires, in milliseconds since the epoch; undefined if it is too early for a warning. */
function findExpiry(
  { config, clock }: Parts,
  { state }: FoundPerson,
  policy: BindAnswer['policy'],
): number | undefined {
  const now = clock.now()
  const { timeBeforeExpiration: left } = policy
  const at = left === undefined ? state.passwordExpiresAt : now + left * 1000
  return at !== undefined && at > now && at - now <= config.expiry_warning ? at : undefined
}

/** Two first logins at the same moment make one row: the second login finds the row of the first. */
async function save(parts: Parts, queries: Queries, found: FoundPerson): Promise<User> {
  const { username, ...read } = await parts.asked.people.read(found)
  const usernames = await listUsernames(parts, queries, { ...read, username })
  const person = { ...read, usernames }
  const once = () => transact(queries, (tx) => savePerson(parts, tx, person, parts.clock.now()))
  try {
    return await once()
  } catch (error) {
    const isTaken = error instanceof Fault && error.code === 'conflict'
    if (!isTaken && !isUniqueViolation(error)) throw error
    return await once()
  }
}

/** Asks no other directory for a person who already has their own name. */
async function listUsernames(
  parts: Parts,
  queries: Queries,
  named: Named,
): Promise<readonly string[]> {
  const { username } = named
  const known = await findUserOfEntry(queries, named)
  const isSame = known && canonicalUsername(known.username) === canonicalUsername(username)
  if (isSame) return [username.trim()]
  const listed = await parts.listUsernames(queries, named)
  if (listed.type === 'names') return listed.names
  // While another directory does not answer, a known person keeps their earlier name, and a new person gets no name that
  // may belong to that directory.
  if (known !== undefined) return [known.username]
  throw new DirectoryDown(listed.reason ?? 'another directory may have the name')
}

async function describeAccount(
  { asked, clock, maySetPassword }: Parts,
  entryId: string,
): Promise<AccountInDirectory> {
  const person = await asked.people.findByEntryId(entryId, 'background')
  const isWritable = await maySetPassword(entryId)
  if (person === undefined) return { type: 'account', isWritable, refusal: 'removed' }
  const { username, state, entry } = person
  const { lock } = state
  const judgement = asked.dialect.judgeEntry(entry, clock.now())
  const isText = typeof judgement === 'string'
  const refusal = state.refusal ?? (isText ? undefined : judgement.refusal)
  const password = isText && judgement !== 'right' ? judgement : undefined
  const lockout = lock ?? (isTooClose(person, false) && heldBack(person))
  const problem = await findProblem(asked, person)
  return {
    ...{ type: 'account', isWritable, username, refusal, password },
    ...(lockout && { lockout }),
    ...(problem !== undefined && { problem }),
  }
}

/** Why a login fails after the right password, because something about the person cannot be read. */
async function findProblem({ people }: Asked, person: FoundPerson): Promise<string | undefined> {
  try {
    await people.read(person)
    return undefined
  } catch (error) {
    const explained = explainFailure(error)
    if (explained === undefined) throw error
    return explained.text
  }
}

const heldBack = (person: FoundPerson) => ({ isHeldBack: true, ...findReleaseTime(person) })

async function checkAccount(
  parts: Parts,
  queries: Queries,
  { entryId }: EntryReference,
  from: Caller | undefined,
): Promise<AccountOutcome> {
  // Only this first question waits for its share in the queue, which also limits the later ones.
  const found = await parts.asked.people.findByEntryId(entryId, from)
  if (found === undefined) return { type: 'refused', reason: 'removed' }
  const { refusal, lock } = found.state
  // Returned before anything else in the entry can cause an error.
  if (refusal !== undefined) return { type: 'refused', reason: refusal }
  if (lock !== undefined && parts.config.sessions_end_on.includes('locked'))
    return { type: 'refused', reason: 'locked' }
  await save(parts, queries, found)
  return { type: 'current' }
}
