import assert from 'node:assert/strict'
import { test } from 'node:test'
import { runInNewContext } from 'node:vm'
import { inflateSync } from 'node:zlib'
import { defaultBrand } from '../../platform/ui/brand.ts'
import { type AppFiles, loadAppFiles } from './app-files.ts'
import { drawIcon } from './app-icon.ts'

const files = await loadAppFiles(defaultBrand)
const read = (of: AppFiles, path: string): string => {
  const file = of.find(path)
  assert.ok(file, path)
  return String(file.body)
}
const page = read(files, '/authenticator')
const main = /<script type="module" src="([^"]+)"/.exec(page)?.[1] ?? ''

/** The addresses that a script imports, with those that it imports only when they are needed. */
const listImports = (path: string): { readonly at: string; readonly isLate: boolean }[] =>
  [...read(files, path).matchAll(/(?:(import\()|from |import )'([./][^']+\.[jt]s)'/g)].map(
    ([, late, at = '']) => ({
      at: new URL(at, `https://host${path}`).pathname,
      isLate: late !== undefined,
    }),
  )

function findReached(begin: string, isWanted: (isLate: boolean) => boolean): Set<string> {
  const reached = new Set<string>()
  const follow = (path: string) => {
    if (reached.has(path)) return
    reached.add(path)
    for (const { at, isLate } of listImports(path)) if (isWanted(isLate)) follow(at)
  }
  follow(begin)
  return reached
}

test('every script that the app imports exists, and the page preloads the link script and both languages', () => {
  const all = findReached(main, () => true)
  assert.ok(all.size > 8)
  const early = [...page.matchAll(/rel="modulepreload" href="([^"]+)"/g)].map(([, at = '']) => at)
  assert.deepEqual(
    early.map((at) => at.replace(/.*\//, '')),
    ['link.js', 'german.js', 'english.js'],
  )
  for (const at of early) assert.ok(all.has(at), at)
})

test('the code of the first screen is smaller than 45 KB', () => {
  const begin = [...findReached(main, (isLate) => !isLate)]
  const bytes = begin.reduce((sum, path) => sum + Buffer.byteLength(read(files, path)), 0)
  assert.ok(bytes > 20_000 && bytes < 45_000, `${bytes}`)
})

test('the scripts import the QR library by its address, and the icon with the same name stays unchanged', () => {
  const all = [...findReached(main, () => true)]
    .filter((path) => !/\/(decode|index)\.js$/.test(path))
    .map((path) => read(files, path))
    .join('\n')
  assert.doesNotMatch(all, /(?:from |import\()'qr/)
  assert.match(all, /moveStepScan, 'qr'/)
})

test('the scripts contain no types and no comments', () => {
  for (const path of findReached(main, () => true)) {
    if (/\/(decode|index)\.js$/.test(path)) continue
    const text = read(files, path)
    assert.doesNotMatch(text, /^\s*(\/\*\*|\/\/|interface |export interface |import type )/m, path)
  }
})

test('the service worker is one script and lists the page and every file of the app', () => {
  const text = read(files, '/authenticator/worker.js')
  assert.doesNotMatch(text, /^(import|export)\b|import\(/m)
  const heard: string[] = []
  const self: Record<string, unknown> = {
    addEventListener: (type: string) => void heard.push(type),
    location: { origin: 'https://host' },
  }
  runInNewContext(text.replace('self.einlass =', 'einlass = self.einlass ='), { self, einlass: 0 })
  assert.deepEqual(heard.sort(), [
    ...['activate', 'fetch', 'install', 'message', 'notificationclick', 'push'],
    'pushsubscriptionchange',
  ])
  const { files: names, page: at } = self.einlass as { files: string[]; page: string }
  assert.equal(at, '/authenticator')
  for (const path of findReached(main, () => true)) assert.ok(names.includes(path), path)
  for (const path of names) assert.ok(files.find(path), path)
})

test('another brand changes the version of the app files, and the same brand does not', async () => {
  const same = await loadAppFiles(defaultBrand)
  assert.equal(read(same, '/authenticator'), page)
  const other = await loadAppFiles({ ...defaultBrand, colour: '#7a1f5c' })
  assert.notEqual(read(other, '/authenticator'), page)
  const worker = '/authenticator/worker.js'
  assert.notEqual(read(other, worker), read(files, worker))
  assert.equal(other.find(main), undefined)
})

test('the manifest names the page and icons that exist', () => {
  const manifest = JSON.parse(read(files, '/authenticator/manifest.webmanifest'))
  assert.equal(manifest.start_url, '/authenticator')
  assert.equal(manifest.scope, '/authenticator')
  for (const { src, sizes } of manifest.icons) {
    const body = files.find(src)?.body
    assert.ok(body instanceof Uint8Array)
    const width = Buffer.from(body).readUInt32BE(16)
    assert.equal(sizes, `${width}x${width}`)
  }
})

test('the icon is a PNG in the colour of the brand, with a light mark in its middle', () => {
  const png = Buffer.from(drawIcon(180, '#0b5089'))
  const at = png.indexOf('IDAT') + 4
  const rows = inflateSync(png.subarray(at, at + png.readUInt32BE(at - 8)))
  assert.equal(rows.length, 180 * (1 + 180 * 3))
  const colour = (x: number, y: number) => {
    const start = y * (1 + 180 * 3) + 1 + x * 3
    return rows.subarray(start, start + 3).toString('hex')
  }
  assert.equal(colour(0, 0), '0b5089')
  assert.equal(colour(90, Math.round((23 / 32) * 180)), 'ffffff')
})
