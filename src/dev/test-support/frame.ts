/** For tests: what page routes stand on, and a browser with cookies that calls them without a server. */
import { answerPage } from '../../faces/dispatch.ts'
import { createFrame, type Frame, type FrameOptions } from '../../faces/frame/frame.ts'
import type { BoundRoute } from '../../faces/frame/route.ts'
import { createSealedCookies } from '../../faces/frame/sealed-cookies.ts'
import { factorScripts } from '../../login/factors/index.ts'
import { createCookies } from '../../platform/http/cookies.ts'
import { createFormTokens } from '../../platform/http/form-token.ts'
import { createRouter } from '../../platform/http/router.ts'
import { createKeyring } from '../../platform/kernel/keyring.ts'
import { silentLog } from '../../platform/kernel/log.ts'
import { systemRandom } from '../../platform/kernel/random.ts'
import { loadAssets } from '../../platform/ui/assets.ts'
import type { Brand } from '../../platform/ui/brand.ts'
import { createLayout } from '../../platform/ui/layout.ts'
import { toResponse } from './response.ts'

export const publicUrl = 'http://localhost:8080'

const brand: Brand = {
  name: 'Testhaus',
  colour: '#0b5089',
  cornerRadius: 8,
  support: { email: 'help@example.org' },
}

const keyring = createKeyring({
  keys: [{ id: 'test', key: new Uint8Array(32).fill(9) }],
  random: systemRandom,
})

export function createTestFrame(options: Partial<FrameOptions> = {}): Frame {
  const cookies = createCookies({ secure: options.secure ?? false })
  return createFrame({
    brand,
    layout: createLayout({ brand, assets: loadAssets(brand, factorScripts) }),
    cookies,
    sealedCookies: createSealedCookies(cookies, keyring),
    formTokens: createFormTokens({ key: new Uint8Array(32).fill(7), publicUrl }),
    random: systemRandom,
    log: silentLog,
    secure: false,
    trustedProxies: [],
    networks: [],
    defaultLanguage: 'de',
    asksForTickets: false,
    findSession: async () => undefined,
    ...options,
  })
}

export interface TestBrowser {
  readonly jar: Map<string, string>
  get(path: string, headers?: Record<string, string>): Promise<Response>
  post(
    path: string,
    fields: Record<string, string>,
    headers?: Record<string, string>,
  ): Promise<Response>
  /** As `post`, with a body that comes when `meanwhile` has resolved, which is called when the server waits for it. */
  postSlowly(
    path: string,
    fields: Record<string, string>,
    meanwhile: () => Promise<void>,
  ): Promise<Response>
  /** The token that forms of this browser carry. */
  formToken(): string
}

/** A browser that comes from 127.0.0.1 and keeps its cookies. Faults become pages, as on the server. */
/** @param peer the address that the browser comes from */
export function createTestBrowser(
  frame: Frame,
  routes: readonly BoundRoute[],
  peer = '127.0.0.1',
): TestBrowser {
  const router = createRouter(routes)
  const jar = new Map<string, string>()

  async function send(path: string, init: RequestInit): Promise<Response> {
    const headers = new Headers(init.headers)
    headers.set('cookie', [...jar].map(([name, value]) => `${name}=${value}`).join('; '))
    const request = new Request(`${publicUrl}${path}`, { ...init, headers })
    const match = router.find(request.method, new URL(request.url).pathname)
    const response = toResponse(await answerPage(frame, request, { match, peer }))
    for (const line of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
      if (line.includes('Max-Age=0')) jar.delete(name)
      else jar.set(name, value)
    }
    return response
  }

  return {
    jar,
    get: (path, headers = {}) => send(path, { headers }),
    post: (path, fields, headers = {}) =>
      send(path, { method: 'POST', headers, body: new URLSearchParams(fields) }),
    postSlowly(path, fields, meanwhile) {
      const init = {
        method: 'POST',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        body: slowBody(new URLSearchParams(fields).toString(), meanwhile),
        duplex: 'half',
      }
      return send(path, init)
    },
    formToken: () => frame.formToken(jar.get('einlass_browser') ?? ''),
  }
}

function slowBody(text: string, meanwhile: () => Promise<void>): ReadableStream<Uint8Array> {
  const source: UnderlyingDefaultSource<Uint8Array> = {
    async pull(controller) {
      await meanwhile()
      controller.enqueue(new TextEncoder().encode(text))
      controller.close()
    },
  }
  return new ReadableStream(source, { highWaterMark: 0 })
}
