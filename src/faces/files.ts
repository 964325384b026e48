/**
 * The files that pages load. A path under `/assets` contains the hash of its content, so it can be cached for ever; the logo and the
 * pictures of apps have paths that stay.
 */
import { findIcon } from '../identity/apps/app-icons.ts'
import { type Prepared, prepareBytes } from '../platform/http/encodings.ts'
import type { Reply } from '../platform/http/reply.ts'
import type { PageRequest } from '../platform/http/request.ts'
import type { Queries } from '../platform/storage/database.ts'
import { type Asset, type Assets, logoPath } from '../platform/ui/assets.ts'
import { iconPath } from './account/apps.ts'
import type { Frame } from './frame/frame.ts'
import { declarePlain, type FaceRoute } from './frame/route.ts'

export interface FilesOptions {
  readonly frame: Pick<Frame, 'json' | 'file'>
  readonly assets: Pick<Assets, 'find'>
  readonly db: Queries
}

const { get } = declarePlain<FilesOptions>()

export const fileRoutes: readonly FaceRoute<FilesOptions>[] = [
  get('/assets/*', 'a file that pages load', (options, request) => sendFile(options, request)),
  get(`${iconPath}:name`, 'the picture of an app', async ({ frame, db }, _request, { name }) => {
    const icon = await findIcon(db, name)
    return icon === undefined
      ? frame.json({ error: 'not_found' }, 404)
      : sendAsset(frame, icon, forEver)
  }),
]

function sendFile({ frame, assets }: FilesOptions, { url }: PageRequest): Reply {
  const { pathname } = new URL(url)
  const asset = assets.find(pathname)
  if (asset === undefined) return frame.json({ error: 'not_found' }, 404)
  return sendAsset(frame, asset, pathname === logoPath ? 'public, max-age=86400' : forEver)
}

const forEver = 'public, max-age=31536000, immutable'

function sendAsset({ file }: FilesOptions['frame'], { mediaType, bytes }: Asset, caching: string) {
  const reply = file(bytes, { 'content-type': mediaType, 'cache-control': caching })
  return isText.test(mediaType) ? { ...reply, compressed: prepare(bytes) } : reply
}

/** Other pictures are compressed already. */
const isText = /^(?:text\/|image\/svg|application\/(?:javascript|json|manifest))/

/** By the bytes themselves, which stay in memory as long as a path leads to them. */
const made = new WeakMap<Uint8Array, Prepared>()

function prepare(bytes: Uint8Array): Prepared {
  const found = made.get(bytes) ?? prepareBytes(bytes)
  made.set(bytes, found)
  return found
}
