/**
 * What pages load besides themselves: the scripts of src/browser with their types stripped, and a logo too large to be
 * part of a page. Owns names and hashes; the response headers are made by who serves them.
 */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { stripTypeScriptTypes } from 'node:module'
import { type Brand, palettesOf } from './brand.ts'
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

/** Reads the scripts once, at start. */
export function loadAssets(brand: Brand): Assets {
  const files = new Map<string, Asset>()
  const { light, dark } = palettesOf(brand)
  const drawn = defaultLogo(light.accent, dark.accent)
  const iconUrl = dataUrl('image/svg+xml', Buffer.from(drawn))
  const logoUrl = brand.logo === undefined ? iconUrl : addLogo(files, brand.logo)
  return {
    scripts: { password: scriptOf('password'), wait: scriptOf('wait') },
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

function scriptOf(name: ScriptName): string {
  const source = readFileSync(new URL(`../browser/${name}.ts`, import.meta.url), 'utf8')
  return compact(quietly(() => stripTypeScriptTypes(source)))
}

/** Node calls the function experimental on every start, although the whole program runs by what it does. */
function quietly<Result>(work: () => Result): Result {
  const { emitWarning } = process
  process.emitWarning = () => {}
  try {
    return work()
  } finally {
    process.emitWarning = emitWarning
  }
}

/** Takes out comments on lines of their own and indentation. The scripts have no text that spans lines. */
function compact(script: string): string {
  return script
    .replace(/^\s*\/\*\*[\s\S]*?\*\/\s*$/gm, '')
    .replace(/^\s*\/\/.*$/gm, '')
    .replace(/[ \t]+$/gm, '')
    .replace(/^\s+/gm, '')
}
