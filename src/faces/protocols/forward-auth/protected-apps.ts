/**
 * Finds the app for a request to a proxy. Caches all apps for two seconds, so that no check reads all of them. A caller that
 * decides for an app compares its version with the row, so that a change applies at once on every node.
 */
import { type Clock, seconds } from '../../../platform/kernel/clock.ts'
import { sha256 } from '../../../platform/kernel/crypto.ts'
import type { Log } from '../../../platform/kernel/log.ts'
import type { Database } from '../../../platform/storage/database.ts'
import { prepared, type Slots } from '../../../platform/storage/prepared.ts'
import type { Release } from '../release.ts'
import { type AppCookies, createAppCookies } from './app-cookies.ts'
import { createDisguiseCheck, usualHeaders } from './identity-headers.ts'
import type { RequestTarget } from './request-target.ts'
import {
  type ForwardAuthSettings,
  forwardAuthSettingsSchema,
  isOnAddress,
  type ProtectedAddress,
  readAddress,
} from './settings.ts'

/** An app with values computed in advance, because every check needs them. */
export interface ProtectedApp extends Pick<ForwardAuthSettings, 'rules'> {
  readonly id: string
  readonly headers: Release
  readonly tokenHeader: string | undefined
  readonly updatedAt: number
  readonly addresses: readonly ProtectedAddress[]
  /** The name of its cookie without the prefix of secure cookies: apps may share a host. */
  readonly cookieName: string
  /** The headers of a request without a known user. */
  readonly anonymousHeaders: readonly string[]
  isDisguised(headers: Readonly<Record<string, unknown>>): boolean
}

export interface ProtectedApps {
  /** The app at this address; if several match, the one with the longest path. `undefined`: none matches, or it is ambiguous. */
  find(target: RequestTarget): Promise<FoundApp | undefined>
  /** The same as `find`, after all apps were read again. */
  findLatest(target: RequestTarget): Promise<FoundApp | undefined>
  /** The time of the last change in the app's row; `undefined`: the app was removed. */
  findVersion(appId: string): Promise<number | undefined>
}

export interface FoundApp {
  readonly app: ProtectedApp
  readonly address: ProtectedAddress
  /** The cookies of the origin. */
  readonly cookies: AppCookies
}

const lookLifetime = seconds(2)

const selectApps = prepared((queries, at: Slots<{ protocol: string }>) =>
  queries
    .selectFrom('apps')
    .select(['id', 'settings', 'updated_at'])
    .where('protocol', '=', at.protocol)
    .orderBy('id'),
)

const selectVersion = prepared((queries, at: Slots<{ id: string }>) =>
  queries.selectFrom('apps').select('updated_at').where('id', '=', at.id),
)

const selectIdentifiers = prepared((queries, at: Slots<{ id: string }>) =>
  queries.selectFrom('app_identifiers').select('identifier').where('app_id', '=', at.id),
)

interface Place {
  readonly address: ProtectedAddress
  /** Absent: the row of its app cannot be read, so the address is closed. Otherwise the rule of an app around it would apply. */
  readonly found?: FoundApp
}

type Index = ReadonlyMap<string, readonly Place[]>

export function createProtectedApps(options: {
  readonly db: Database
  readonly clock: Clock
  readonly log: Pick<Log, 'error'>
}): ProtectedApps {
  const { db, clock, log } = options
  let known: { readonly index: Index; readonly readAt: number } | undefined
  const apps = new Map<string, KnownApp>()
  const damaged = new Map<string, number>()

  /** `undefined`: the row cannot be read. Logs it once for each of its changes. */
  function open(row: AppRow): ProtectedApp | undefined {
    try {
      const app = findUnchanged(apps, row) ?? createApp(row)
      apps.set(row.id, { app, settings: row.settings })
      return app
    } catch (error) {
      const text = 'The row of an app cannot be read, so nobody can enter this app.'
      if (damaged.get(row.id) !== row.updated_at) log.error({ appId: row.id, error }, text)
      damaged.set(row.id, row.updated_at)
      return undefined
    }
  }

  async function listPlaces(row: AppRow): Promise<Place[]> {
    const app = open(row)
    if (app === undefined) {
      const known = await selectIdentifiers.all(db, { id: row.id })
      return known.map(({ identifier }) => ({ address: readAddress(identifier) }))
    }
    return app.addresses.map((address) => {
      const cookies = createAppCookies(address.origin)
      return { address, found: { app, address, cookies } }
    })
  }

  async function read(): Promise<Index> {
    const readAt = clock.now()
    const rows = await selectApps.all(db, { protocol: 'forward-auth' })
    const index = new Map<string, Place[]>()
    for (const row of rows) {
      for (const place of await listPlaces(row)) {
        const { origin } = place.address
        index.set(origin, [...(index.get(origin) ?? []), place])
      }
    }
    // Of two concurrent reads, the older may end later.
    if (known === undefined || known.readAt <= readAt) known = { index, readAt }
    return index
  }

  async function readIndex(): Promise<Index> {
    const age = known === undefined ? lookLifetime : clock.now() - known.readAt
    return known !== undefined && age >= 0 && age < lookLifetime ? known.index : await read()
  }

  return {
    find: async (target) => findIn(await readIndex(), target),
    findLatest: async (target) => findIn(await read(), target),
    findVersion: async (id) => (await selectVersion.first(db, { id }))?.updated_at,
  }
}

function findIn(index: Index, target: RequestTarget): FoundApp | undefined {
  const all = index.get(target.origin)
  if (all === undefined) return undefined
  if (all.length === 1)
    return all.find(({ address }) => isOnAddress(target.plainPath, address))?.found
  // The path is ambiguous, so it is also unclear which app the proxy will ask for.
  if (target.isAmbiguous) return undefined
  return all
    .filter(({ address }) => isOnAddress(target.plainPath, address))
    .sort((a, b) => b.address.prefix.length - a.address.prefix.length)[0]?.found
}

interface AppRow {
  readonly id: string
  readonly settings: string
  readonly updated_at: number
}

interface KnownApp {
  readonly app: ProtectedApp
  /** As in the row: within one millisecond it may change twice. */
  readonly settings: string
}

function findUnchanged(apps: ReadonlyMap<string, KnownApp>, row: AppRow): ProtectedApp | undefined {
  const { app, settings } = apps.get(row.id) ?? {}
  return app?.updatedAt === row.updated_at && settings === row.settings ? app : undefined
}

function createApp({ id, settings, updated_at: updatedAt }: AppRow): ProtectedApp {
  const parsed = forwardAuthSettingsSchema.parse(JSON.parse(settings))
  const { addresses, rules, headers = usualHeaders, tokenHeader } = parsed
  const names = [...Object.keys(headers), ...(tokenHeader === undefined ? [] : [tokenHeader])]
  return {
    id,
    updatedAt,
    addresses: addresses.map(readAddress),
    rules,
    headers,
    tokenHeader,
    cookieName: `einlass_app_${sha256(id).slice(0, 12)}`,
    anonymousHeaders: names.flatMap((name) => [name, '']),
    isDisguised: createDisguiseCheck(names),
  }
}
