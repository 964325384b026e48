/**
 * Serves the phone's app at `/authenticator`, with its own content security policy: it runs only its own files and connects
 * only to this server and to those that the configuration names. Its factor answers what the app sends.
 */
import type { Config } from '../../platform/config/schema.ts'
import { documentHeaders } from '../../platform/http/headers.ts'
import type { Reply } from '../../platform/http/reply.ts'
import type { PageRequest } from '../../platform/http/request.ts'
import type { Brand } from '../../platform/ui/brand.ts'
import { declarePlain, type FaceRoute } from '../frame/route.ts'
import type { AppFile, AppFiles } from './app-files.ts'

export interface AuthenticatorOptions {
  readonly brand: Brand
  readonly publicUrl: string
  readonly config: Pick<Config, 'authenticator'>
}

export interface AuthenticatorFace {
  send(request: PageRequest): Promise<Reply>
}

export function createAuthenticatorFace(options: AuthenticatorOptions): AuthenticatorFace {
  const { brand, publicUrl, config } = options
  const ownHeaders = documentHeaders({ secure: publicUrl.startsWith('https:') })
  const policy = createPolicy(config.authenticator.peers)
  let files: Promise<AppFiles> | undefined
  // Most installations do not serve the app, and a start that loads less is faster.
  const loadFiles = async () =>
    (await import('./app-files.ts')).loadAppFiles(brand, config.authenticator.peers)
  return {
    async send({ url, headers: asked }) {
      files ??= loadFiles()
      const file = (await files).find(new URL(url).pathname)
      if (file === undefined) return { status: 404, headers: ownHeaders, cookies: [], body: null }
      const isPacked =
        file.packed !== undefined && /\bgzip\b/.test(asked.get('accept-encoding') ?? '')
      const headers = {
        ...ownHeaders,
        ...createHeaders(file, policy),
        ...(file.packed !== undefined && { vary: 'accept-encoding' }),
        ...(isPacked && { 'content-encoding': 'gzip' }),
      }
      return { status: 200, headers, cookies: [], body: isPacked ? file.packed : file.body }
    },
  }
}

export function createHeaders({ mediaType, isImmutable }: AppFile, policy: string) {
  return {
    'content-type': mediaType,
    'cache-control': isImmutable ? 'public, max-age=31536000, immutable' : 'no-cache',
    'content-security-policy': policy,
    'permissions-policy':
      'camera=(self), publickey-credentials-get=(self), publickey-credentials-create=(self), microphone=(), geolocation=()',
    'service-worker-allowed': '/authenticator',
  }
}

export function createPolicy(peers: readonly string[]): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    ["connect-src 'self'", ...peers].join(' '),
    "manifest-src 'self'",
    "worker-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    'trusted-types einlass',
  ].join('; ')
}

const { get } = declarePlain<AuthenticatorFace>()
const send = (face: AuthenticatorFace, request: PageRequest) => face.send(request)

export const authenticatorRoutes: readonly FaceRoute<AuthenticatorFace>[] = [
  get('/authenticator', "the phone's app", send),
  get('/authenticator/manifest.webmanifest', 'how the app is installed', send),
  get('/authenticator/worker.js', 'the service worker of the app', send),
  get('/authenticator/icon-180.png', 'the icon of the app for iPhones', send),
  get('/authenticator/icon-192.png', 'the icon of the app', send),
  get('/authenticator/icon-512.png', 'the icon of the app, large', send),
  get('/authenticator/app/*', 'a file of the app', send),
]
