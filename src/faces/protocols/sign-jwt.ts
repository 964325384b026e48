/** Signs a JWT (RFC 7519, RFC 7515) with one of our keys. */
import { createPrivateKey, type KeyObject, sign } from 'node:crypto'
import { availableParallelism } from 'node:os'
import { promisify } from 'node:util'
import type { SigningKey } from './signing-keys.ts'

/** Signs on another thread: a signature takes longer than the rest of an answer, and other requests would wait for it. */
const signInBackground = promisify(sign)

/** On one core, another thread takes its time from this one, and the switch costs extra. */
const isOnOneCore = availableParallelism() === 1

const opened = new WeakMap<SigningKey, KeyObject>()

/** @param type the header `typ`; absent: the header has no `typ` */
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
