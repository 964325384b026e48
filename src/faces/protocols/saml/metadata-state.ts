/**
 * The state of the metadata of each app that is fetched again automatically. Owns the table `saml_metadata`, and that only one
 * node fetches it at a time.
 */
import type { App } from '../../../identity/apps/apps.ts'
import { hours, isFromFuture, minutes } from '../../../platform/kernel/clock.ts'
import { sha256 } from '../../../platform/kernel/crypto.ts'
import type { SamlMetadataRow } from '../../../platform/storage/app-tables.ts'
import type { Queries } from '../../../platform/storage/database.ts'
import { readSettings, type SamlAppSettings } from './settings.ts'

/** Longer than an attempt can take. */
const lease = minutes(2)

/** Applies even if the metadata expires sooner. */
export const shortestWait = minutes(15)
/** After a failed attempt. */
export const longestRetry = hours(1)

/** An app whose metadata is fetched again automatically. */
export interface FollowedApp {
  readonly app: App
  readonly settings: SamlAppSettings
  readonly metadataUrl: string
}

export function followApp(app: App | undefined): FollowedApp | undefined {
  if (app?.protocol !== 'saml' || app.settings.metadataUrl === undefined) return undefined
  const settings = readSettings(app)
  const { metadataUrl } = settings
  return metadataUrl === undefined ? undefined : { app, settings, metadataUrl }
}

/** A hash of all settings that metadata decides, and of its address; behind it, a hash of the certificates alone. */
export function hashSettings(settings: SamlAppSettings): string {
  const { consumerUrls, consumerIndexes, logoutUrl, logoutResponseUrl, logoutBinding } = settings
  const { signingCertificates, encryptionCertificate, metadataUrl, metadataCertificates } = settings
  const certificates = [signingCertificates, encryptionCertificate]
  const source = [metadataUrl, metadataCertificates]
  const addresses = [consumerUrls, consumerIndexes, logoutUrl, logoutResponseUrl, logoutBinding]
  const all = sha256(JSON.stringify([...addresses, ...certificates, ...source]))
  return `${all}${separator}${sha256(JSON.stringify([...certificates, ...source]))}`
}

const separator = ' '

/** Whether an administrator has changed certificates, or the source of the metadata. */
function hasOtherCertificates(before: string, after: string): boolean {
  const [, known] = before.split(separator)
  return known !== undefined && known !== after.split(separator)[1]
}

interface RefreshTime {
  readonly now: number
  /** Milliseconds: how old metadata may become. */
  readonly interval: number
}

/** Takes the apps that are due and that no other node has taken. Deletes the state of apps that are no longer followed. */
export async function takeDueApps(
  queries: Queries,
  listFollowed: () => Promise<readonly FollowedApp[]>,
  { now, interval }: RefreshTime,
): Promise<FollowedApp[]> {
  // Read before the apps: a change by another node just now must not look like a change by hand.
  const rows = await queries.selectFrom('saml_metadata').selectAll().execute()
  const followed = await listFollowed()
  const known = new Map(rows.map((row) => [row.app_id, row]))
  const names = new Set(followed.map(({ app }) => app.id))
  for (const { app_id } of rows) if (!names.has(app_id)) await forgetMetadata(queries, app_id)
  const due: FollowedApp[] = []
  for (const one of followed) {
    const row = known.get(one.app.id)
    const hash = hashSettings(one.settings)
    const isDue = row === undefined || row.settings_hash !== hash || isDueAt(row, { now, interval })
    if (isDue && (await take(queries, row, { app_id: one.app.id, hash, now }))) due.push(one)
  }
  return due
}

/** Does not wait for a time that a fast clock has set: it is later than any wait, or the last success is in the future. */
function isDueAt(
  { due_at: dueAt, read_at: readAt }: SamlMetadataRow,
  { now, interval }: RefreshTime,
): boolean {
  if (dueAt <= now || isFromFuture(dueAt - Math.max(interval, shortestWait), now)) return true
  return isFromFuture(readAt ?? 0, now) && dueAt > now + longestRetry
}

async function take(
  queries: Queries,
  row: SamlMetadataRow | undefined,
  { app_id, hash, now }: { readonly app_id: string; readonly hash: string; readonly now: number },
): Promise<boolean> {
  const taken = {
    ...{ due_at: now + lease, settings_hash: hash },
    // An administrator has typed certificates: the published metadata may be older than what was accepted before.
    ...((row === undefined || hasOtherCertificates(row.settings_hash, hash)) && {
      valid_until: null,
    }),
  }
  if (row === undefined) {
    const { numInsertedOrUpdatedRows } = await queries
      .insertInto('saml_metadata')
      .values({ app_id, ...taken, read_at: null, problem: null })
      .onConflict((conflict) => conflict.column('app_id').doNothing())
      .executeTakeFirst()
    return numInsertedOrUpdatedRows === 1n
  }
  const { numUpdatedRows } = await queries
    .updateTable('saml_metadata')
    .set(taken)
    .where('app_id', '=', app_id)
    .where('due_at', '=', row.due_at)
    .where('settings_hash', '=', row.settings_hash)
    .executeTakeFirst()
  return numUpdatedRows === 1n
}

/** The latest `validUntil` that was accepted. */
export async function findValidUntil(queries: Queries, appId: string): Promise<number | null> {
  const row = await queries
    .selectFrom('saml_metadata')
    .select('valid_until')
    .where('app_id', '=', appId)
    .executeTakeFirst()
  return row?.valid_until ?? null
}

/** The result of an attempt. Absent members stay unchanged. */
export interface MetadataNote {
  readonly dueAt: number
  readonly problem: string | null
  readonly settings?: SamlAppSettings
  readonly readAt?: number
  readonly validUntil?: number | null
}

export async function noteMetadata(
  queries: Queries,
  appId: string,
  { dueAt, problem, settings, readAt, validUntil }: MetadataNote,
): Promise<void> {
  await queries
    .updateTable('saml_metadata')
    .set({
      due_at: dueAt,
      problem,
      ...(settings && { settings_hash: hashSettings(settings) }),
      ...(readAt !== undefined && { read_at: readAt }),
      ...(validUntil !== undefined && { valid_until: validUntil }),
    })
    .where('app_id', '=', appId)
    .execute()
}

export async function forgetMetadata(queries: Queries, appId: string): Promise<void> {
  await queries.deleteFrom('saml_metadata').where('app_id', '=', appId).execute()
}

export async function countProblems(queries: Queries): Promise<number> {
  const { problems } = await queries
    .selectFrom('saml_metadata')
    .select((one) => one.fn.countAll<number>().as('problems'))
    .where('problem', 'is not', null)
    .executeTakeFirstOrThrow()
  return Number(problems)
}

/** Describes the state for an operator. */
export async function describeMetadata(queries: Queries, appId: string): Promise<string[]> {
  const row = await queries
    .selectFrom('saml_metadata')
    .selectAll()
    .where('app_id', '=', appId)
    .executeTakeFirst()
  if (row === undefined) return []
  const { read_at: readAt, valid_until: validUntil, problem } = row
  const until = validUntil === null ? '' : `, valid until ${formatTime(validUntil)}`
  return [
    readAt === null ? 'not fetched again yet' : `read ${formatTime(readAt)}${until}`,
    ...(problem === null ? [] : [`Warning: ${problem}`]),
  ]
}

const formatTime = (at: number) =>
  `${new Date(at).toISOString().slice(0, 16).replace('T', ' ')} UTC`
