import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { test } from 'node:test'

const root = resolve(import.meta.dirname, '..')
const manifest = JSON.parse(await readFile(resolve(root, 'package.json'), 'utf8'))
const lock = JSON.parse(await readFile(resolve(root, 'package-lock.json'), 'utf8'))
const page = await readFile(resolve(root, 'docs/dependencies.md'), 'utf8')

const direct: Record<string, string> = {
  ...manifest.dependencies,
  ...manifest.optionalDependencies,
  ...manifest.devDependencies,
}

test('docs/dependencies.md has a line for each direct dependency, and for no other package', () => {
  const named = [...page.matchAll(/^\| `([^`]+)` \|/gm)].map((match) => match[1] ?? '')
  assert.deepEqual(named.toSorted(), Object.keys(direct).toSorted())
})

test('every line of docs/dependencies.md has all its cells filled in', () => {
  for (const line of page.split('\n').filter((text) => text.startsWith('| `'))) {
    const cells = line.split(' | ').map((cell) => cell.replaceAll('|', '').trim())
    assert.equal(cells.length, 4, line)
    assert.ok(!cells.includes(''), line)
  }
})

test('every direct dependency has an exact version', () => {
  for (const [name, version] of Object.entries(direct)) {
    assert.match(version, /^\d+\.\d+\.\d+$/, name)
  }
})

interface Lock {
  readonly packages: Readonly<
    Record<string, { readonly resolved?: string; readonly integrity?: string }>
  >
}

function checkPins({ packages }: Lock): void {
  for (const [path, entry] of Object.entries(packages).filter(([name]) => name !== '')) {
    assert.match(entry.integrity ?? '', /^sha512-/, path)
    if (entry.resolved) assert.ok(entry.resolved.startsWith('https://registry.npmjs.org/'), path)
  }
}

test('the lock file pins every package by hash, from the npm registry, for every platform', () => {
  checkPins(lock)
  for (const name of Object.keys(manifest.optionalDependencies)) {
    assert.ok(lock.packages[`node_modules/${name}`], name)
  }
})

test('the packages for the scenarios of relying parties are pinned as well', async () => {
  const folder = resolve(root, 'test/relying-parties')
  const parties = JSON.parse(await readFile(resolve(folder, 'package.json'), 'utf8'))
  for (const [name, version] of Object.entries<string>(parties.dependencies)) {
    assert.match(version, /^(npm:[\w@/-]+@)?\d+\.\d+\.\d+$/, name)
  }
  checkPins(JSON.parse(await readFile(resolve(folder, 'package-lock.json'), 'utf8')))
})
