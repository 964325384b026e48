/**
 * Compressed forms of an answer (RFC 9110, 8.4), for browsers that reach the server without a proxy that compresses. A proxy
 * leaves an answer with `Content-Encoding` as it is. Owns which form a client gets; what must not be compressed, as its size
 * would tell of a secret in it, its page decides.
 */
import { createHash } from 'node:crypto'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'

export type Encoding = 'br' | 'gzip'

/** Bytes that do not change, in every form, made once. */
export interface Prepared {
  readonly plain: Uint8Array
  /** Forms that are smaller than the bytes themselves. */
  readonly encoded: Readonly<Partial<Record<Encoding, Uint8Array>>>
  /** A strong entity tag is of one form: this is its beginning. */
  readonly tag: string
}

/** Below that, the header costs more than it saves. */
const leastBytes = 1000

export function prepareBytes(plain: Uint8Array): Prepared {
  const tag = createHash('sha256').update(plain).digest('base64url').slice(0, 22)
  if (plain.length < leastBytes) return { plain, encoded: {}, tag }
  const best = { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }
  const forms = { br: brotliCompressSync(plain, best), gzip: gzipSync(plain, { level: 9 }) }
  const isSmaller = (form: Uint8Array) => form.length < plain.length * 0.95
  return {
    ...{ plain, tag },
    encoded: {
      ...(isSmaller(forms.br) && { br: forms.br }),
      ...(isSmaller(forms.gzip) && { gzip: forms.gzip }),
    },
  }
}

/** In one turn of the loop: the thread pool is busy with passwords when pages are needed most. */
const encoders: Readonly<Record<Encoding, (text: string) => Uint8Array>> = {
  // As small as gzip at this level, in two thirds of its time.
  br: (text) => brotliCompressSync(text, { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } }),
  gzip: (text) => gzipSync(text, { level: 1 }),
}

export interface Encoded {
  readonly encoding: Encoding
  readonly bytes: Uint8Array
}

/** `undefined`: the text goes out as it is. */
export function encodeText(text: string, accepted: string | undefined): Encoded | undefined {
  if (text.length < leastBytes) return undefined
  const encoding = chooseEncoding(accepted)
  return encoding && { encoding, bytes: encoders[encoding](text) }
}

export function pickPrepared({ encoded }: Prepared, accepted: string | undefined) {
  const encoding = chooseEncoding(accepted, encoded)
  const bytes = encoding && encoded[encoding]
  return encoding && bytes && { encoding, bytes }
}

/** RFC 9110, 12.5.3. A client that weighs its encodings gets what it weighs most; of equals, the smaller one. */
export function chooseEncoding(
  accepted: string | undefined,
  among: Readonly<Partial<Record<Encoding, unknown>>> = encoders,
): Encoding | undefined {
  if (accepted === undefined) return undefined
  let best: Encoding | undefined
  let most = 0
  for (const name of ['br', 'gzip'] as const) {
    const weight = among[name] === undefined ? 0 : findWeight(accepted, name)
    if (weight > most) [best, most] = [name, weight]
  }
  return best
}

const patterns = {
  br: /(?:^|,)\s*br\s*(?:;\s*q=([\d.]+)\s*)?(?:,|$)/i,
  gzip: /(?:^|,)\s*(?:x-)?gzip\s*(?:;\s*q=([\d.]+)\s*)?(?:,|$)/i,
} as const

/** A star is not taken as a wish: who writes nothing but that gets the plain form. */
function findWeight(accepted: string, name: Encoding): number {
  const found = patterns[name].exec(accepted)
  return found === null ? 0 : Number(found[1] ?? 1) || 0
}
