/**
 * The largest libraries of a start, each as one file: 350 files are loaded as three. Owns where these files are and whether
 * they may be taken; scripts/bundle-libraries.js makes them when the packages are installed. Plain JavaScript, as cli.js is.
 */
import { existsSync, readFileSync } from 'node:fs'

const packages = new URL('../../node_modules/', import.meta.url)

/** Where the files are made. */
export const folder = new URL('.cache/einlass-libraries/', packages)

/** What is bundled, as imports name it. */
export const specifiers = ['kysely', 'kysely/migration', 'zod']

/** What the bundles are of: the versions that are installed now and the list above, as one text. Others are not taken. */
export function describeBundles() {
  const names = new Set(specifiers.map((name) => name.split('/', 1)[0]))
  const versions = [...names]
    .map((name) => JSON.parse(readFileSync(new URL(`${name}/package.json`, packages), 'utf8')))
    .map(({ name, version }) => `${name} ${version}`)
  return `${[...versions, ...specifiers].join('\n')}\n`
}

/**
 * The address of each file by what imports name it; empty where a file is missing, or was made of something else. Then the
 * packages are loaded as they are, which only takes longer.
 */
export function findBundles() {
  const files = specifiers.map((name) => [name, new URL(`${name}.mjs`, folder)])
  try {
    if (readFileSync(new URL('contents', folder), 'utf8') !== describeBundles()) return new Map()
  } catch {
    return new Map()
  }
  if (!files.every(([, file]) => existsSync(file))) return new Map()
  return new Map(files.map(([name, file]) => [name, file.href]))
}
