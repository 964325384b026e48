/**
 * Tokens with which apps register themselves (*initial access token* in RFC 7591). Owns how often and how long a token is
 * valid, and the rule that its apps get. Only the SHA-256 of a token is stored.
 */
import type { Selectable } from 'kysely'
import { type Clock, hours } from '../../platform/kernel/clock.ts'
import { sha256 } from '../../platform/kernel/crypto.ts'
import { type Id, newId, newSecret } from '../../platform/kernel/ids.ts'
import type { Random } from '../../platform/kernel/random.ts'
import type { RegistrationTokenRow } from '../../platform/storage/app-tables.ts'
import type { Queries } from '../../platform/storage/database.ts'
import { removeRows } from '../../platform/storage/remove.ts'
import { type OwnPolicy, ownPolicySchema } from '../policy/policy.ts'

/** Limits what the apps of a token may be. Their protocol reads them. */
export type RegistrationTerms = Readonly<Record<string, unknown>>

export interface NewRegistrationToken {
  /** What it is for. */
  readonly name: string
  /** How many apps may register with it. */
  readonly uses: number
  /** Milliseconds. */
  readonly lifetime: number
  /** The rule that each of its apps gets as its own. */
  readonly policy: OwnPolicy
  readonly terms: RegistrationTerms
}

export interface RegistrationToken extends Omit<NewRegistrationToken, 'lifetime'> {
  readonly id: Id<'registrationToken'>
  readonly usesLeft: number
  readonly issuedBy: string
  /** Milliseconds since the epoch, as all times here. */
  readonly createdAt: number
  readonly expiresAt: number
  readonly state: 'valid' | 'used' | 'expired' | 'revoked'
}

export interface RegistrationTokensOptions {
  readonly clock: Clock
  readonly random: Random
}

/** How long an expired token stays here. The audit log keeps its events. */
const keptFor = hours(24 * 90)

export type RegistrationTokens = ReturnType<typeof createRegistrationTokens>

export function createRegistrationTokens({ clock, random }: RegistrationTokensOptions) {
  const read = (row: Selectable<RegistrationTokenRow>) => readToken(row, clock.now())
  return {
    /** `secret` is the token itself; nobody can see it later. */
    async issue(queries: Queries, token: NewRegistrationToken, issuedBy: string) {
      const secret = newSecret(random)
      const now = clock.now()
      const { name, uses } = token
      const row: RegistrationTokenRow = {
        id: newId(random, 'registrationToken'),
        token_hash: sha256(secret),
        ...{ name, uses, uses_left: uses, issued_by: issuedBy, created_at: now },
        policy: JSON.stringify(token.policy),
        terms: JSON.stringify(token.terms),
        expires_at: now + token.lifetime,
        revoked_at: null,
      }
      await queries.insertInto('registration_tokens').values(row).execute()
      return { token: read(row), secret }
    },

    /** The newest first. */
    async list(queries: Queries): Promise<RegistrationToken[]> {
      const rows = await queries
        .selectFrom('registration_tokens')
        .selectAll()
        .orderBy('created_at', 'desc')
        .orderBy('id')
        .execute()
      return rows.map(read)
    },

    /** `undefined`: no such token is valid. */
    async find(queries: Queries, secret: string): Promise<RegistrationToken | undefined> {
      const row = await queries
        .selectFrom('registration_tokens')
        .selectAll()
        .where('token_hash', '=', sha256(secret))
        .executeTakeFirst()
      const token = row && read(row)
      return token?.state === 'valid' ? token : undefined
    },

    /** Uses the token once. `false`: meanwhile it was used up, has expired or was revoked. */
    async spend(queries: Queries, id: string): Promise<boolean> {
      const result = await queries
        .updateTable('registration_tokens')
        .set(({ eb }) => ({ uses_left: eb('uses_left', '-', 1) }))
        .where('id', '=', id)
        .where('uses_left', '>', 0)
        .where('expires_at', '>', clock.now())
        .where('revoked_at', 'is', null)
        .executeTakeFirst()
      return result.numUpdatedRows === 1n
    },

    /** `false`: the id is unknown, or the token was revoked before. */
    async revoke(queries: Queries, id: string): Promise<boolean> {
      const result = await queries
        .updateTable('registration_tokens')
        .set({ revoked_at: clock.now() })
        .where('id', '=', id)
        .where('revoked_at', 'is', null)
        .executeTakeFirst()
      return result.numUpdatedRows === 1n
    },

    /** Deletes tokens that expired long ago; returns their number. */
    purge(queries: Queries): Promise<number> {
      const before = clock.now() - keptFor
      return removeRows(queries, {
        table: 'registration_tokens',
        key: ['id'],
        isOld: (row) => row('expires_at', '<', before),
      })
    },
  }
}

function readToken(row: Selectable<RegistrationTokenRow>, now: number): RegistrationToken {
  return {
    id: row.id as Id<'registrationToken'>,
    ...{ name: row.name, uses: row.uses, usesLeft: row.uses_left, issuedBy: row.issued_by },
    policy: ownPolicySchema.parse(JSON.parse(row.policy)),
    terms: JSON.parse(row.terms),
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    state: findState(row, now),
  }
}

function findState(row: Selectable<RegistrationTokenRow>, now: number): RegistrationToken['state'] {
  if (row.revoked_at !== null) return 'revoked'
  if (row.uses_left <= 0) return 'used'
  return row.expires_at <= now ? 'expired' : 'valid'
}
