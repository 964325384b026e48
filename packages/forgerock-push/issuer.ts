/** Names that every client generation reads the same way: the issuer and the account in a registration URI. */
import { createRequire } from 'node:module'
import { isSafeInQr } from './base64.ts'

export type IssuerCheck =
  | { readonly type: 'ok'; readonly issuer: string }
  | { readonly type: 'refused'; readonly reason: 'empty' | 'not_encodable' }

/** One client limits each parameter to 256 characters, which are 192 bytes before base64. */
const maxBytes = 192

const require = createRequire(import.meta.url)
const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' })

/**
 * The issuer in a form that phones can show, at most 192 bytes. Some clients decode it with the wrong alphabet of base64, so
 * these are tried in turn: the name with composed and with decomposed accents, which look the same and encode differently; the
 * same without `?` and `~`, which no client decodes safely; and the name in Latin letters, which always survives.
 */
export function acceptableIssuer(name: string): IssuerCheck {
  const clean = cut(plainName(name))
  if (clean === '') return { type: 'refused', reason: 'empty' }
  const bare = plainName(clean.replace(/[?~]/g, ''))
  const candidates = [clean, clean.normalize('NFD'), bare, bare.normalize('NFD')].filter(Boolean)
  const issuer = candidates.find(isSafeInQr) ?? inLatinLetters(clean)
  if (issuer === '') return { type: 'refused', reason: 'not_encodable' }
  return { type: 'ok', issuer }
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

/** In ASCII, without what no client decodes safely. Emoji become their names; characters without a Latin form are lost. */
function inLatinLetters(name: string): string {
  // Loaded here, because few installations need it and its tables would slow every start.
  const { default: toAscii } = require('any-ascii') as typeof import('any-ascii')
  const spelled = toAscii(name).replace(/:([^:\s]+):/g, ' $1 ')
  return cut(plainName(spelled.replace(/[?~]/g, '')))
}

/** Cuts between characters as people see them, so that both forms of accents fit. */
function cut(name: string): string {
  let text = ''
  for (const { segment } of graphemes.segment(name)) {
    if (Buffer.byteLength((text + segment).normalize('NFD')) > maxBytes) break
    text += segment
  }
  return text.trim()
}
