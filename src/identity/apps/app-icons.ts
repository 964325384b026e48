/** The pictures that operators chose for apps. Owns the rows; icon-file.ts says which files may be one. */
import { createHash } from 'node:crypto'
import type { Queries } from '../../platform/storage/database.ts'
import type { Icon, IconType } from './icon-file.ts'

/** The name under which a picture is served. It depends on the content, so browsers may cache the picture for ever. */
export type IconName = string

const endings: Readonly<Record<IconType, string>> = {
  'image/png': 'png',
  'image/svg+xml': 'svg',
}

export async function saveIcon(queries: Queries, appId: string, icon: Icon): Promise<void> {
  const { mediaType, bytes } = icon
  const content = Buffer.from(bytes).toString('base64')
  const hash = createHash('sha256').update(bytes).digest('base64url').slice(0, 22)
  const row = { hash, media_type: mediaType, content }
  await queries
    .insertInto('app_icons')
    .values({ app_id: appId, ...row })
    .onConflict((conflict) => conflict.column('app_id').doUpdateSet(row))
    .execute()
}

/** `false`: the app had no picture. */
export async function removeIcon(queries: Queries, appId: string): Promise<boolean> {
  const result = await queries
    .deleteFrom('app_icons')
    .where('app_id', '=', appId)
    .executeTakeFirst()
  return result.numDeletedRows > 0n
}

/** The names of all pictures, by app id. */
export async function listIconNames(queries: Queries): Promise<ReadonlyMap<string, IconName>> {
  const rows = await queries
    .selectFrom('app_icons')
    .select(['app_id', 'hash', 'media_type'])
    .execute()
  return new Map(rows.map((row) => [row.app_id, `${row.hash}.${endings[row.media_type]}`]))
}

export async function findIcon(queries: Queries, name: IconName): Promise<Icon | undefined> {
  const [, hash] = /^([\w-]{22})\.(?:png|svg)$/.exec(name) ?? []
  if (hash === undefined) return undefined
  const row = await queries
    .selectFrom('app_icons')
    .select(['media_type', 'content'])
    .where('hash', '=', hash)
    .limit(1)
    .executeTakeFirst()
  return row && { mediaType: row.media_type, bytes: Buffer.from(row.content, 'base64') }
}
