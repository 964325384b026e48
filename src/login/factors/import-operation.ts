/**
 * Imports second factors that people enrolled elsewhere. Owns for whom: the user exists, has not had this one before and has room
 * for it. An authenticator that was removed here never comes back by an import, so the same file twice changes nothing.
 */

import type { Audit } from '../../identity/audit/audit.ts'
import { readAuditAbout } from '../../identity/audit/chain.ts'
import { type Administrator, auditName } from '../../identity/operations/actor.ts'
import type { ImportOutcome } from '../../identity/operations/import-users.ts'
import type { Directory } from '../../identity/users/directory.ts'
import { directoryAway } from '../../identity/users/directory-answers.ts'
import { lockUser } from '../../identity/users/lock.ts'
import { canonicalUsername, type User } from '../../identity/users/user.ts'
import type { Users } from '../../identity/users/users.ts'
import { sha256 } from '../../platform/kernel/crypto.ts'
import type { Database, Queries } from '../../platform/storage/database.ts'
import { type Transaction, transact } from '../../platform/storage/transact.ts'
import type { AllAuthenticators } from './authenticators.ts'
import { factorEvents } from './events.ts'
import type { ForeignCredential } from './imports.ts'
import type { FactorKind } from './index.ts'
import { describeFactor, isFallback } from './index.ts'
import { forgetFactorsLost } from './lost-factors.ts'
import { importTypes } from './remember-imports.ts'

export interface ForeignOfKind {
  readonly kind: FactorKind
  readonly credential: ForeignCredential
}

/** A person with what they have elsewhere. */
export interface ImportedPerson {
  readonly username: string
  readonly credentials: readonly ForeignOfKind[]
}

export interface ImportAuthenticatorsOptions {
  readonly db: Database
  readonly users: Pick<Users, 'findByName'>
  readonly directory: Pick<Directory, 'findElsewhere'>
  readonly authenticators: Pick<AllAuthenticators, 'list' | 'remove'>
  readonly audit: Audit
}

/** People of one batch, which is one transaction. */
export const peopleInBatch = 100

export function createImportAuthenticators(options: ImportAuthenticatorsOptions) {
  const { db } = options
  /** Who would have what only one user can have, of all batches planned before. */
  const claims = new Map<string, string>()
  /** What each person would have by the records planned before. */
  const planned = new Map<string, readonly Planned[]>()
  return {
    /** What `write` would do after all batches planned before. */
    async plan(batch: readonly ImportedPerson[]): Promise<ImportOutcome[]> {
      const outcomes: ImportOutcome[] = []
      for (const person of batch) {
        const owner = await findPerson(options, person, { addsRow: false })
        const key = owner === 'later' || owner === undefined ? createName(person) : owner
        const earlier = planned.get(key) ?? []
        const judgement = await judge(options, db, person, { owner, earlier })
        const outcome = claim(claims, person, judgement)
        if (outcome.type === 'new') planned.set(key, [...earlier, ...judgement.wanted.map(note)])
        outcomes.push(outcome)
      }
      return outcomes
    },

    /** All of a person or nothing. Each authenticator has an audit event. Throws Fault `unavailable` when a directory is away. */
    async write(actor: Administrator, batch: readonly ImportedPerson[]): Promise<ImportOutcome[]> {
      const found: (readonly [ImportedPerson, Owner])[] = []
      for (const person of batch) {
        const owner = await findPerson(options, person, { addsRow: true })
        const { wanted } = await judge(options, db, person, { owner })
        for (const { credential } of wanted) await credential.prepare?.()
        found.push([person, owner])
      }
      return await transact(db, async (tx) => {
        const outcomes: ImportOutcome[] = []
        for (const [person, owner] of found)
          outcomes.push(await importPerson(options, tx, { actor, person, owner }))
        return outcomes
      })
    },
  }
}

interface Judgement {
  readonly outcome: ImportOutcome
  readonly wanted: readonly ForeignOfKind[]
}

/** `later`: a person of a directory who has no row yet. `undefined`: nobody has the name. */
type Owner = User['id'] | 'later' | undefined

/**
 * Finds the same person as a login: the directory to which the name belongs comes first. Asks the directory, so it is called
 * outside of transactions.
 */
async function findPerson(
  { db, users, directory }: ImportAuthenticatorsOptions,
  { username }: ImportedPerson,
  options: { readonly addsRow: boolean },
): Promise<Owner> {
  const elsewhere = await directory.findElsewhere?.(db, username, options)
  if (elsewhere?.type === 'unavailable') throw directoryAway(elsewhere)
  if (elsewhere?.type === 'found') return elsewhere.user?.id ?? 'later'
  return (await users.findByName(db, username))?.id
}

/** A credential that a plan would add, without its secret. */
interface Planned {
  readonly kind: FactorKind
  readonly key: string
}

const note = (one: ForeignOfKind): Planned => ({ kind: one.kind, key: createKey(one) })

/** Whether the user would have it. A second set of recovery codes is not added to the first. */
const isSame = (planned: Planned, one: ForeignOfKind): boolean =>
  isFallback(one.kind) ? planned.kind === one.kind : planned.key === createKey(one)

const createName = ({ username }: ImportedPerson): string => canonicalUsername(username) ?? username

/** The id of no user, who has nothing yet. */
const nobody = '' as User['id']

async function judge(
  options: ImportAuthenticatorsOptions,
  queries: Queries,
  { credentials }: ImportedPerson,
  { owner, earlier = [] }: { readonly owner: Owner; readonly earlier?: readonly Planned[] },
): Promise<Judgement> {
  const refuse = (reason: string): Judgement => ({
    outcome: { type: 'refused', reason },
    wanted: [],
  })
  if (owner === undefined) return refuse('there is no user with this name')
  const id = owner === 'later' ? nobody : owner
  const before = await findEarlierImports(queries, id)
  const wanted: ForeignOfKind[] = []
  for (const one of removeCopies(credentials)) {
    if (before.has(createFingerprint(id, one))) continue
    if (earlier.some((planned) => isSame(planned, one))) continue
    const has = await one.credential.findOwner(queries, id)
    if (has === 'taken') return refuse('another user has it')
    if (has === 'nobody') wanted.push(one)
  }
  const own = [...(await options.authenticators.list(queries, id)), ...earlier]
  const isProtected = [...own, ...wanted].some(({ kind }) => !isFallback(kind))
  if (wanted.length === 0 || !isProtected) return { outcome: { type: 'unchanged' }, wanted: [] }
  const full = findFullKind(own, wanted)
  if (full !== undefined) return refuse(`the user would have more than ${full} of its kind`)
  return { outcome: { type: 'new' }, wanted }
}

/** A plan writes nothing, so the second owner in a file is found here. */
function claim(
  claims: Map<string, string>,
  person: ImportedPerson,
  { outcome, wanted }: Judgement,
): ImportOutcome {
  if (outcome.type !== 'new') return outcome
  const name = createName(person)
  const exclusive = wanted.filter(({ credential }) => credential.isExclusive).map(createKey)
  if (exclusive.some((key) => (claims.get(key) ?? name) !== name))
    return { type: 'refused', reason: 'another user of the file has it' }
  for (const key of exclusive) claims.set(key, name)
  return outcome
}

/** The same for each copy of a credential. */
const createKey = ({ kind, credential }: ForeignOfKind): string => `${kind}\n${credential.identity}`

/** Without copies. Sets of recovery codes are no copies of one another: their codes are added up. */
export function removeCopies(credentials: readonly ForeignOfKind[]): readonly ForeignOfKind[] {
  const seen = new Set<string>()
  return credentials.filter((one) => {
    if (isFallback(one.kind)) return true
    const isNew = !seen.has(createKey(one))
    seen.add(createKey(one))
    return isNew
  })
}

/** The limit of the kind of which the user would have too many. */
function findFullKind(
  own: readonly Pick<ForeignOfKind, 'kind'>[],
  wanted: readonly ForeignOfKind[],
): number | undefined {
  const all = [...own, ...wanted].map(({ kind }) => kind)
  return wanted
    .map(({ kind }) => ({ kind, limit: describeFactor(kind).limit }))
    .filter(({ kind, limit = Number.POSITIVE_INFINITY }) => {
      return all.filter((one) => one === kind).length > limit
    })
    .map(({ limit }) => limit)[0]
}

interface ImportOfPerson {
  readonly actor: Administrator
  readonly person: ImportedPerson
  readonly owner: Owner
}

async function importPerson(
  options: ImportAuthenticatorsOptions,
  tx: Transaction,
  { actor, person, owner }: ImportOfPerson,
): Promise<ImportOutcome> {
  if (owner !== undefined && owner !== 'later') await lockUser(tx, owner)
  const { outcome, wanted } = await judge(options, tx, person, { owner })
  if (owner === undefined || owner === 'later' || outcome.type !== 'new') return outcome
  const userId = owner
  const by = auditName(actor)
  await removeEarlierFallbacks(options, tx, userId, by)
  for (const one of wanted) {
    const authenticatorId = await one.credential.add(tx, userId)
    const fingerprint = createFingerprint(userId, one)
    const facts = { userId, kind: one.kind, authenticatorId, fingerprint, by }
    await options.audit.record(tx, factorEvents.imported, facts)
  }
  await forgetFactorsLost(tx, userId)
  return outcome
}

/** The password alone was enough to make them, so they must not replace the first second factor. */
async function removeEarlierFallbacks(
  { authenticators }: ImportAuthenticatorsOptions,
  tx: Transaction,
  userId: User['id'],
  by: string,
): Promise<void> {
  const own = await authenticators.list(tx, userId)
  if (!own.every(({ kind }) => isFallback(kind))) return
  for (const { id } of own)
    await authenticators.remove(tx, { userId, id, by, isLost: false, isAnnounced: true })
}

/** Shows whether two credentials are the same, and is too short to reveal a credential. */
function createFingerprint(userId: string, { kind, credential }: ForeignOfKind): string {
  return sha256(`${userId}\n${kind}\n${credential.identity}`).slice(0, 16)
}

/** More than any limit of authenticators. */
const mostImports = 1000

async function findEarlierImports(queries: Queries, userId: string): Promise<Set<unknown>> {
  const events = await readAuditAbout(queries, {
    about: [userId],
    types: importTypes,
    since: 0,
    limit: mostImports,
  })
  return new Set(events.map(({ data }) => data.fingerprint))
}
