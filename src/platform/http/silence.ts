/** Why a request got no answer, in words for the operator who has to mend it. */

export interface Silence {
  /** As part of a sentence. */
  readonly why: string
  /** The server was reached, but its certificate was not accepted. */
  readonly isCertificate: boolean
}

const unknownAuthority = 'its certificate comes from an authority that this machine does not know'

/** What the system calls a certificate that is not accepted. */
const certificateFaults: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: 'its certificate has expired',
  CERT_NOT_YET_VALID: 'its certificate is not valid yet',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another name',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is signed by itself',
  SELF_SIGNED_CERT_IN_CHAIN: unknownAuthority,
  UNABLE_TO_GET_ISSUER_CERT: unknownAuthority,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: unknownAuthority,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    'its certificate comes from an authority that this machine does not know, or it does not send the certificate in between',
}

/** What to do where the certificate is right and only unknown here. */
export const authorityAdvice =
  'For an authority of your own, NODE_EXTRA_CA_CERTS names a file with its certificate.'

/** @param error what the request was rejected with */
export function explainSilence(error: unknown, { host, hostname, protocol }: URL): Silence {
  const cause = error instanceof Error ? (error.cause ?? error) : error
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : ''
  const certificate = certificateFaults[code]
  if (certificate !== undefined) return { why: certificate, isCertificate: true }
  const others: Readonly<Record<string, string>> = {
    ENOTFOUND: `no DNS server knows ${hostname} here`,
    EAI_AGAIN: `the DNS does not answer for ${hostname}`,
    ECONNREFUSED: `nothing listens at ${host}`,
    ECONNRESET: 'it broke off',
    EHOSTUNREACH: `there is no route to ${hostname}`,
    ENETUNREACH: `there is no route to ${hostname}`,
    ETIMEDOUT: slow,
    UND_ERR_CONNECT_TIMEOUT: slow,
    EPROTO: `${protocol === 'https:' ? 'it does not speak TLS' : 'it does not speak HTTP'}`,
    ERR_SSL_WRONG_VERSION_NUMBER: 'it does not speak TLS',
  }
  const isSlow = [error, cause].some((one) => one instanceof Error && one.name === 'TimeoutError')
  const why = isSlow ? slow : (others[code] ?? `it failed (${code || describe(cause)})`)
  return { why, isCertificate: false }
}

const slow = 'it did not answer in time'

const describe = (cause: unknown): string => (cause instanceof Error ? cause.message : `${cause}`)
