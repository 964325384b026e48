/**
 * Brings a database to the newest schema. The list is static: a new migration is a new file and a new line here,
 * and a migration that was released never changes.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { type Kysely, sql } from 'kysely'
import { type MigrationResultSet, Migrator } from 'kysely/migration'
import { seconds } from '../kernel/clock.ts'
import { Fault } from '../kernel/fault.ts'
import {
  type Blocker,
  type BlockerWatch,
  createBlockerWatch,
  describeBlockers,
} from './blockers.ts'
import type { Database, OpenDatabase } from './database.ts'
import * as initial from './migrations/001-initial.ts'
import * as pushDelivery from './migrations/002-push-delivery.ts'
import * as mail from './migrations/003-mail.ts'
import * as totp from './migrations/004-totp.ts'
import * as passkeys from './migrations/005-passkeys.ts'
import * as recovery from './migrations/006-recovery.ts'
import * as notMe from './migrations/007-not-me.ts'
import * as campaigns from './migrations/008-campaigns.ts'
import * as account from './migrations/009-account.ts'
import * as delivery from './migrations/010-delivery.ts'
import * as combined from './migrations/011-combined.ts'
import * as assurance from './migrations/012-assurance.ts'
import * as credential from './migrations/013-credential.ts'
import * as knownBrowsers from './migrations/014-known-browsers.ts'
import * as pushTold from './migrations/015-push-told.ts'
import * as oidcRecords from './migrations/016-oidc-records.ts'
import * as oidcClient from './migrations/017-oidc-client.ts'
import * as pushNumbers from './migrations/018-push-numbers.ts'
import * as deskPasses from './migrations/019-desk-passes.ts'
import * as loginReferences from './migrations/020-login-references.ts'
import * as pushBudgets from './migrations/021-push-budgets.ts'
import * as deskPassLogins from './migrations/022-desk-pass-logins.ts'
import * as authenticator from './migrations/023-authenticator.ts'
import * as ends from './migrations/024-ends.ts'
import * as language from './migrations/025-language.ts'
import * as authenticatorCodes from './migrations/026-authenticator-codes.ts'
import * as authenticatorMove from './migrations/027-authenticator-move.ts'
import * as authenticatorKeys from './migrations/028-authenticator-keys.ts'
import * as clearedRequests from './migrations/029-cleared-requests.ts'
import * as firstUse from './migrations/030-first-use.ts'
import * as pushCodes from './migrations/031-push-codes.ts'
import * as totpActivation from './migrations/032-totp-activation.ts'
import * as attributes from './migrations/033-attributes.ts'
import * as keyRotation from './migrations/034-key-rotation.ts'
import * as saml from './migrations/035-saml.ts'
import * as appTemplates from './migrations/036-app-templates.ts'
import * as oidcAlgorithm from './migrations/037-oidc-algorithm.ts'
import * as forwardAuth from './migrations/038-forward-auth.ts'
import * as participants from './migrations/039-participants.ts'
import * as launcher from './migrations/040-launcher.ts'
import * as oidcUserCodes from './migrations/041-oidc-user-codes.ts'
import * as earlierSecrets from './migrations/042-earlier-secrets.ts'
import * as registrations from './migrations/043-registrations.ts'
import * as samlMetadata from './migrations/044-saml-metadata.ts'
import * as oidcUserCodeIndex from './migrations/045-oidc-user-code-index.ts'
import * as oidcGrantIndex from './migrations/046-oidc-grant-index.ts'
import * as directoryEntries from './migrations/047-directory-entries.ts'
import * as passwordResets from './migrations/048-password-resets.ts'
import * as provisioning from './migrations/049-provisioning.ts'
import * as appIdentifiers from './migrations/050-app-identifiers.ts'
import * as manyUsers from './migrations/051-many-users.ts'
import * as verifiedContacts from './migrations/052-verified-contacts.ts'
import * as spentTickets from './migrations/053-spent-tickets.ts'
import * as writtenPasswords from './migrations/054-written-passwords.ts'
import * as questionedPasswords from './migrations/055-questioned-passwords.ts'
import * as knownFactorFailures from './migrations/056-known-factor-failures.ts'
import * as spendingNodes from './migrations/057-spending-nodes.ts'
import * as passwordWrites from './migrations/058-password-writes.ts'
import * as userIndexes from './migrations/059-user-indexes.ts'
import * as passwordVersions from './migrations/060-password-versions.ts'
import * as auditCheckpoint from './migrations/061-audit-checkpoint.ts'
import * as auditReceivers from './migrations/062-audit-receivers.ts'
import * as nodeKeys from './migrations/063-node-keys.ts'
import * as pushBlockBegin from './migrations/064-push-block-begin.ts'
import * as removedPhones from './migrations/065-removed-phones.ts'
import * as removalIndexes from './migrations/066-removal-indexes.ts'
import * as userRemovalIndexes from './migrations/067-user-removal-indexes.ts'
import * as groupMembers from './migrations/073-group-members.ts'
import * as directoryPasswords from './migrations/074-directory-passwords.ts'
import * as leftPhones from './migrations/075-left-phones.ts'
import * as directoryOutages from './migrations/077-directory-outages.ts'
import * as enrolmentInvitations from './migrations/086-enrolment-invitations.ts'
import * as newAuthenticators from './migrations/088-new-authenticators.ts'
import * as boundRows from './migrations/089-bound-rows.ts'
import { NoSchema } from './permission.ts'
import { type OldestProgram, setOldestProgram } from './schema.ts'
import type { Tables } from './tables.ts'
import { isConflict, retryAfterConflict } from './transact.ts'

/** Each by its name, in order. */
export const migrations = {
  '001-initial': initial,
  '002-push-delivery': pushDelivery,
  '003-mail': mail,
  '004-totp': totp,
  '005-passkeys': passkeys,
  '006-recovery': recovery,
  '007-not-me': notMe,
  '008-campaigns': campaigns,
  '009-account': account,
  '010-delivery': delivery,
  '011-combined': combined,
  '012-assurance': assurance,
  '013-credential': credential,
  '014-known-browsers': knownBrowsers,
  '015-push-told': pushTold,
  '016-oidc-records': oidcRecords,
  '017-oidc-client': oidcClient,
  '018-push-numbers': pushNumbers,
  '019-desk-passes': deskPasses,
  '020-login-references': loginReferences,
  '021-push-budgets': pushBudgets,
  '022-desk-pass-logins': deskPassLogins,
  '023-authenticator': authenticator,
  '024-ends': ends,
  '025-language': language,
  '026-authenticator-codes': authenticatorCodes,
  '027-authenticator-move': authenticatorMove,
  '028-authenticator-keys': authenticatorKeys,
  '029-cleared-requests': clearedRequests,
  '030-first-use': firstUse,
  '031-push-codes': pushCodes,
  '032-totp-activation': totpActivation,
  '033-attributes': attributes,
  '034-key-rotation': keyRotation,
  '035-saml': saml,
  '036-app-templates': appTemplates,
  '037-oidc-algorithm': oidcAlgorithm,
  '038-forward-auth': forwardAuth,
  '039-participants': participants,
  '040-launcher': launcher,
  '041-oidc-user-codes': oidcUserCodes,
  '042-earlier-secrets': earlierSecrets,
  '043-registrations': registrations,
  '044-saml-metadata': samlMetadata,
  '045-oidc-user-code-index': oidcUserCodeIndex,
  '046-oidc-grant-index': oidcGrantIndex,
  '047-directory-entries': directoryEntries,
  '048-password-resets': passwordResets,
  '049-provisioning': provisioning,
  '050-app-identifiers': appIdentifiers,
  '051-many-users': manyUsers,
  '052-verified-contacts': verifiedContacts,
  '053-spent-tickets': spentTickets,
  '054-written-passwords': writtenPasswords,
  '055-questioned-passwords': questionedPasswords,
  '056-known-factor-failures': knownFactorFailures,
  '057-spending-nodes': spendingNodes,
  '058-password-writes': passwordWrites,
  '059-user-indexes': userIndexes,
  '060-password-versions': passwordVersions,
  '061-audit-checkpoint': auditCheckpoint,
  '062-audit-receivers': auditReceivers,
  '063-node-keys': nodeKeys,
  '064-push-block-begin': pushBlockBegin,
  '065-removed-phones': removedPhones,
  '066-removal-indexes': removalIndexes,
  '067-user-removal-indexes': userRemovalIndexes,
  '073-group-members': groupMembers,
  '074-directory-passwords': directoryPasswords,
  '075-left-phones': leftPhones,
  '077-directory-outages': directoryOutages,
  '086-enrolment-invitations': enrolmentInvitations,
  '088-new-authenticators': newAuthenticators,
  '089-bound-rows': boundRows,
}

/** The names of all migrations of this program, in order. */
export const listMigrations = (): readonly string[] => Object.keys(migrations)

export interface Migration {
  up(db: Kysely<Tables>): Promise<void>
  /** For a migration that removes what earlier programs use: the oldest program that may use the database afterwards. */
  readonly contract?: OldestProgram
}

export interface MigrateOptions {
  /** Absent: the migrations of this program. */
  readonly list?: Readonly<Record<string, Migration>>
  /**
   * Milliseconds of one attempt to wait until other transactions, such as a backup, release a table: meanwhile all requests for
   * it wait behind the migration.
   */
  readonly longestWait?: number
  /** Milliseconds after which it does not try again. */
  readonly patience?: number
  /** Hears before each pause who blocks the migration. */
  readonly onBlocked?: (text: string) => void
}

/** Milliseconds. Between two attempts, the requests that waited behind the migration are answered. */
const firstPause = 500
const longestPause = seconds(8)

/**
 * Applies what is missing, in one transaction under a lock, so that two processes may start at the same time. Begins again when
 * a transaction of a running server and this one waited for each other, and after a pause when another one does not release a
 * table. Returns the names of the applied ones. Throws the error of the migration that failed, Fault `unavailable` with the name
 * of the session that blocked it until the end, or when the database is newer than this program.
 */
export async function migrate(
  database: Migratable,
  options: MigrateOptions = {},
): Promise<readonly string[]> {
  const { longestWait = seconds(2), patience = seconds(60), onBlocked } = options
  // Several looks in each attempt.
  const blockers = createBlockerWatch(database.db, longestWait / 5)
  const migrator = await createMigrator(database, { ...options, longestWait, blockers })
  const began = performance.now()
  for (let pause = firstPause; ; pause = Math.min(pause * 2, longestPause)) {
    try {
      return await retryAfterConflict(async () => listApplied(await migrator.migrateToLatest()))
    } catch (error) {
      if (!isLocked(error) && !isConflict(error)) throw error
      const text = describeLock(blockers.last)
      if (performance.now() - began + pause > patience) throw createLockFault(text)
      onBlocked?.(`a migration waits, because ${text}; it is tried again in ${pause / 1000} s`)
      await sleep(pause)
    }
  }
}

/** As `migrate`, but up to this migration only. */
export async function migrateTo(database: Migratable, last: string): Promise<void> {
  const parts = { longestWait: seconds(2), blockers: createBlockerWatch(database.db, seconds(1)) }
  listApplied(await (await createMigrator(database, parts)).migrateTo(last))
}

/** SQLSTATE lock_not_available. */
const isLocked = (error: unknown): boolean =>
  error instanceof Fault && error.details.code === '55P03'

const describeLock = (blockers: readonly Blocker[]): string =>
  `${describeBlockers(blockers) || 'another transaction, such as a backup,'} uses a table that is to change`

function createLockFault(text: string): Fault {
  const whole = `${text}. Nothing was changed: try again when it has ended`
  return new Fault('unavailable', whole, { cause: new Error(whole) })
}

function listApplied({ error, results = [] }: MigrationResultSet): readonly string[] {
  if (error !== undefined) throw error
  return results.map(({ migrationName }) => migrationName)
}

type Migratable = Pick<OpenDatabase, 'db' | 'engine'>

interface MigratorOptions extends Pick<MigrateOptions, 'list'> {
  readonly longestWait: number
  readonly blockers: BlockerWatch
}

async function createMigrator(
  { db, engine }: Migratable,
  { list = migrations, longestWait, blockers }: MigratorOptions,
): Promise<Migrator> {
  async function apply({ up, contract }: Migration, tx: Kysely<Tables>): Promise<void> {
    if (engine === 'postgres') {
      await sql`set local lock_timeout = ${sql.lit(longestWait)}`.execute(tx)
      await blockers.during(tx, () => up(tx))
    } else await up(tx)
    if (contract !== undefined) await setOldestProgram(tx, contract)
  }

  const steps = Object.entries(list).map(([name, one]) => [
    name,
    { up: (tx: Kysely<Tables>) => apply(one, tx) },
  ])
  return new Migrator({
    db,
    provider: { getMigrations: () => Promise.resolve(Object.fromEntries(steps)) },
    // Without a name, the migrator takes another program's table in another schema for its own.
    ...(engine === 'postgres' && { migrationTableSchema: await currentSchema(db) }),
  })
}

/** For those of these migrations that remove something: the oldest program that may use the database afterwards. */
export function listContracts(
  names: readonly string[],
  list: Readonly<Record<string, Migration>> = migrations,
): readonly OldestProgram[] {
  const byName = new Map(Object.entries(list))
  return names.flatMap((name) => byName.get(name)?.contract ?? [])
}

/** The schema that the connection's search path creates tables in, usually `public`. */
async function currentSchema(db: Database): Promise<string> {
  const { rows } = await sql<{ name: string | null }>`select current_schema() as name`.execute(db)
  const name = rows[0]?.name
  if (typeof name !== 'string') throw new NoSchema('no schema of its search path is there for it')
  return name
}
