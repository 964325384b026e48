/**
 * The files that pages load: the scripts of src/platform/browser and of features, and a logo that is too large to be part of a
 * page. Owns names and hashes; the caller that serves the files sets the response headers.
 */
import { createHash } from 'node:crypto'
import { again } from '../browser/again.ts'
import { arrange } from '../browser/arrange.ts'
import { codes } from '../browser/codes.ts'
import { copy } from '../browser/copy.ts'
import { ended } from '../browser/ended.ts'
import { password } from '../browser/password.ts'
import { pause } from '../browser/pause.ts'
import { renew } from '../browser/renew.ts'
import { search } from '../browser/search.ts'
import { strength } from '../browser/strength.ts'
import { submit } from '../browser/submit.ts'
import { ticket } from '../browser/ticket.ts'
import { wait } from '../browser/wait.ts'
import { watch } from '../browser/watch.ts'
import { type Brand, derivePalettes } from './brand.ts'
import { defaultLogo } from './icons.ts'

export interface Asset {
  readonly mediaType: string
  readonly bytes: Uint8Array
}

export interface Assets {
  /** Script text by the names that pages use, ready to be put into a page. */
  readonly scripts: Readonly<Record<string, string>>
  /** Address of the logo: `data:` up to 4 KB, else a path below `/assets/`. */
  readonly logoUrl: string
  readonly iconUrl: string
  /** The content of a path below `/assets/`. Only `logoPath` ever changes; the others can be cached for ever. */
  find(path: string): Asset | undefined
}

/** The path of an installation's logo, if it is a PNG: for apps that store its address for years. */
export const logoPath = '/assets/logo.png'

/** Each function is sent as it is written, without its types. */
export type Scripts = Readonly<Record<string, () => void>>

const inlineLimit = 4096

const scripts: Scripts = {
  again,
  password,
  strength,
  wait,
  copy,
  codes,
  submit,
  ticket,
  pause,
  renew,
  search,
  arrange,
  watch,
  ended,
}

/**
 * Reads the scripts and the logo of an installation once, at its start. Addresses contain a hash of the content.
 * @param more scripts of features, by the names that their pages use
 */
export function loadAssets(brand: Brand, more: Scripts = {}): Assets {
  const files = new Map<string, Asset>()
  const { light, dark } = derivePalettes(brand)
  const drawn = defaultLogo(light.accent, dark.accent)
  const iconUrl = dataUrl('image/svg+xml', Buffer.from(drawn))
  const logoUrl = brand.logo === undefined ? iconUrl : addLogo(files, brand.logo)
  return {
    scripts: Object.fromEntries(
      Object.entries({ ...scripts, ...more }).map(([name, script]) => [name, readScript(script)]),
    ),
    logoUrl,
    iconUrl: brand.logo === undefined ? iconUrl : logoUrl,
    find: (path) => files.get(path),
  }
}

function addLogo(files: Map<string, Asset>, logo: Asset): string {
  if (logo.mediaType === 'image/png') files.set(logoPath, logo)
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
 * The body of the function as a script; Node has already removed its types. The braces stay, so that its names do not mix with
 * those of the page.
 */
function readScript(script: () => void): string {
  const text = script.toString()
  return compactScript(text.slice(text.indexOf('{')))
}

/**
 * Removes comments on their own lines, indentation, and the gaps that types left. The scripts have no string that spans lines
 * or has two spaces in a row.
 */
export function compactScript(script: string): string {
  return script
    .replace(/^\s*\/\*\*[\s\S]*?\*\/\s*$/gm, '')
    .replace(/^\s*\/\/.*$/gm, '')
    .replace(/[ \t]+$/gm, '')
    .replace(/^\s+/gm, '')
    .replace(/ {2,}/g, ' ')
}
