import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { test } from 'node:test'
import { chapters } from './chapters.ts'
import { levels } from './levels.ts'
import { splitTest, writeAsvsPage } from './page.ts'
import { listTitles } from './titles.ts'

const root = resolve(import.meta.dirname, '../..')
const read = (path: string) => readFile(resolve(root, path), 'utf8')
const requirements = chapters.flatMap((chapter) => chapter.requirements)

test('each requirement of level 1 and 2 is answered once, in the order of the standard', () => {
  const asked = [...levels].filter(([, level]) => level < 3).map(([id]) => id)
  assert.equal(asked.length, 253)
  assert.deepEqual(
    requirements.map(({ id }) => id),
    asked,
  )
})

test('each test that is named is in its file', async () => {
  const lost: string[] = []
  for (const [file, named] of Map.groupBy(
    requirements.flatMap(({ tests }) => tests),
    (one) => splitTest(one).file,
  )) {
    const titles = listTitles(file, await read(file))
    lost.push(...named.filter((one) => !titles.has(splitTest(one).title)))
  }
  assert.deepEqual(lost, [])
})

test('a requirement names each test once, and one for the operator says where to read on', () => {
  for (const { id, outcome, note = '', tests } of requirements) {
    assert.equal(new Set(tests).size, tests.length, id)
    if (outcome === 'tested') assert.ok(tests.length > 0, id)
    if (outcome === 'operator') assert.match(note, /\]\([\w./-]+\.md/, id)
  }
})

test('a requirement is described in at most ten words', () => {
  for (const { id, about } of requirements) assert.ok(about.split(' ').length <= 10, id)
})

test('the page on ASVS is the one that npm run docs writes', async () => {
  assert.equal(await read('docs/asvs.md'), writeAsvsPage())
})

test('titles are found where tests get them, and other texts are none', () => {
  const source = [
    `test('plain', () => run('other'))`,
    'test(`a $' + '{what} ($' + '{engine.name})`, () => {})',
    `test(say('by a call'), async () => {})`,
    `const table = [['first', 'second'], { name: 'named', about: 'about' }]`,
    `const cases = { 'as a key': 1, async 'as a method'() {} }`,
  ]
  assert.deepEqual([...listTitles('a.test.ts', source.join('\n'))].toSorted(), [
    'a …',
    'as a key',
    'as a method',
    'by a call',
    'first',
    'named',
    'plain',
  ])
})
