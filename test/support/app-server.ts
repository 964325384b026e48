/** Serves the phone's app alone, with a server of its protocol that says what a test wants, for pictures of each screen. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import type { Page } from 'playwright-core'
import {
  algorithm,
  buildEnrolLink,
  computeMessageId,
  computeThumbprint,
  encodeBase64Url,
  exportPublicKey,
  openMessage,
  type PublicJwk,
  signMessage,
  types,
  version,
} from '#authenticator'
import type { Scope } from '../../src/dev/test-support/on-each-engine.ts'
import { type AppFiles, loadAppFiles } from '../../src/faces/authenticator/app-files.ts'
import { createHeaders, createPolicy } from '../../src/faces/authenticator/routes.ts'
import { defaultBrand } from '../../src/platform/ui/brand.ts'

const bytes = (length: number) => encodeBase64Url(new Uint8Array(length).fill(7))

/** What the reply to an address, or that about an account, says beside what it always says. */
type More = Record<string, object>

/** What waits, by the ids of accounts. */
type Waiting = Record<string, readonly object[]>

export async function startAppServer(t: Scope) {
  const pair = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
  const jwk = await exportPublicKey(pair.publicKey)
  const state = {
    files: await loadAppFiles(defaultBrand),
    waiting: {} as Waiting,
    outcome: '',
    more: {} as More,
    /** What phones have said of where they can be woken. */
    changes: [] as { readonly sub: string; readonly subscription: unknown }[],
  }
  const sign = (origin: string, type: string, sub: string, claims: object) => {
    const iat = Math.floor(Date.now() / 1000)
    const named = type === types.offer ? jwk : undefined
    const all = { v: version, iss: origin, sub, iat, ...claims }
    return signMessage(type, all, pair.privateKey, named)
  }
  const answers: Readonly<Record<string, (origin: string, claims: Claims) => Promise<string>>> = {
    fetch: (origin, { sub, jti }) =>
      sign(origin, types.pending, sub, {
        ...{ fetch: jti, ...names[sub] },
        state: sub === 'new' ? 'new' : 'active',
        codes: 'active',
        requests: state.waiting[sub] ?? [],
        ...state.more[sub],
      }),
    answer: (origin, { sub, jti, key, message }) =>
      sign(origin, types.answered, sub, {
        ...{ jti, key, left: 2, outcome: state.outcome, answer: message },
        ...state.more.answer,
      }),
    async change(origin, { sub, jti, subscription }) {
      state.changes.push({ sub, subscription })
      return await sign(origin, types.changed, sub, { change: jti })
    },
    offer: (origin) =>
      sign(origin, types.offer, 'reg', {
        ...{ exp: Math.floor(Date.now() / 1000) + 300, ...names.long },
        ...state.more.offer,
      }),
    enrol: (origin, { sub, signer }) =>
      sign(origin, types.enrolled, 'new', { registration: sub, key: signer }),
    move: (origin, { sub, jti, key, message }) =>
      sign(origin, types.moved, sub, {
        ...{ move: jti, key, message, outcome: state.outcome },
        ...state.more.move,
      }),
  }
  const server = createServer(async (request, response) => {
    const origin = `http://${request.headers.host}`
    const { pathname } = new URL(request.url ?? '', origin)
    const answer = answers[pathname.replace('/authenticator/v1/', '')]
    if (answer !== undefined) {
      const body = await text(request)
      return response.end(await answer(origin, await readClaims(body)))
    }
    return sendFile(state.files, pathname, response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  // A passkey needs a name, not an address.
  const origin = `http://localhost:${port}`
  const serverKey = await computeThumbprint(jwk)
  const link = (at = origin) =>
    buildEnrolLink({ origin: at, registration: 'reg', secret: bytes(16), serverKey })
  return { state, origin, url: `${origin}/authenticator`, link, jwk }
}

interface Claims {
  readonly sub: string
  readonly jti: string
  readonly key: string
  readonly subscription?: unknown
  /** The id of the message. */
  readonly message: string
  /** The thumbprint of the key that the message names. */
  readonly signer: string
}

async function readClaims(body: string): Promise<Claims> {
  const message = await computeMessageId(body)
  const opened = openMessage(body)
  const signer = opened?.jwk === undefined ? '' : await computeThumbprint(opened.jwk)
  return { ...(opened?.claims as unknown as Claims), message, signer }
}

type Response = Parameters<Parameters<typeof createServer>[1] & object>[1]

function sendFile(files: AppFiles, path: string, response: Response): void {
  const file = files.find(path)
  if (file === undefined) return void response.writeHead(404).end()
  response.writeHead(200, createHeaders(file, createPolicy([])))
  response.end(file.body)
}

/** Whose logins they are, and who. */
const names: Readonly<Record<string, { readonly issuer: string; readonly account: string }>> = {
  plain: { issuer: 'Beispiel Versicherung', account: 'erika.mustermann' },
  new: { issuer: 'Beispiel Versicherung', account: 'otto.normal' },
  ended: { issuer: 'Altes Portal', account: 'erika' },
  long: {
    issuer: 'Donaudampfschifffahrtsgesellschaft für den Binnenverkehr, Regensburg',
    account: 'maximilian.hohenzollern-sigmaringen@donaudampfschifffahrt.example.org',
  },
}

interface StoredAccount {
  readonly id: string
  readonly state: string
  readonly setupEnds?: number
  readonly clockOffset?: number
  readonly from?: string
  readonly credentialId?: string
  readonly vapid?: string
}

/** Accounts as the app stores them, with keys that the browser has made. */
export async function storeAccounts(
  page: Page,
  accounts: readonly StoredAccount[],
  { jwk, origin }: { readonly jwk: PublicJwk; readonly origin: string },
): Promise<void> {
  const rows = accounts.map((one, addedAt) => ({
    ...{ server: origin, serverKey: jwk, clockOffset: 0, vapid: bytes(65) },
    ...{ ...one, ...names[one.id], addedAt },
  }))
  await page.evaluate(async (all) => {
    const finish = <T>(request: IDBRequest<T>) =>
      new Promise<T>((resolve) => {
        request.onsuccess = () => resolve(request.result)
      })
    const form = { name: 'ECDSA', namedCurve: 'P-256' }
    const pair = await crypto.subtle.generateKey(form, false, ['sign', 'verify'])
    const { kty, crv, x, y } = await crypto.subtle.exportKey('jwk', pair.publicKey)
    const privateKey = { type: 'plain', key: pair.privateKey }
    const answerKeys = [{ thumbprint: 'A'.repeat(43), jwk: { kty, crv, x, y }, privateKey }]
    const hash = { name: 'HMAC', hash: 'SHA-1' }
    const key = await crypto.subtle.importKey('raw', new Uint8Array(20), hash, false, ['sign'])
    const codes = { key, digits: 6, period: 30, state: 'active' }
    const database = await finish(indexedDB.open('einlass-authenticator'))
    const store = database.transaction('accounts', 'readwrite').objectStore('accounts')
    for (const row of all) {
      await finish(store.put({ ...row, answerKeys, readingKey: pair.privateKey, codes }))
    }
    database.close()
  }, rows)
}

/** A request as a server says it. @param more with the longest texts, to see what they do to the page */
export const createRequest = (id: string, more: object = {}): object => ({
  ...{ id, nonce: bytes(32), kind: 'login', account: 'erika.mustermann' },
  ...{ app: 'Webmail', browser: 'Firefox auf Windows', place: 'Zentrale München' },
  ...{ at: Math.floor(Date.now() / 1000), exp: Math.floor(Date.now() / 1000) + 600 },
  ...{ digits: 6, verification: 'none', ...more },
})
