/**
 * The largest libraries of a start, each as one file: 350 files are loaded as three. Owns where these files are and whether
 * they may be taken; scripts/bundle-libraries.js makes them when the packages are installed. Plain JavaScript, as cli.js is.
 */
import { readFileSync } from 'node:fs'

const packages = new URL('../../node_modules/', import.meta.url)

/** Where the files are made. */
export const folder = new URL('.cache/einlass-libraries/', packages)

/** What is bundled, as imports name it. */
export const specifiers = ['kysely', 'kysely/migration', 'zod']

/** The versions that are installed now, as one text. A bundle of others is not taken. */
export function readVersions() {
  return ['kysely', 'zod']
    .map((name) => JSON.parse(readFileSync(new URL(`${name}/package.json`, packages), 'utf8')))
    .map(({ name, version }) => `${name} ${version}\n`)
    .join('')
}

/**
 * The address of each file by what imports name it; empty where nothing was made, or for other versions. Then the packages
 * are loaded as they are, which only takes longer.
 */
export function findBundles() {
  try {
    if (readFileSync(new URL('versions', folder), 'utf8') !== readVersions()) return new Map()
  } catch {
    return new Map()
  }
  return new Map(specifiers.map((name) => [name, new URL(`${name}.mjs`, folder).href]))
}
