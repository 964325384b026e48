import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compileSource } from './npm-package.ts'

const compile = (source: string): string => compileSource('src/one.ts', source)

test('imports and exports of every form name the compiled files, and names of packages stay the same', () => {
  const forms: [string, string][] = [
    ["import { a } from './a.ts'", "import { a } from './a.js'"],
    ["import './a.ts'", "import './a.js'"],
    ["export { a } from '../b/a.ts'", "export { a } from '../b/a.js'"],
    ["export * from './a.ts'", "export * from './a.js'"],
    ["const a = await import('./a.ts')", "const a = await import('./a.js')"],
    ["import { z } from 'zod'", "import { z } from 'zod'"],
    ["import p from './p.json'", "import p from './p.json'"],
    ["fork(new URL('./a.ts', import.meta.url))", "fork(new URL('./a.js', import.meta.url))"],
  ]
  for (const [source, wanted] of forms) assert.equal(compile(source), wanted)
})

test('texts that only look like an import stay as they are', () => {
  const source = "const text = \"import { a } from './a.ts'\" // import './a.ts'"
  assert.equal(compile(source), source)
})

test('types are removed, and the remaining code stays in its line and column', () => {
  const source =
    "import type { A } from './a.ts'\nconst ä: A = /* ü */ 1\nimport { b } from './b.ts'"
  const [first = '', second, third] = compile(source).split('\n')
  assert.equal(first.trim(), '')
  assert.equal(second, 'const ä    = /* ü */ 1')
  assert.equal(third, "import { b } from './b.js'")
})
