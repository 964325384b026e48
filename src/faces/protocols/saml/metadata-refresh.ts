/**
 * Fetches the metadata of one app again and applies it. A failed attempt does not change the app; it is recorded and repeated.
 * Owns when metadata is due again; metadata-plan.ts decides which parts are accepted.
 */
import { hash } from 'node:crypto'
import type { ServiceProvider } from '#saml'
import { appEvents } from '../../../identity/apps/events.ts'
import { describeAppChanges } from '../../../identity/operations/app-changes.ts'
import type { GuardedFetch } from '../../../platform/http/guarded-fetch.ts'
import { Forbidden } from '../../../platform/http/public-address.ts'
import { authorityAdvice, explainSilence } from '../../../platform/http/silence.ts'
import { Fault } from '../../../platform/kernel/fault.ts'
import { type Transaction, transact } from '../../../platform/storage/transact.ts'
import type { ProtocolHost } from '../protocol.ts'
import { readMetadata } from './metadata.ts'
import { planMetadata } from './metadata-plan.ts'
import {
  type FollowedApp,
  findValidUntil,
  followApp,
  longestRetry,
  noteMetadata,
  shortestWait,
} from './metadata-state.ts'
import type { SamlAppSettings } from './settings.ts'

export interface RefreshOptions {
  readonly host: Pick<ProtocolHost, 'apps' | 'base'>
  readonly fetch: GuardedFetch
  /** Milliseconds: how old metadata may become. */
  readonly interval: number
}

export type RefreshOutcome = 'changed' | 'unchanged' | 'failed'

export async function refreshMetadata(
  options: RefreshOptions,
  followed: FollowedApp,
): Promise<RefreshOutcome> {
  const { base } = options.host
  const fetched = await fetchProvider(options, followed)
  const taken =
    'problem' in fetched
      ? fetched
      : await transact(base.db, (tx) => takeOver(options, tx, { followed, ...fetched }))
  const { problem } = taken
  const facts = { appId: followed.app.id, metadataUrl: followed.metadataUrl }
  if (problem !== null) {
    base.log.warn(
      { ...facts, problem },
      'The metadata of an app was not taken over, or not all of it.',
    )
  }
  if ('outcome' in taken) {
    if (taken.outcome === 'changed') base.log.info(facts, 'The metadata of an app has changed.')
    return taken.outcome
  }
  const dueAt = base.clock.now() + Math.min(options.interval, longestRetry)
  await noteMetadata(base.db, followed.app.id, { dueAt, problem })
  return 'failed'
}

interface Failed {
  readonly problem: string
}

interface Fetched {
  readonly provider: ServiceProvider
}

interface Taken {
  readonly outcome: 'changed' | 'unchanged'
  readonly problem: string | null
}

async function fetchProvider(
  { fetch }: RefreshOptions,
  { metadataUrl, settings }: FollowedApp,
): Promise<Fetched | Failed> {
  try {
    const response = await fetch(metadataUrl)
    if (!response.ok) return { problem: `Its address answered with the status ${response.status}.` }
    return { provider: readMetadata(await response.text(), settings) }
  } catch (error) {
    if (error instanceof Fault) return { problem: error.message }
    if (error instanceof Forbidden) {
      const text = 'Its address is not in the public network, and app_networks does not name it.'
      return { problem: text }
    }
    const { why, isCertificate } = explainSilence(error, new URL(metadataUrl))
    const advice = isCertificate ? ` ${authorityAdvice}` : ''
    return { problem: `It cannot be fetched: ${why}.${advice}` }
  }
}

/** Starts from the current settings: an administrator may have changed the app during the fetch. */
async function takeOver(
  options: RefreshOptions,
  tx: Transaction,
  { followed, provider }: Fetched & { readonly followed: FollowedApp },
): Promise<Taken | Failed> {
  const { apps, base } = options.host
  const appId = followed.app.id
  const before = followApp(await apps.findLocked(tx, appId))
  if (before?.metadataUrl !== followed.metadataUrl) return { outcome: 'unchanged', problem: null }
  const now = base.clock.now()
  const latest = await findValidUntil(tx, appId)
  const plan = planMetadata(before.settings, provider, now, latest)
  if (plan.type === 'refused') return { problem: `${plan.problem} ${advise(followed)}` }
  const { settings, withheld } = plan
  const changes = listChanges(before, settings)
  const isChanged = changes.length > 0
  if (isChanged) {
    await apps.change(tx, appId, { settings })
    await base.audit.record(tx, appEvents.changed, { appId, changes, by: 'metadata' })
  }
  const problem = withheld.length === 0 ? null : `${describeWithheld(withheld)} ${advise(followed)}`
  await noteMetadata(tx, appId, {
    dueAt: now + computeWait(options, provider, now),
    ...{ problem, settings, readAt: now },
    validUntil: keepLatest(latest, provider),
  })
  return { outcome: isChanged ? 'changed' : 'unchanged', problem }
}

/** Metadata with an earlier `validUntil` is accepted only if it changes nothing, so the latest one is stored. */
function keepLatest(latest: number | null, { validUntil }: ServiceProvider): number | null {
  return validUntil === undefined ? latest : Math.max(validUntil, latest ?? 0)
}

/** Half of the remaining time, so that a second attempt still comes in time. */
function computeWait(
  { interval }: RefreshOptions,
  { validUntil = Number.POSITIVE_INFINITY, cacheDuration = interval }: ServiceProvider,
  now: number,
): number {
  return Math.max(shortestWait, Math.min(interval, cacheDuration, (validUntil - now) / 2))
}

function describeWithheld(withheld: readonly string[]): string {
  const [first, ...others] = [...new Set(withheld)]
  const more = others.length === 0 ? '' : ` and ${others.length} more`
  return `It names an address at another host, which is not taken over: ${first}${more}.`
}

const advise = ({ app, metadataUrl }: FollowedApp) =>
  `If it is right: einlass app change ${app.id} --metadata ${metadataUrl}`

/** Shows certificates by their fingerprints, because the log truncates long texts. */
function listChanges({ app }: FollowedApp, settings: SamlAppSettings): string[] {
  const { name, ownPolicy } = app
  const describe = (one: SamlAppSettings) => ({ name, ownPolicy, settings: nameCertificates(one) })
  return describeAppChanges(describe(app.settings as SamlAppSettings), describe(settings))
}

function nameCertificates(settings: SamlAppSettings) {
  const { signingCertificates = [], encryptionCertificate } = settings
  return {
    ...settings,
    signingCertificates: signingCertificates.map(writeFingerprint),
    encryptionCertificate: encryptionCertificate && writeFingerprint(encryptionCertificate),
  }
}

const writeFingerprint = (base64: string) =>
  `SHA-256 ${hash('sha256', Buffer.from(base64, 'base64'), 'hex').toUpperCase()}`
