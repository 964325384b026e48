/** For tests: verifies the signature of a request to AWS (Signature Version 4) like the service does. */
import { createHash, createHmac } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { equalInConstantTime } from '../../../../../platform/kernel/crypto.ts'
import type { AccessKey } from '../keys.ts'

/** Returns the error code of AWS for a wrong signature; `undefined`: the signature is valid. */
export function findSignatureMistake(
  request: IncomingMessage,
  body: Buffer,
  { key, region }: { readonly key: AccessKey; readonly region: string },
): string | undefined {
  const { headers } = request
  const match =
    /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/sns\/aws4_request, SignedHeaders=([\w;-]+), Signature=([0-9a-f]{64})$/.exec(
      headers.authorization ?? '',
    )
  if (match === null) return 'IncompleteSignature'
  const [, id = '', day = '', where = '', names = '', signature = ''] = match
  const time = `${headers['x-amz-date'] ?? ''}`
  if (id !== key.accessKeyId) return 'InvalidClientTokenId'
  if (where !== region || !time.startsWith(day)) return 'SignatureDoesNotMatch'
  if (Math.abs(readTime(time) - Date.now()) > 300_000) return 'RequestExpired'
  const signed = names.split(';')
  if (!signed.includes('host') || !signed.includes('x-amz-date')) return 'IncompleteSignature'
  const [path = '/', query = ''] = (request.url ?? '/').split('?')
  const canonical = [
    request.method,
    path,
    query,
    ...signed.map((name) => `${name}:${`${headers[name] ?? ''}`.trim().replace(/ +/g, ' ')}`),
    '',
    names,
    sha256(body),
  ].join('\n')
  const scope = `${day}/${region}/sns/aws4_request`
  const text = ['AWS4-HMAC-SHA256', time, scope, sha256(canonical)].join('\n')
  const signingKey = [day, region, 'sns', 'aws4_request'].reduce<string | Buffer>(
    hmac,
    `AWS4${key.secretAccessKey}`,
  )
  const expected = hmac(signingKey, text).toString('hex')
  return equalInConstantTime(signature, expected) ? undefined : 'SignatureDoesNotMatch'
}

const sha256 = (data: string | Buffer) => createHash('sha256').update(data).digest('hex')
const hmac = (key: string | Buffer, data: string) => createHmac('sha256', key).update(data).digest()

function readTime(basic: string): number {
  const [, year, month, day, hour, minute, second] =
    /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(basic) ?? []
  return Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`)
}
