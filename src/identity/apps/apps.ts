/**
 * The apps that people log in to. Owns their names, rules and secrets at rest; of their protocol it knows only what
 * `app-protocol.ts` says. Callers write the audit event in the same transaction, see `operations/apps.ts`.
 */
import { z } from 'zod'
import type { Clock } from '../../platform/kernel/clock.ts'
import { newId } from '../../platform/kernel/ids.ts'
import type { Keyring } from '../../platform/kernel/keyring.ts'
import type { Log } from '../../platform/kernel/log.ts'
import type { Random } from '../../platform/kernel/random.ts'
import type { Queries } from '../../platform/storage/database.ts'
import {
  type AppPolicy,
  type OwnPolicy,
  ownPolicySchema,
  type Policy,
  policySchema,
  policyWith,
} from '../policy/policy.ts'
import { forgetParticipants } from '../sessions/participants.ts'
import { saveIdentifiers } from './app-identifiers.ts'
import { rememberByRow } from './app-memory.ts'
import { type AppProtocol, type AppSettings, findProtocol } from './app-protocol.ts'
import {
  type AppRow,
  findLockedRow,
  findRow,
  findRowByIdentifier,
  idPattern,
  insertApp,
  listRows,
} from './app-rows.ts'
import { createAppSecrets, type EarlierSecret } from './app-secrets.ts'
import { type AppRegistration, registrationSchema } from './registration.ts'

/** What an id may be, in words. */
export const appIdRule =
  'up to 100 letters, digits, dots, dashes and underscores, the first a letter or digit'

/** What a new app of a protocol consists of. */
export function createAppSchema(protocol: AppProtocol) {
  return z.strictObject({
    /** Absent: a random one. */
    id: z.string().regex(idPattern, appIdRule).optional(),
    name: z.string().trim().min(1).max(100),
    /** The template or library that the app was added from; absent: none. */
    template: z
      .string()
      .regex(/^[a-z0-9_-]{1,40}$/)
      .optional(),
    settings: protocol.settings,
    /** Only the app's own settings; the default policy has the rest. */
    policy: ownPolicySchema.prefault({}),
  })
}

/** What may change later. The id stays, and so does the secret of a confidential app until it is renewed. */
export function createAppChangesSchema(protocol: AppProtocol) {
  const { name, template, settings } = createAppSchema(protocol).shape
  const shape = { name, template: template.nullable(), settings, policy: ownPolicySchema }
  return z.strictObject(shape).partial()
}

/** A new app. The schema of its protocol checks the settings. */
export interface AppInput {
  readonly id?: string | undefined
  /** The name of its protocol; absent: the first one of `AppsOptions.protocols`. */
  readonly protocol?: string
  readonly name: string
  /** The template that it was added from: for its icon, and for what to enter in the app itself. */
  readonly template?: string | undefined
  readonly settings: AppSettings
  readonly policy?: z.input<typeof ownPolicySchema> | undefined
  /** Set when the app registers itself; absent: an administrator adds it. */
  readonly registration?: AppRegistration
}

export interface AppChanges {
  readonly name?: string | undefined
  /** `null`: the app no longer has a template. */
  readonly template?: string | null | undefined
  readonly settings?: AppSettings | undefined
  readonly policy?: z.input<typeof ownPolicySchema> | undefined
}

export interface App {
  /** For OIDC the client_id. */
  readonly id: string
  readonly protocol: string
  readonly name: string
  /** The template that it was added from. */
  readonly template?: string
  /** Where a person begins: an address, or a path of Einlass; absent: the list of apps has no link to the app. */
  readonly startUrl?: string
  /** The app opens the login in a window of its own and waits for its answer. */
  readonly keepsOpener?: true
  readonly settings: AppSettings
  /** The effective rule: the app's own settings, and the default for everything else. */
  readonly policy: AppPolicy
  readonly ownPolicy: OwnPolicy
  /** Set when the app has registered itself and no administrator has adopted it. */
  readonly registration?: AppRegistration
  /** Unsealed; absent in lists, and when the app has no secret. */
  readonly clientSecret?: string
  /** The secret before this one, while it is still valid; absent in lists. */
  readonly earlierSecret?: EarlierSecret
}

/** `clientSecret` is present only when it was just made; nobody can see it later. */
export interface SavedApp {
  readonly app: App
  readonly clientSecret?: string
}

export interface Apps {
  find(queries: Queries, id: string): Promise<App | undefined>
  /**
   * As `find`, for a caller that has just read `apps.updated_at` with rows of its own. Reads the database only if that
   * time is new to it.
   */
  findAsOf(queries: Queries, id: string, updatedAt: number): Promise<App | undefined>
  /** As `find`, and locks the app until the transaction ends: for a change that depends on the present state. */
  findLocked(queries: Queries, id: string): Promise<App | undefined>
  /**
   * The app of a protocol that has this entity id, realm or address. Throws for an app whose row cannot be read, and reads no
   * row of another app.
   */
  findByIdentifier(queries: Queries, protocol: string, identifier: string): Promise<App | undefined>
  /** All apps without their secrets, sorted by name; upper and lower case are equal. */
  list(queries: Queries): Promise<App[]>
  /** As `list`, without apps whose rows cannot be read: such an app must not close the others. The log names them. */
  listReadable(queries: Queries): Promise<App[]>
  /** Throws a ZodError for bad input, Fault `conflict` when the id or an identifier of the app is taken. */
  create(queries: Queries, input: AppInput): Promise<SavedApp>
  /** Undefined when there is no such app. An app that stops being public gets a secret. Throws Fault `conflict` as `create`. */
  change(queries: Queries, id: string, changes: AppChanges): Promise<SavedApp | undefined>
  /**
   * Makes a new secret. The earlier one stays valid until `keepUntil` (ms); if absent, it ends at once. Undefined: there
   * is no such app, or it has no secret.
   */
  renewSecret(queries: Queries, id: string, keepUntil?: number): Promise<string | undefined>
  /** Ends the earlier secret. `false`: none was valid. */
  endEarlierSecret(queries: Queries, id: string): Promise<boolean>
  /** From now on it is like an app that an administrator added. `false`: it was before. */
  adopt(queries: Queries, id: string): Promise<boolean>
  /** `false`: no such app. Also removes what was issued for it, which would be valid for the next app with this id. */
  remove(queries: Queries, id: string): Promise<boolean>
}

export interface AppsOptions {
  readonly clock: Clock
  readonly random: Random
  readonly keyring: Keyring
  /** The protocols that apps may speak. A new app that names none speaks the first. */
  readonly protocols: readonly AppProtocol[]
  /** Applies where an app has no setting of its own; absent: the rule of an empty configuration. */
  readonly defaultPolicy?: Policy
  readonly log?: Pick<Log, 'error'>
}

/** The columns of an app that no longer has a secret. */
const withoutSecret = { secret_sealed: null, earlier_secret_sealed: null } as const

const keepSecret = (row: AppRow, made: { readonly sealed: string } | undefined) => ({
  secret_sealed: made?.sealed ?? row.secret_sealed,
})

export function createApps(options: AppsOptions): Apps {
  const { clock, random, protocols, defaultPolicy = policySchema.parse({}) } = options
  const secrets = createAppSecrets(options)
  const toApp = (row: AppRow, clientSecret: string | undefined) =>
    readApp(row, { protocols, defaultPolicy }, clientSecret)
  const readable = createDamageNotice(options, (row) => toApp(row, undefined))
  const saved = (row: AppRow, secret: string | undefined, made: string | undefined): SavedApp => ({
    app: toApp(row, secret),
    ...(made !== undefined && { clientSecret: made }),
  })

  return {
    ...createFinders(options, (row) => ({
      app: toApp(row, secrets.open(row)),
      earlier: secrets.openEarlier(row),
    })),
    async list(queries) {
      return (await listRows(queries)).map((row) => toApp(row, undefined))
    },
    async listReadable(queries) {
      return (await listRows(queries)).flatMap((row) => readable(row) ?? [])
    },
    async create(queries, { protocol: protocolName, registration, ...input }) {
      const protocol = chooseProtocol(options, protocolName)
      const { id = newId(random, 'app'), ...checked } = createAppSchema(protocol).parse(input)
      const secret = protocol.hasSecret(checked.settings) ? secrets.create(id) : undefined
      const now = clock.now()
      const row: AppRow = {
        id,
        protocol: protocol.name,
        name: checked.name,
        template: checked.template ?? null,
        settings: JSON.stringify(checked.settings),
        secret_sealed: secret?.sealed ?? null,
        earlier_secret_sealed: null,
        policy: JSON.stringify(checked.policy),
        registration: registration === undefined ? null : JSON.stringify(registration),
        created_at: now,
        updated_at: now,
      }
      await insertApp(queries, row)
      await saveIdentifiers(queries, row, protocol)
      return saved(row, secret?.plain, secret?.plain)
    },
    async change(queries, id, changes) {
      const row = await findLockedRow(queries, id)
      if (!row) return undefined
      const protocol = findProtocol(options.protocols, row.protocol)
      const { name, template, settings, policy } = createAppChangesSchema(protocol).parse(changes)
      const next = settings ?? protocol.settings.parse(JSON.parse(row.settings))
      const isWithSecret = protocol.hasSecret(next)
      const made = isWithSecret && row.secret_sealed === null ? secrets.create(id) : undefined
      const changed: AppRow = {
        ...row,
        name: name ?? row.name,
        template: template === undefined ? row.template : template,
        settings: JSON.stringify(next),
        ...(isWithSecret ? keepSecret(row, made) : withoutSecret),
        policy: policy ? JSON.stringify(policy) : row.policy,
        updated_at: clock.now(),
      }
      await queries.updateTable('apps').set(changed).where('id', '=', id).execute()
      await saveIdentifiers(queries, changed, protocol)
      return saved(changed, secrets.open(changed), made?.plain)
    },
    ...createSecretChanges(options, secrets),
    async adopt(queries, id) {
      const result = await queries
        .updateTable('apps')
        .set({ registration: null, updated_at: clock.now() })
        .where('id', '=', id)
        .where('registration', 'is not', null)
        .executeTakeFirst()
      return result.numUpdatedRows === 1n
    },
    async remove(queries, id) {
      const row = await queries
        .deleteFrom('apps')
        .where('id', '=', id)
        .returning('protocol')
        .executeTakeFirst()
      if (row === undefined) return false
      await findProtocol(options.protocols, row.protocol).forgetApp(queries, id)
      await forgetParticipants(queries, id)
      return true
    },
  }
}

/** Returns `undefined` for a row that cannot be read, and logs it once for each of its changes. */
function createDamageNotice({ log }: AppsOptions, read: (row: AppRow) => App) {
  const noted = new Map<string, number>()
  return (row: AppRow): App | undefined => {
    try {
      return read(row)
    } catch (error) {
      if (noted.get(row.id) !== row.updated_at) log?.error({ appId: row.id, error }, damaged)
      noted.set(row.id, row.updated_at)
      return undefined
    }
  }
}

const damaged = 'The row of an app cannot be read, so nobody can log in to this app.'

interface OpenedApp {
  readonly app: App
  readonly earlier: EarlierSecret | undefined
}

function createFinders(
  { clock }: AppsOptions,
  open: (row: AppRow) => OpenedApp,
): Pick<Apps, 'find' | 'findAsOf' | 'findLocked' | 'findByIdentifier'> {
  const opened = rememberByRow(open)
  const describe = ({ app, earlier }: OpenedApp): App => {
    const isUsable = earlier !== undefined && earlier.until > clock.now()
    return isUsable ? { ...app, earlierSecret: earlier } : app
  }
  const find = async (queries: Queries, id: string) => {
    const row = await findRow(queries, id)
    return row && describe(opened.read(row))
  }
  return {
    find,
    async findLocked(queries, id) {
      const row = await findLockedRow(queries, id)
      return row && describe(opened.read(row))
    },
    async findByIdentifier(queries, protocol, identifier) {
      const row = await findRowByIdentifier(queries, protocol, identifier)
      return row && describe(opened.read(row))
    },
    async findAsOf(queries, id, updatedAt) {
      // A row may change twice in one millisecond.
      const isSettled = clock.now() - updatedAt > settledAfter
      const known = isSettled ? opened.find(id, updatedAt) : undefined
      return known === undefined ? await find(queries, id) : describe(known)
    },
  }
}

function createSecretChanges(
  { clock }: AppsOptions,
  secrets: ReturnType<typeof createAppSecrets>,
): Pick<Apps, 'renewSecret' | 'endEarlierSecret'> {
  return {
    async renewSecret(queries, id, keepUntil) {
      const row = await findLockedRow(queries, id)
      const secret = row && secrets.open(row)
      if (!row || secret === undefined) return undefined
      const { plain, sealed } = secrets.create(id)
      const result = await queries
        .updateTable('apps')
        .set({
          secret_sealed: sealed,
          earlier_secret_sealed:
            keepUntil === undefined ? null : secrets.sealEarlier(id, { secret, until: keepUntil }),
          updated_at: clock.now(),
        })
        .where('id', '=', id)
        .where('secret_sealed', '=', row.secret_sealed)
        .executeTakeFirst()
      return result.numUpdatedRows === 1n ? plain : undefined
    },
    async endEarlierSecret(queries, id) {
      const row = await findLockedRow(queries, id)
      const earlier = row && secrets.openEarlier(row)
      await queries
        .updateTable('apps')
        .set({ earlier_secret_sealed: null, updated_at: clock.now() })
        .where('id', '=', id)
        .execute()
      return earlier !== undefined && earlier.until > clock.now()
    },
  }
}

function chooseProtocol({ protocols }: AppsOptions, name: string | undefined): AppProtocol {
  const [first] = protocols
  if (first === undefined) throw new Error('apps need a protocol')
  return name === undefined ? first : findProtocol(protocols, name)
}

/** Milliseconds. */
const settledAfter = 1000

function findStart(
  { id, protocol }: Pick<AppRow, 'id' | 'protocol'>,
  settings: AppSettings,
  protocols: readonly AppProtocol[],
): string | undefined {
  if (typeof settings.startUrl === 'string') return settings.startUrl
  return protocols.find(({ name }) => name === protocol)?.findStart?.(id, settings)
}

function readApp(
  row: AppRow,
  { protocols, defaultPolicy }: Required<Pick<AppsOptions, 'protocols' | 'defaultPolicy'>>,
  clientSecret: string | undefined,
): App {
  const ownPolicy = ownPolicySchema.parse(JSON.parse(row.policy))
  const settings: AppSettings = JSON.parse(row.settings)
  const startUrl = findStart(row, settings, protocols)
  return {
    id: row.id,
    protocol: row.protocol,
    name: row.name,
    ...(row.template !== null && { template: row.template }),
    ...(startUrl !== undefined && { startUrl }),
    ...(settings.loginWindow === 'popup' && { keepsOpener: true as const }),
    settings,
    policy: policyWith(ownPolicy, defaultPolicy),
    ownPolicy,
    ...(row.registration !== null && {
      registration: registrationSchema.parse(JSON.parse(row.registration)),
    }),
    ...(clientSecret !== undefined && { clientSecret }),
  }
}
