/**
 * What pages load besides themselves: the scripts of src/platform/browser, and a logo too large to be part of a page. Owns names
 * and hashes; the response headers are made by who serves them.
 */
import { createHash } from 'node:crypto'
import { codes } from '../browser/codes.ts'
import { copy } from '../browser/copy.ts'
import { passkey } from '../browser/passkey.ts'
import { passkeyLogin } from '../browser/passkey-login.ts'
import { password } from '../browser/password.ts'
import { signals } from '../browser/signals.ts'
import { submit } from '../browser/submit.ts'
import { wait } from '../browser/wait.ts'
import { type Brand, derivePalettes } from './brand.ts'
import { defaultLogo } from './icons.ts'
import type { ScriptName } from './page.ts'

export interface Asset {
  readonly mediaType: string
  readonly bytes: Uint8Array
}

export interface Assets {
  /** Script text, ready to stand in a page. */
  readonly scripts: Readonly<Record<ScriptName, string>>
  /** Address of the logo: `data:` up to 4 KB, else a path below `/assets/`. */
  readonly logoUrl: string
  readonly iconUrl: string
  /** The content of a path below `/assets/`. It never changes: serve it `public, max-age=31536000, immutable`. */
  find(path: string): Asset | undefined
}

const inlineLimit = 4096

/** Reads the scripts and the logo of an installation once, at its start. Addresses contain a hash of the content. */
export function loadAssets(brand: Brand): Assets {
  const files = new Map<string, Asset>()
  const { light, dark } = derivePalettes(brand)
  const drawn = defaultLogo(light.accent, dark.accent)
  const iconUrl = dataUrl('image/svg+xml', Buffer.from(drawn))
  const logoUrl = brand.logo === undefined ? iconUrl : addLogo(files, brand.logo)
  return {
    scripts: {
      password: readScript(password),
      wait: readScript(wait),
      copy: readScript(copy),
      codes: readScript(codes),
      passkey: readScript(passkey),
      'passkey-login': readScript(passkeyLogin),
      signals: readScript(signals),
      submit: readScript(submit),
    },
    logoUrl,
    iconUrl: brand.logo === undefined ? iconUrl : logoUrl,
    find: (path) => files.get(path),
  }
}

function addLogo(files: Map<string, Asset>, logo: Asset): string {
  if (logo.bytes.length <= inlineLimit) return dataUrl(logo.mediaType, logo.bytes)
  const hash = createHash('sha256').update(logo.bytes).digest('base64url').slice(0, 16)
  const path = `/assets/${hash}/logo.${logo.mediaType === 'image/png' ? 'png' : 'svg'}`
  files.set(path, logo)
  return path
}

function dataUrl(mediaType: string, bytes: Uint8Array): string {
  return `data:${mediaType};base64,${Buffer.from(bytes).toString('base64')}`
}

/**
 * What the function does, as a script: Node has taken its types out already. The braces stay, they keep its names from
 * those of the page.
 */
function readScript(script: () => void): string {
  const text = script.toString()
  return compact(text.slice(text.indexOf('{')))
}

/**
 * Takes out comments on lines of their own, indentation, and the gaps where types were. The scripts have no text that
 * spans lines or holds two spaces in a row.
 */
function compact(script: string): string {
  return script
    .replace(/^\s*\/\*\*[\s\S]*?\*\/\s*$/gm, '')
    .replace(/^\s*\/\/.*$/gm, '')
    .replace(/[ \t]+$/gm, '')
    .replace(/^\s+/gm, '')
    .replace(/ {2,}/g, ' ')
}
