import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readYaml } from './file.ts'

const cases: readonly (readonly [name: string, yaml: string, line: number, found: RegExp])[] = [
  ['a key below a value', 'public_url: https://a.example.org\n  foo: [\n', 2, /indented below one/],
  ['a key that is too deep', 'listen:\n  host: a\n    port: 2\n', 3, /indented below one/],
  [
    'a key that is not deep enough',
    'listen:\n    host: a\n  port: 2\n',
    3,
    /indentation fits no line/,
  ],
  ['an entry without its dash', 'networks:\n  - name: a\n   ranges: []\n', 3, /indentation/],
  ['a tab', 'listen:\n\thost: a\n', 2, /a tab/],
  ['a list that stays open', 'trusted_proxies: [1, 2\nlisten: 3\n', 2, /not closed before/],
  ['a quote that stays open', 'brand:\n  name: "x\n', 3, /quote/],
  ['no space behind the colon', 'listen:\n  host:a\n  port: 1\n', 2, /colon and a space/],
  ['a line that is no key', 'public_url: x\nlisten\nlog: 1\n', 2, /colon and a space/],
  ['two colons', 'brand:\n  name: a: b\n', 2, /second colon/],
  ['a reserved character', 'brand:\n  name: @a\n', 2, /reserves/],
]

for (const [name, yaml, line, found] of cases)
  test(`the mistake in a file with ${name} is reported with its line, in plain words`, () => {
    const { mistakes, readable } = readYaml(yaml)
    assert.equal(readable, false)
    assert.equal(mistakes.length, 1)
    assert.equal(mistakes[0]?.line, line)
    assert.match(mistakes[0]?.found ?? '', found)
    assert.ok(!mistakes[0]?.found.includes('implicit'))
  })
