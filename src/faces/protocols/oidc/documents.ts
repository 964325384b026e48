/**
 * The discovery document and the public keys: the library makes each of them once for the present keys, all later requests get
 * the same bytes. The configuration of a running server does not change, and the keys are read again every few seconds.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { KoaContextWithOIDC } from 'oidc-provider'
import { createPreparedDocuments, sendDocument } from '../prepared-documents.ts'
import type { SigningKey } from '../signing-keys.ts'

export interface DocumentsOptions {
  /** The keys that are published now; the same array until they change. */
  findKeys(): Promise<readonly SigningKey[]>
  /** The keys that the library has. */
  findTaken(): readonly SigningKey[] | undefined
  /** Of every answer of the protocol. */
  readonly headers: Readonly<Record<string, string>>
}

/** Below the prefix. */
const types: Readonly<Record<string, string>> = {
  '/.well-known/openid-configuration': 'application/json; charset=utf-8',
  '/jwks': 'application/jwk-set+json; charset=utf-8',
}

export function createDocuments({ findKeys, findTaken, headers }: DocumentsOptions) {
  const documents = createPreparedDocuments()
  return {
    /** Returns whether it has answered. */
    async answer(req: IncomingMessage, res: ServerResponse): Promise<boolean> {
      const path = req.url ?? ''
      const type = Object.hasOwn(types, path) ? types[path] : undefined
      if (type === undefined || req.method !== 'GET') return false
      const document = documents.find(path, await findKeys())
      if (document === undefined) return false
      const { origin } = req.headers
      sendDocument(req, res, document, {
        ...headers,
        ...{ 'content-type': type, vary: 'Origin' },
        ...(origin !== undefined && { 'access-control-allow-origin': origin }),
      })
      return true
    },

    /** Takes over what the library has made. */
    async note(ctx: KoaContextWithOIDC, next: () => Promise<void>): Promise<void> {
      const keys = findTaken()
      await next()
      if (keys === undefined || keys !== findTaken()) return
      if (ctx.method !== 'GET' || ctx.status !== 200 || !Object.hasOwn(types, ctx.path)) return
      documents.make(ctx.path, keys, JSON.stringify(ctx.body))
    },
  }
}
