/** The documentation: links lead somewhere, commands exist, pictures are small, and it speaks only of the project. */
import assert from 'node:assert/strict'
import { access, glob, readFile, stat } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { test } from 'node:test'
import { parseSync } from 'oxc-parser'
import { run } from '../src/cli/run.ts'

const root = resolve(import.meta.dirname, '..')
const manifest = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'))
const patterns = [
  '*.md',
  'docs/*.md',
  'docs/apps/*.md',
  'packages/*/*.md',
  'packages/*/vectors/*.md',
]
const files = (await Array.fromAsync(glob(patterns, { cwd: root }))).sort()
const pages = new Map(
  await Promise.all(
    files.map(async (file) => [file, await readFile(join(root, file), 'utf8')] as const),
  ),
)
const readme = pages.get('README.md') ?? ''

/** What a heading is called in a link, as GitHub writes it. */
function anchorOf(heading: string): string {
  const text = heading.replace(/^#+ /, '').toLowerCase()
  return text.replace(/[^\p{L}\p{N} _-]/gu, '').replaceAll(' ', '-')
}

function anchorsOf(text: string): string[] {
  return [...text.matchAll(/^#+ .+$/gm)].map(([heading]) => anchorOf(heading))
}

/** Targets of links and pictures that are files of this repository. */
function linksOf(text: string): string[] {
  const all = [...text.matchAll(/\]\(([^)\s]+)\)|<img src="([^"]+)"/g)]
  return all.map(([, link, image]) => link ?? image ?? '').filter((to) => !/^[a-z]+:/.test(to))
}

for (const [file, text] of pages) {
  test(`every link of ${file} leads to a file and a heading that exist`, async () => {
    for (const link of linksOf(text)) {
      const [path = '', anchor] = link.split('#')
      const target = path === '' ? file : join(dirname(file), path)
      await access(join(root, target))
      if (anchor === undefined) continue
      assert.ok(anchorsOf(pages.get(target) ?? '').includes(anchor), link)
    }
  })

  test(`${file} has no private path, session number or TODO`, () => {
    const foreign = text.match(/\s\/(?:work|home|root|tmp|Users)\/|\bsession \d+|\bTODO\b/)
    assert.equal(foreign, null)
  })

  test(`every npm script that ${file} names exists`, () => {
    for (const [, name = ''] of text.matchAll(/npm run ([\w:]+)/g)) {
      assert.ok(name in manifest.scripts, name)
    }
  })
}

/** What a text calls a file: a name or a path with an ending of ours. */
const filePattern = /(?<![\w./-])(?:\.{1,2}\/)*((?:[\w-]+\/)*[\w.-]+\.(?:ts|js|sh|md|json|yaml))\b/g

function listFilesNamed(text: string): string[] {
  return [...text.matchAll(filePattern)].map(([, path = '']) => path)
}

const inRepository = (
  await Promise.all(
    ['*', '{src,test,packages,scripts,bench,chaos,docs}/**/*.*'].map((pattern) =>
      Array.fromAsync(glob(pattern, { cwd: root })),
    ),
  )
).flat()

/** Some file has this path at its end, as comments leave out the folders that all share. */
const isThere = (path: string): boolean =>
  inRepository.some((file) => file === path || file.endsWith(`/${path}`))

test('every file that a comment of the sources names exists', async () => {
  const lost: string[] = []
  for (const file of inRepository.filter((one) => /^(src|packages)\/.*\.ts$/.test(one))) {
    const { comments } = parseSync(file, await readFile(join(root, file), 'utf8'))
    const named = comments.flatMap(({ value }) => listFilesNamed(value))
    // What a person writes.
    const ours = named.filter((path) => path !== 'einlass.yaml')
    lost.push(...ours.filter((path) => !isThere(path)).map((path) => `${file}: ${path}`))
  }
  assert.deepEqual(lost, [])
})

test('every file that the page on the architecture names exists', () => {
  const named = listFilesNamed(pages.get('docs/architecture.md') ?? '')
  assert.ok(named.length > 30)
  assert.deepEqual(
    named.filter((path) => !isThere(path)),
    [],
  )
})

test('the check reports a file that moved, and not one that exists', () => {
  const text =
    'JSON, see users/known-browsers.ts and identity/limits/known-browsers.ts; `../src/main.ts`.'
  assert.deepEqual(
    listFilesNamed(text).map((path) => [path, isThere(path)]),
    [
      ['users/known-browsers.ts', false],
      ['identity/limits/known-browsers.ts', true],
      ['src/main.ts', true],
    ],
  )
})

test('the README has less than 250 lines', () => {
  assert.ok(readme.split('\n').length < 250)
})

test('the README shows every picture, and pictures are small', async () => {
  const pictures = await Array.fromAsync(glob('docs/images/*', { cwd: root }))
  const shown = new Set(linksOf(readme))
  let sum = 0
  for (const picture of pictures) {
    const { size } = await stat(join(root, picture))
    assert.ok(shown.has(picture), picture)
    assert.ok(size < 60_000, `${picture} has ${size} bytes`)
    sum += size
  }
  assert.ok(sum < 700_000)
})

/** Runs a command without a process and gives what it says. */
async function helpOf(words: readonly string[]): Promise<{ code: number; said: string }> {
  let said = ''
  const to = {
    write(text: string) {
      said += text
      return true
    },
  } as NodeJS.WriteStream
  const { stdin } = process
  const readNothing = () => {
    throw new Error('help reads no file')
  }
  const io = {
    stdin,
    stdout: to,
    stderr: to,
    env: {},
    readFile: readNothing,
    readMode: () => undefined,
  }
  return { code: await run([...words, '--help'], io), said }
}

const groups = [
  'config',
  'user',
  'app',
  'audit',
  'pass',
  'owa',
  'keys',
  'registration-token',
  'scim-token',
]

test('every command in the documentation exists, with the options it is used with', async () => {
  const lines = [...pages.values()].flatMap((text) =>
    [...text.matchAll(/^.*\.\/einlass ([a-z].*)$/gm)].map(([, line = '']) => line),
  )
  assert.ok(lines.length > 10)
  for (const line of lines) {
    const [first = '', second = ''] = line.split(/\s+/)
    const words = groups.includes(first) ? [first, second] : [first]
    const { code, said } = await helpOf(words)
    assert.equal(code, 0, line)
    for (const [option] of line.matchAll(/ --[a-z-]+/g)) {
      assert.ok(said.includes(option.trim()), `${line}: ${option}`)
    }
  }
})

test('the README names every command', async () => {
  const { said } = await helpOf([])
  for (const [, first = '', second = ''] of said.matchAll(/^ {2}([a-z]+) ?([a-z-]*) {2,}/gm)) {
    assert.match(readme, new RegExp(`\\./einlass ${first}\\b[^\\n]*\\b${second}`))
  }
})

test('every table has a header row, so no empty line splits a table', () => {
  for (const [file, text] of pages) {
    const tables = text.replace(/^```[\s\S]*?^```/gm, '').match(/(?:^\|.*\n)+/gm) ?? []
    for (const table of tables) assert.match(table, /^\|.*\n\|[ :|-]+\|\n/, `${file}: ${table}`)
  }
})

test('docs/proxies.md contains the tested example configurations unchanged', async () => {
  const proxies = pages.get('docs/proxies.md') ?? ''
  const examples = await Array.fromAsync(glob('examples/*/*', { cwd: root }))
  assert.ok(examples.length >= 2)
  for (const file of examples) {
    assert.ok(proxies.includes(await readFile(join(root, file), 'utf8')), file)
  }
})
