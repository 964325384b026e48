/** A signed JWT (RFC 7519, RFC 7515) by one of our keys. */
import { createPrivateKey, type KeyObject, sign } from 'node:crypto'
import { availableParallelism } from 'node:os'
import { promisify } from 'node:util'
import type { SigningKey } from './signing-keys.ts'

/** On another thread: a signature takes longer than all else of an answer, and others would wait for it. */
const signInBackground = promisify(sign)

/** There another thread takes its time from this one, and the way to it and back comes on top. */
const isOnOneCore = availableParallelism() === 1

const opened = new WeakMap<SigningKey, KeyObject>()

/** @param type its `typ`; absent: the header has none */
export async function signJwt(key: SigningKey, claims: object, type?: string): Promise<string> {
  const privateKey = opened.get(key) ?? createPrivateKey({ key: key.privateKey, format: 'jwk' })
  opened.set(key, privateKey)
  const header = { alg: key.algorithm, kid: key.kid, typ: type }
  const text = [header, claims]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.')
  const by = { key: privateKey, dsaEncoding: 'ieee-p1363' } as const
  const bytes = Buffer.from(text)
  const signature = isOnOneCore
    ? sign('sha256', bytes, by)
    : await signInBackground('sha256', bytes, by)
  return `${text}.${signature.toString('base64url')}`
}
