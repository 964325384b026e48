/** Names that every client generation reads the same way: the issuer and the account in a registration URI. */
import { isSafeInQr } from './base64.ts'

export type IssuerCheck =
  | { readonly type: 'ok'; readonly issuer: string }
  | { readonly type: 'refused'; readonly reason: 'empty' | 'too_long' | 'not_encodable' }

/** One client limits each parameter to 256 characters, which are 192 bytes before base64. */
const maxBytes = 192

/**
 * The issuer in a form that phones can show. Composed and decomposed accents look the same and encode differently, so both are
 * tried before characters that no client decodes safely (`?` and `~`) are removed.
 */
export function acceptableIssuer(name: string): IssuerCheck {
  const clean = plainName(name)
  if (clean === '') return { type: 'refused', reason: 'empty' }
  const bare = tidy(clean.replace(/[?~]/g, ''))
  const candidates = [clean, clean.normalize('NFD'), bare, bare.normalize('NFD')].filter(Boolean)
  const short = candidates.filter((candidate) => Buffer.byteLength(candidate) <= maxBytes)
  const issuer = short.find(isSafeInQr)
  if (issuer !== undefined) return { type: 'ok', issuer }
  return { type: 'refused', reason: short.length === 0 ? 'too_long' : 'not_encodable' }
}

/** The account name in a form that phones can show: at most 64 characters, never empty. */
export function acceptableAccountName(name: string): string {
  const clean = [...plainName(name)].slice(0, 64).join('').trim()
  return clean === '' ? 'account' : clean
}

/** Removes what a client takes for syntax (`:`, `/`) or for an attack (`<`, `>`, bidi marks, `..`). */
function plainName(name: string): string {
  const composed = name.toWellFormed().normalize('NFC')
  const plain = composed
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}<>]/gu, ' ')
    .replace(/[:/]/g, '-')
    .replace(/\.{2,}/g, '.')
  return tidy(plain)
}

function tidy(name: string): string {
  return name.replace(/\s+/gu, ' ').trim()
}
