/**
 * The apps that people reach through this login. Owns what an app may ask for and its secret at rest; does not know
 * how a protocol uses it. Callers write the audit event in the same transaction.
 */
import { z } from 'zod'
import type { Clock } from '../../platform/kernel/clock.ts'
import { Fault } from '../../platform/kernel/fault.ts'
import { newId, newSecret } from '../../platform/kernel/ids.ts'
import type { Keyring } from '../../platform/kernel/keyring.ts'
import type { Random } from '../../platform/kernel/random.ts'
import type { Queries } from '../../platform/storage/database.ts'
import { isUniqueViolation } from '../../platform/storage/errors.ts'
import type { AppRow } from '../../platform/storage/tables.ts'
import {
  type OwnPolicy,
  ownPolicySchema,
  type Policy,
  policySchema,
  policyWith,
} from '../policy/policy.ts'

const loopback = /^(localhost|.+\.localhost|127(\.\d{1,3}){3}|\[::1\])$/

/** An address that an app names: https, or http where it cannot leave the machine. Compared exactly, so no patterns. */
const appUrl = z
  .string()
  .max(2000)
  .regex(/^[\x21-\x7e]+$/, 'an address in printable ASCII without spaces')
  .refine((text) => URL.canParse(text), {
    error: 'an absolute address such as https://app.example.org/callback',
    abort: true,
  })
  .refine((text) => isSafeScheme(new URL(text)), 'https, or http on a loopback host')
  .refine((text) => !text.includes('#'), 'an address without a fragment')
  .refine((text) => !text.includes('*'), 'an address without a wildcard')
  .refine((text) => new URL(text).username === '' && new URL(text).password === '', {
    error: 'an address without a user name and password',
  })

function isSafeScheme(url: URL): boolean {
  return url.protocol === 'https:' || (url.protocol === 'http:' && loopback.test(url.hostname))
}

/** What an OIDC app (client) may do (OpenID Connect Dynamic Client Registration 1.0 section 2 has the terms). */
export const oidcAppSettingsSchema = z.strictObject({
  redirectUris: z.array(appUrl).min(1).max(20),
  postLogoutRedirectUris: z.array(appUrl).max(20).default([]),
  backchannelLogoutUri: appUrl.optional(),
  /** Where a person begins, for the list of apps. */
  startUrl: appUrl.optional(),
  /** `none` is a public client, which has no secret. */
  tokenEndpointAuthMethod: z
    .enum(['client_secret_basic', 'client_secret_post', 'none'])
    .default('client_secret_basic'),
})

export type OidcAppSettings = z.output<typeof oidcAppSettingsSchema>

const idPattern = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/

/** What an id may be, in words. */
export const appIdRule =
  'up to 100 letters, digits, dots, dashes and underscores, the first a letter or digit'

export const appInputSchema = z.strictObject({
  /** The client_id; absent: a random one. */
  id: z.string().regex(idPattern, appIdRule).optional(),
  name: z.string().trim().min(1).max(100),
  settings: oidcAppSettingsSchema,
  /** Only what the app has of its own; the rest is the default's. */
  policy: ownPolicySchema.prefault({}),
})

export type AppInput = z.input<typeof appInputSchema>

/** What may change later; the id stays, and the secret of a confidential app until it is renewed. */
export const appChangesSchema = appInputSchema.omit({ id: true, policy: true }).partial().extend({
  policy: ownPolicySchema.optional(),
})

export type AppChanges = z.input<typeof appChangesSchema>

export interface App {
  /** For OIDC the client_id. */
  readonly id: string
  readonly protocol: 'oidc'
  readonly name: string
  readonly settings: OidcAppSettings
  /** The rule that counts: its own, and for what that does not name the default. */
  readonly policy: Policy
  readonly ownPolicy: OwnPolicy
  /** Opened; absent for public clients and in lists. */
  readonly clientSecret?: string
}

/** `clientSecret` is there when it was made just now; this is the one time that a person sees it. */
export interface SavedApp {
  readonly app: App
  readonly clientSecret?: string
}

export interface Apps {
  find(queries: Queries, id: string): Promise<App | undefined>
  /** All apps by name, small and capital letters alike, without their secrets. */
  list(queries: Queries): Promise<App[]>
  /** Throws a ZodError for bad input, Fault `conflict` when the id is taken. */
  create(queries: Queries, input: AppInput): Promise<SavedApp>
  /** Undefined when there is no such app. An app that stops being public gets a secret. */
  change(queries: Queries, id: string, changes: AppChanges): Promise<SavedApp | undefined>
  /** A new secret in place of the earlier one, which counts no more. Undefined: no such app, or one that has no secret. */
  renewSecret(queries: Queries, id: string): Promise<string | undefined>
  /** Whether it was there. What was issued for it goes too, or it would count for the next app with this id. */
  remove(queries: Queries, id: string): Promise<boolean>
}

export interface AppsOptions {
  readonly clock: Clock
  readonly random: Random
  readonly keyring: Keyring
  /** What counts for all that an app's own rule does not name; absent: that of an empty configuration. */
  readonly defaultPolicy?: Policy
}

const { compare } = new Intl.Collator('de')

/** As a person looks for it. Each database has an order of its own. */
function byName(a: AppRow, b: AppRow): number {
  return compare(a.name, b.name) || compare(a.id, b.id)
}

export function createApps(options: AppsOptions): Apps {
  const { clock, random, keyring, defaultPolicy = policySchema.parse({}) } = options
  const toApp = (row: AppRow, clientSecret: string | undefined) =>
    appOf(row, defaultPolicy, clientSecret)
  const saved = (row: AppRow, secret: string | undefined, made: string | undefined): SavedApp => ({
    app: toApp(row, secret),
    ...(made !== undefined && { clientSecret: made }),
  })
  const place = (id: string) => `apps/${id}/secret_sealed`
  const openSecret = (row: AppRow) =>
    row.secret_sealed === null
      ? undefined
      : Buffer.from(keyring.open(place(row.id), row.secret_sealed)).toString()
  const newSealedSecret = (id: string, settings: OidcAppSettings) => {
    if (settings.tokenEndpointAuthMethod === 'none') return undefined
    const plain = newSecret(random)
    return { plain, sealed: keyring.seal(place(id), Buffer.from(plain)) }
  }

  const find = async (queries: Queries, id: string) => {
    // Anybody may ask for any client_id, and PostgreSQL refuses some texts with an error.
    if (!idPattern.test(id)) return undefined
    const row = await queries.selectFrom('apps').selectAll().where('id', '=', id).executeTakeFirst()
    return row && toApp(row, openSecret(row))
  }

  return {
    find,
    async list(queries) {
      const rows = await queries.selectFrom('apps').selectAll().execute()
      return rows.sort(byName).map((row) => toApp(row, undefined))
    },
    async create(queries, input) {
      const { id = newId(random, 'app'), name, settings, policy } = appInputSchema.parse(input)
      const secret = newSealedSecret(id, settings)
      const now = clock.now()
      const row: AppRow = {
        id,
        protocol: 'oidc',
        name,
        settings: JSON.stringify(settings),
        secret_sealed: secret?.sealed ?? null,
        policy: JSON.stringify(policy),
        created_at: now,
        updated_at: now,
      }
      await insertApp(queries, row)
      return saved(row, secret?.plain, secret?.plain)
    },
    async change(queries, id, changes) {
      const row = await queries
        .selectFrom('apps')
        .selectAll()
        .where('id', '=', id)
        .executeTakeFirst()
      if (!row) return undefined
      const { name, settings, policy } = appChangesSchema.parse(changes)
      const next = settings ?? oidcAppSettingsSchema.parse(JSON.parse(row.settings))
      const isPublic = next.tokenEndpointAuthMethod === 'none'
      const made = row.secret_sealed === null ? newSealedSecret(id, next) : undefined
      const changed: AppRow = {
        ...row,
        name: name ?? row.name,
        settings: JSON.stringify(next),
        secret_sealed: isPublic ? null : (made?.sealed ?? row.secret_sealed),
        policy: policy ? JSON.stringify(policy) : row.policy,
        updated_at: clock.now(),
      }
      await queries.updateTable('apps').set(changed).where('id', '=', id).execute()
      return saved(changed, openSecret(changed), made?.plain)
    },
    async renewSecret(queries, id) {
      const plain = newSecret(random)
      const result = await queries
        .updateTable('apps')
        .set({
          secret_sealed: keyring.seal(place(id), Buffer.from(plain)),
          updated_at: clock.now(),
        })
        .where('id', '=', id)
        .where('secret_sealed', 'is not', null)
        .executeTakeFirst()
      return result.numUpdatedRows === 1n ? plain : undefined
    },
    async remove(queries, id) {
      const result = await queries.deleteFrom('apps').where('id', '=', id).executeTakeFirst()
      await queries.deleteFrom('oidc_records').where('client_id', '=', id).execute()
      return result.numDeletedRows > 0n
    },
  }
}

async function insertApp(queries: Queries, row: AppRow): Promise<void> {
  try {
    await queries.insertInto('apps').values(row).execute()
  } catch (error) {
    if (!isUniqueViolation(error)) throw error
    throw new Fault('conflict', 'An app with this id exists.', { details: { id: row.id } })
  }
}

function appOf(row: AppRow, defaultPolicy: Policy, clientSecret: string | undefined): App {
  const ownPolicy = ownPolicySchema.parse(JSON.parse(row.policy))
  return {
    id: row.id,
    protocol: row.protocol,
    name: row.name,
    settings: oidcAppSettingsSchema.parse(JSON.parse(row.settings)),
    policy: policyWith(ownPolicy, defaultPolicy),
    ownPolicy,
    ...(clientSecret !== undefined && { clientSecret }),
  }
}
