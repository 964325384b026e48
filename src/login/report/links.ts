/**
 * One-time links in mails that ask *was this you?* Owns the rows of the purposes `not_me` (24 hours) and `not_me_bound` (7 days):
 * a link has 256 bits, of which only the hash is stored, and works once. It needs no login, because it can only make things safer.
 */
import { type Clock, hours } from '../../platform/kernel/clock.ts'
import { sha256 } from '../../platform/kernel/crypto.ts'
import { type Id, newSecret } from '../../platform/kernel/ids.ts'
import type { Random } from '../../platform/kernel/random.ts'
import type { Queries } from '../../platform/storage/database.ts'
import { removeRows } from '../../platform/storage/remove.ts'

/** A new authenticator is noticed later than a login under way. Earlier programs do not know its links, and refuse them. */
const kinds = {
  login: { purpose: 'not_me', lifetime: hours(24) },
  bound: { purpose: 'not_me_bound', lifetime: 7 * hours(24) },
} as const
const purposes = Object.values(kinds).map(({ purpose }) => purpose)

/** What a link is about. */
export type LinkSubject = { readonly userId: Id<'user'> } & (
  | {
      /** The message id of the push challenge that was denied. */
      readonly challengeId: string
      readonly bound?: undefined
    }
  | { readonly bound: BoundAuthenticator; readonly challengeId?: undefined }
)

/** An authenticator that was bound to the account. */
export interface BoundAuthenticator {
  readonly authenticatorId: string
  /** Milliseconds since the epoch. */
  readonly at: number
}

export type FoundLink =
  | { readonly type: 'good'; readonly subject: LinkSubject }
  | { readonly type: 'used' | 'expired' | 'unknown' }

export function createNotMeLinks({ clock, random }: { clock: Clock; random: Random }) {
  return {
    /** The path of a new link. */
    async create(queries: Queries, subject: LinkSubject): Promise<string> {
      const token = newSecret(random)
      const now = clock.now()
      const { purpose, lifetime } = kinds[subject.bound === undefined ? 'login' : 'bound']
      await queries
        .insertInto('one_time_links')
        .values({
          token_hash: sha256(token),
          purpose,
          subject: JSON.stringify(subject),
          created_at: now,
          expires_at: now + lifetime,
          consumed_at: null,
        })
        .execute()
      return `/not-me/${token}`
    },

    async find(queries: Queries, token: string): Promise<FoundLink> {
      const row = await queries
        .selectFrom('one_time_links')
        .select(['subject', 'expires_at', 'consumed_at'])
        .where('token_hash', '=', sha256(token))
        .where('purpose', 'in', purposes)
        .executeTakeFirst()
      if (row === undefined) return { type: 'unknown' }
      if (row.consumed_at !== null) return { type: 'used' }
      if (clock.now() >= row.expires_at) return { type: 'expired' }
      return { type: 'good', subject: JSON.parse(row.subject ?? '') as LinkSubject }
    },

    /** Spends a link. `undefined`: it is spent or too old. */
    async take(queries: Queries, token: string): Promise<LinkSubject | undefined> {
      const now = clock.now()
      const row = await queries
        .updateTable('one_time_links')
        .set({ consumed_at: now })
        .where('token_hash', '=', sha256(token))
        .where('purpose', 'in', purposes)
        .where('consumed_at', 'is', null)
        .where('expires_at', '>', now)
        .returning('subject')
        .executeTakeFirst()
      return row === undefined ? undefined : (JSON.parse(row.subject ?? '') as LinkSubject)
    },

    /** Forgets links a week after they stopped working, so that for a week a page can say why. */
    async purge(queries: Queries): Promise<void> {
      const before = clock.now() - 7 * hours(24)
      await removeRows(queries, {
        table: 'one_time_links',
        key: ['token_hash'],
        isOld: (row) => row.and([row('purpose', 'in', purposes), row('expires_at', '<', before)]),
      })
    },
  }
}

export type NotMeLinks = ReturnType<typeof createNotMeLinks>
