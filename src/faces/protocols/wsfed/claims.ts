/** The claims of a token about a user, and those that would be missing: an app cannot use a token without all its claims. */
import type { Claim } from '#saml'
import type { App, Apps } from '../../../identity/apps/apps.ts'
import type { User } from '../../../identity/users/user.ts'
import type { Database, Queries } from '../../../platform/storage/database.ts'
import { isListSource, type ReleaseValues, type Source } from '../release.ts'
import { readSettings, type WsfedAppSettings } from './settings.ts'

export interface FoundClaims {
  readonly claims: readonly Claim[]
  /** The claim types without a value, with their sources. Lists may be empty. */
  readonly missing: Readonly<Record<string, Source>>
}

export async function findClaims(
  { db, releaseValues }: { readonly db: Queries; readonly releaseValues: ReleaseValues },
  user: User,
  { claims: release }: Pick<WsfedAppSettings, 'claims'>,
): Promise<FoundClaims> {
  const values = await releaseValues(db, user, release)
  const missing = Object.entries(release).filter(
    ([type, source]) => !values.has(type) && !isListSource(source),
  )
  const claims = [...values].map(([type, found]) => ({ type, values: found }))
  return { claims, missing: Object.fromEntries(missing) }
}

export interface MissingClaimsOptions {
  readonly db: Database
  readonly apps: Pick<Apps, 'list'>
  readonly releaseValues: ReleaseValues
  /** If the user may not enter an app, nothing is missing for that app. */
  readonly mayEnter: (app: App, user: User) => Promise<boolean>
}

/** For each app that would get no token for this user: a sentence in English with the command that repairs it. */
export async function listMissingClaims(
  options: MissingClaimsOptions,
  user: User,
): Promise<string[]> {
  const sentences: string[] = []
  for (const app of await options.apps.list(options.db)) {
    if (app.protocol !== 'wsfed' || !(await options.mayEnter(app, user))) continue
    const { missing } = await findClaims(options, user, readSettings(app))
    const sources = [...new Set(Object.values(missing))]
    if (sources.length > 0) sentences.push(describeMissing(app, user, sources))
  }
  return sentences
}

const isAddress = (source: Source) => source === 'email' || source === 'verifiedEmail'

function describeMissing({ name }: App, user: User, sources: readonly Source[]): string {
  if (user.email !== null && sources.includes('verifiedEmail')) {
    return `${name} gets no token for this user (missing_claim), as nobody answers for the address (docs/claims.md, verified addresses).`
  }
  const names = sources.map((source) =>
    isAddress(source) ? 'email' : source.replace(/^attribute:/, ''),
  )
  const given = sources.map((source) =>
    isAddress(source) ? '--email ...' : `--attribute ${source.replace(/^attribute:/, '')}=...`,
  )
  return `${name} gets no token for this user (missing_claim), as the account has no ${names.join(' and no ')}. einlass user change ${user.username} ${given.join(' ')} mends it.`
}
