/** The two base64 dialects of the protocol: URL-safe without padding in a QR, standard with padding in a message. */

/** Bytes or text (as UTF-8) in base64url without padding (RFC 4648 section 5). */
export function toBase64Url(value: Uint8Array | string): string {
  return Buffer.from(value).toString('base64url')
}

/** Bytes or text (as UTF-8) in standard base64 with padding (RFC 4648 section 4). */
export function toBase64(value: Uint8Array | string): string {
  return Buffer.from(value).toString('base64')
}

/** Decodes either dialect, padded or not. Anything that no encoder writes gives `undefined`. */
export function fromBase64(text: string): Uint8Array | undefined {
  const bare = text
    .replace(/={1,2}$/, '')
    .replaceAll('+', '-')
    .replaceAll('/', '_')
  if (!/^[\w-]+$/.test(bare)) return undefined
  const bytes = Buffer.from(bare, 'base64url')
  return bytes.toString('base64url') === bare ? bytes : undefined
}

/** As `fromBase64`, for text. Bytes that are not UTF-8 give `undefined`. */
export function textFromBase64(text: string): string | undefined {
  const bytes = fromBase64(text)
  if (bytes === undefined) return undefined
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return undefined
  }
}

/**
 * Whether a text survives every phone as a base64url value. Several clients decode some values with the standard
 * alphabet, and there `-` and `_` are lost without an error.
 */
export function isSafeInQr(text: string): boolean {
  return !/[-_]/.test(toBase64Url(text))
}
