/**
 * What operators do with invitations. Owns who gets one, its longest lifetime, what is audited, and that a member of a guarded
 * group gets none from the hands of one operator. A link is returned once, and only for paper: one that is mailed goes to the
 * address of the account, and no operator sees it.
 */
import type { Audit } from '../../identity/audit/audit.ts'
import type { Notify } from '../../identity/notify/notice.ts'
import { type Administrator, auditName } from '../../identity/operations/actor.ts'
import { findGuardedGroup } from '../../identity/operations/two-people.ts'
import { findUser } from '../../identity/operations/users.ts'
import type { Directory } from '../../identity/users/directory.ts'
import { createListGroups } from '../../identity/users/directory-answers.ts'
import type { User } from '../../identity/users/user.ts'
import type { Users } from '../../identity/users/users.ts'
import type { Config } from '../../platform/config/schema.ts'
import { type Clock, hours } from '../../platform/kernel/clock.ts'
import { Fault } from '../../platform/kernel/fault.ts'
import type { Database, Queries } from '../../platform/storage/database.ts'
import { type Transaction, transact } from '../../platform/storage/transact.ts'
import { invitationEvents } from './events.ts'
import { invitationNotices } from './notices.ts'
import {
  createInvitationPath,
  type InvitationChannel,
  type InvitationRow,
  type InvitationStore,
} from './store.ts'

export interface InvitationParts {
  readonly db: Database
  readonly clock: Clock
  readonly config: Pick<Config, 'mail' | 'public_url' | 'service_desk'>
  readonly users: Pick<Users, 'findByName' | 'findLocked' | 'find' | 'list'>
  readonly directory: Pick<Directory, 'listGroups'>
  readonly store: InvitationStore
  /** Whether the user has a second factor, or has lost all. */
  readonly hasFactor: (queries: Queries, user: User) => Promise<'enrolled' | 'lost' | undefined>
  readonly records: { readonly notify: Notify; readonly audit: Audit }
}

export interface InvitationOrder {
  readonly channel: InvitationChannel
  /** Milliseconds. */
  readonly lifetime: number
}

/** Whom an operator names: people by their usernames, or the members of a group. */
export type Invited =
  | { readonly names: readonly string[] }
  /** Members who have logged in or were imported: others are not known yet. */
  | { readonly group: string }

export interface SentInvitation {
  readonly username: string
  readonly displayName: string
  readonly email: string | null
  readonly language: User['language']
  /** Milliseconds since the epoch. */
  readonly expiresAt: number
  /** Only on paper. A secret. */
  readonly url?: string
}

/** Why a user gets no invitation. */
export type NotInvited = 'disabled' | 'enrolled' | 'lost' | 'no_address' | 'two_people'

export interface Invitations {
  readonly sent: readonly SentInvitation[]
  readonly skipped: readonly { readonly username: string; readonly reason: NotInvited }[]
}

export interface ListedInvitation {
  readonly username: string
  readonly channel: string
  readonly createdBy: string
  readonly createdAt: number
  readonly expiresAt: number
  readonly state: 'valid' | 'used' | 'ended' | 'expired'
}

export type InvitationOperations = ReturnType<typeof createInvitationOperations>

const shortestLifetime = hours(1)
const longestLifetime = hours(24 * 90)
/** Users who are invited in one transaction: a run that stops half way has invited whole groups of them. */
const atOnce = 100

export function createInvitationOperations(parts: InvitationParts) {
  return {
    /** Throws Fault `not_found` for an unknown name, before anybody is invited. */
    create: (actor: Administrator, invited: Invited, order: InvitationOrder) =>
      create(parts, actor, invited, order),
    list: (_actor: Administrator, name?: string) => list(parts, name),
    revoke: (actor: Administrator, name: string) => revoke(parts, actor, name),
  }
}

async function create(
  parts: InvitationParts,
  actor: Administrator,
  invited: Invited,
  order: InvitationOrder,
): Promise<Invitations> {
  checkOrder(parts, order)
  const [sent, skipped]: [SentInvitation[], Invitations['skipped'][number][]] = [[], []]
  for await (const some of listInvited(parts, invited)) {
    const made = await transact(parts.db, (tx) => invite(parts, tx, { actor, order, some }))
    sent.push(...made.sent)
    skipped.push(...made.skipped)
  }
  return { sent, skipped }
}

function checkOrder({ config }: InvitationParts, { channel, lifetime }: InvitationOrder): void {
  if (config.public_url === undefined)
    throw new Fault('not_allowed', 'The configuration lacks public_url, where links lead.')
  if (channel === 'mail' && config.mail === undefined)
    throw new Fault('not_allowed', 'The configuration lacks mail, so nobody was invited.')
  if (lifetime < shortestLifetime || lifetime > longestLifetime)
    throw new Fault(
      'bad_request',
      'An invitation is valid for at least 1 hour and at most 90 days.',
    )
}

function listInvited(parts: InvitationParts, invited: Invited): AsyncGenerator<readonly User[]> {
  return 'names' in invited ? listNamed(parts, invited.names) : listMembers(parts, invited.group)
}

async function* listNamed(
  { db, users }: InvitationParts,
  names: readonly string[],
): AsyncGenerator<readonly User[]> {
  const all: User[] = []
  for (const name of new Set(names)) all.push(await findUser(users, db, name))
  for (let at = 0; at < all.length; at += atOnce) yield all.slice(at, at + atOnce)
}

async function* listMembers(
  { db, users, directory }: InvitationParts,
  group: string,
): AsyncGenerator<readonly User[]> {
  const listGroups = createListGroups(directory)
  let after: string | undefined
  for (;;) {
    const some = await users.list(db, { limit: atOnce, ...(after !== undefined && { after }) })
    const members: User[] = []
    for (const user of some) if ((await listGroups(db, user.id)).includes(group)) members.push(user)
    if (members.length > 0) yield members
    if (some.length < atOnce) return
    after = some.at(-1)?.username
  }
}

interface Inviting {
  readonly actor: Administrator
  readonly order: InvitationOrder
  readonly some: readonly User[]
}

async function invite(
  parts: InvitationParts,
  tx: Transaction,
  { actor, order, some }: Inviting,
): Promise<Invitations> {
  const { channel, lifetime } = order
  const by = auditName(actor)
  const expiresAt = parts.clock.now() + lifetime
  const { able, skipped } = await sortOut(parts, tx, some, channel)
  const tokens = await parts.store.create(
    tx,
    able.map(({ id }) => ({ userId: id, channel, createdBy: by, expiresAt })),
  )
  const sent: SentInvitation[] = []
  for (const [at, user] of able.entries()) {
    const { id: userId, username, displayName, email, language } = user
    const url = `${parts.config.public_url}${createInvitationPath(tokens[at] ?? '')}`
    const invitation = { url, until: expiresAt }
    if (channel === 'mail')
      await parts.records.notify(tx, invitationNotices.link, { userId, invitation })
    const until = new Date(expiresAt).toISOString()
    await parts.records.audit.record(tx, invitationEvents.created, {
      ...{ userId, channel, expiresAt: until, by },
    })
    const known = { username, displayName, email, language, expiresAt }
    sent.push(channel === 'paper' ? { ...known, url } : known)
  }
  return { sent, skipped }
}

/** Locks the users. Who gets no invitation, and why. */
async function sortOut(
  parts: InvitationParts,
  tx: Transaction,
  some: readonly User[],
  channel: InvitationChannel,
) {
  const [able, skipped]: [User[], Invitations['skipped'][number][]] = [[], []]
  for (const { id, username } of some) {
    const user = await parts.users.findLocked(tx, id)
    const reason = user === undefined ? 'disabled' : await findObstacle(parts, tx, user, channel)
    if (user !== undefined && reason === undefined) able.push(user)
    else skipped.push({ username, reason: reason ?? 'disabled' })
  }
  return { able, skipped }
}

async function findObstacle(
  parts: InvitationParts,
  tx: Transaction,
  user: User,
  channel: InvitationChannel,
): Promise<NotInvited | undefined> {
  if (user.disabledAt !== null) return 'disabled'
  if (channel === 'mail' && user.email === null) return 'no_address'
  if (channel === 'paper' && (await findGuardedGroup(parts, tx, user)) !== undefined)
    return 'two_people'
  return await parts.hasFactor(tx, user)
}

async function list(
  { db, users, store, clock }: InvitationParts,
  name: string | undefined,
): Promise<ListedInvitation[]> {
  const user = name === undefined ? undefined : await findUser(users, db, name)
  const now = clock.now()
  const listed: ListedInvitation[] = []
  for (const row of await store.list(db, user?.id)) {
    const { username = '' } = user ?? (await users.find(db, row.user_id)) ?? {}
    listed.push({
      username,
      channel: row.channel,
      createdBy: row.created_by,
      createdAt: row.created_at,
      expiresAt: row.expires_at,
      state: describeState(row, now),
    })
  }
  return listed
}

function describeState(row: InvitationRow, now: number): ListedInvitation['state'] {
  if (row.used_at !== null) return 'used'
  if (row.ended_at !== null) return 'ended'
  return row.expires_at <= now ? 'expired' : 'valid'
}

async function revoke(
  { db, users, store, records }: InvitationParts,
  actor: Administrator,
  name: string,
): Promise<{ readonly username: string; readonly revoked: number }> {
  return await transact(db, async (tx) => {
    const { id, username } = await findUser(users, tx, name)
    const user = await users.findLocked(tx, id)
    const revoked = user === undefined ? 0 : await store.end(tx, user.id)
    if (revoked > 0)
      await records.audit.record(tx, invitationEvents.revoked, { userId: id, by: auditName(actor) })
    return { username, revoked }
  })
}
