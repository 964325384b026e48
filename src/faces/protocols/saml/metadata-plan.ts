/**
 * Decides what Einlass accepts from the metadata of an app when it fetches it again automatically. Owns this rule: only an
 * administrator can allow further targets for an app's answers, or weaken their protection.
 */
import type { ServiceProvider } from '#saml'
import { describeProvider } from './metadata.ts'
import { hashSettings } from './metadata-state.ts'
import { type SamlAppSettings, samlAppSettingsSchema } from './settings.ts'

export type MetadataPlan =
  /** `withheld`: addresses that only an administrator can add. */
  | {
      readonly type: 'taken'
      readonly settings: SamlAppSettings
      readonly withheld: readonly string[]
    }
  /** In words, as a sentence. */
  | { readonly type: 'refused'; readonly problem: string }

/** @param latest the latest `validUntil` of accepted metadata, since an administrator last changed the app */
export function planMetadata(
  before: SamlAppSettings,
  provider: ServiceProvider,
  now: number,
  latest: number | null = null,
): MetadataPlan {
  const said = describeProvider(provider)
  const problem = findProblem(before, provider, now)
  if (problem !== undefined) return { type: 'refused', problem }
  const isKnown = createOriginCheck(before)
  const consumerUrls = said.consumerUrls?.filter(isKnown) ?? []
  if (consumerUrls.length === 0) {
    const text = 'All its addresses for responses are at another host.'
    return { type: 'refused', problem: text }
  }
  const indexes = Object.entries(said.consumerIndexes ?? {}).filter(([, url]) => isKnown(url))
  const checked = samlAppSettingsSchema.safeParse({
    ...before,
    consumerUrls,
    consumerIndexes: Object.fromEntries(indexes),
    ...chooseLogout(before, said, isKnown),
    signingCertificates: said.signingCertificates,
    encryptionCertificate: said.encryptionCertificate,
  })
  if (!checked.success) return { type: 'refused', problem: 'It has more than an app may have.' }
  const rollback = findRollback(before, provider, latest)
  // Metadata without a change cannot roll anything back.
  if (rollback !== undefined && hashSettings(checked.data) !== hashSettings(before)) {
    return { type: 'refused', problem: rollback }
  }
  const all = [...(said.consumerUrls ?? []), said.logoutUrl ?? [], said.logoutResponseUrl ?? []]
  return {
    type: 'taken',
    settings: checked.data,
    withheld: all.flat().filter((url) => !isKnown(url)),
  }
}

/** Why the metadata is not accepted at all. */
function findProblem(
  before: SamlAppSettings,
  { entityId, validUntil, signingCertificates, encryptionCertificate }: ServiceProvider,
  now: number,
): string | undefined {
  if (entityId !== before.entityId) return 'It is of another app: its entity id is another one.'
  if (validUntil !== undefined && validUntil <= now) {
    return `It has expired at ${new Date(validUntil).toISOString()}.`
  }
  if (signingCertificates.length === 0 && before.signingCertificates.length > 0) {
    return 'It has no certificate any more by which the app signs.'
  }
  if (encryptionCertificate === undefined && before.encryptionCertificate !== undefined) {
    return 'It has no certificate any more for which assertions are encrypted.'
  }
  return undefined
}

/** A signature says who wrote it, but not when: earlier metadata that is still valid would restore earlier certificates. */
function findRollback(
  { metadataCertificates = [] }: SamlAppSettings,
  { validUntil = 0 }: ServiceProvider,
  latest: number | null,
): string | undefined {
  if (metadataCertificates.length === 0 || latest === null || validUntil >= latest) return undefined
  return `It is older than what was taken over: that says it is valid until ${new Date(latest).toISOString()}.`
}

/** Whether an address is at an origin at which the app already has an address. */
function createOriginCheck({ consumerUrls, logoutUrl, logoutResponseUrl }: SamlAppSettings) {
  const known = [...consumerUrls, logoutUrl ?? [], logoutResponseUrl ?? []].flat()
  const origins = new Set(known.map((url) => new URL(url).origin))
  return (url: string): boolean => URL.canParse(url) && origins.has(new URL(url).origin)
}

type Logout = Partial<Pick<SamlAppSettings, 'logoutUrl' | 'logoutResponseUrl' | 'logoutBinding'>>

/** Accepts all logout addresses or none: an answer must not go to a place that gets no request. */
function chooseLogout(
  before: SamlAppSettings,
  { logoutUrl, logoutResponseUrl, logoutBinding }: Partial<SamlAppSettings>,
  isKnown: (url: string) => boolean,
): { readonly [Name in keyof Logout]: Logout[Name] | undefined } {
  const isWhole = [logoutUrl ?? [], logoutResponseUrl ?? []].flat().every(isKnown)
  return isWhole
    ? { logoutUrl, logoutResponseUrl, logoutBinding }
    : {
        logoutUrl: before.logoutUrl,
        logoutResponseUrl: before.logoutResponseUrl,
        logoutBinding: before.logoutBinding,
      }
}
