/** What pages load beside themselves, under `/assets`. A path names its content, so it may be kept for ever. */
import type { Reply } from '../platform/http/reply.ts'
import type { PageRequest } from '../platform/http/request.ts'
import { type Assets, logoPath } from '../platform/ui/assets.ts'
import type { Frame } from './frame/frame.ts'
import { declarePlain, type FaceRoute } from './frame/route.ts'

export interface FilesOptions {
  readonly frame: Pick<Frame, 'json'>
  readonly assets: Pick<Assets, 'find'>
}

const { get } = declarePlain<FilesOptions>()

export const fileRoutes: readonly FaceRoute<FilesOptions>[] = [
  get('/assets/*', 'a file that pages load', (options, request) => sendFile(options, request)),
]

function sendFile({ frame, assets }: FilesOptions, { url }: PageRequest): Reply {
  const { pathname } = new URL(url)
  const asset = assets.find(pathname)
  if (asset === undefined) return frame.json({ error: 'not_found' }, 404)
  return {
    status: 200,
    headers: {
      'content-type': asset.mediaType,
      'cache-control':
        pathname === logoPath ? 'public, max-age=86400' : 'public, max-age=31536000, immutable',
      'content-security-policy': `default-src 'none'; style-src 'unsafe-inline'`,
      'x-content-type-options': 'nosniff',
    },
    cookies: [],
    body: asset.bytes,
  }
}
