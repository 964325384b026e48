import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'

const run = promisify(execFile)
const plain: { findBundles(): ReadonlyMap<string, string>; specifiers: readonly string[] } =
  await import(join(import.meta.dirname, 'libraries.js'))
const { specifiers } = plain
const bundles = plain.findBundles()

test('the installation has bundled the largest libraries', () => {
  assert.deepEqual([...bundles.keys()], specifiers)
})

for (const name of specifiers) {
  test(`the bundle of ${name} has the same exports as the package`, async () => {
    const [bundle, library] = await Promise.all([import(bundles.get(name) ?? ''), import(name)])
    assert.ok(Object.keys(library).length > 0)
    assert.deepEqual(Object.keys(bundle).sort(), Object.keys(library).sort())
  })
}

test('the program loads no separate file of a bundled library at its start', async () => {
  const { stdout } = await run(process.execPath, [
    ...['--input-type=module', '--eval'],
    `import { registerHooks } from 'node:module'
     registerHooks({ load(url, context, next) { console.log(url); return next(url, context) } })
     process.argv.push('einlass', '--version')
     await import(${JSON.stringify(join(import.meta.dirname, 'cli.js'))})`,
  ])
  assert.match(stdout, /einlass-libraries\/zod\.mjs/)
  assert.doesNotMatch(stdout, /node_modules\/(kysely|zod)\//)
})

test('bundles are not used if a version or the list differs, or if a file is missing', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'einlass-libraries-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  const packages = join(folder, 'node_modules')
  const made = join(packages, '.cache', 'einlass-libraries')
  await mkdir(made, { recursive: true })
  await mkdir(join(folder, 'src', 'cli'), { recursive: true })
  await cp(join(import.meta.dirname, 'libraries.js'), join(folder, 'src', 'cli', 'libraries.mjs'))
  for (const name of ['kysely', 'zod']) {
    await mkdir(join(packages, name))
    await writeFile(
      join(packages, name, 'package.json'),
      JSON.stringify({ name, version: '2.0.0' }),
    )
  }
  const find = async () => {
    const { stdout } = await run(process.execPath, [
      ...['--input-type=module', '--eval'],
      `import { findBundles } from ${JSON.stringify(join(folder, 'src', 'cli', 'libraries.mjs'))}
       console.log(findBundles().size)`,
    ])
    return Number(stdout)
  }
  assert.equal(await find(), 0)
  const write = (...lines: string[]) => writeFile(join(made, 'contents'), `${lines.join('\n')}\n`)
  await mkdir(join(made, 'kysely'))
  for (const name of specifiers) await writeFile(join(made, `${name}.mjs`), '')
  await write('kysely 1.0.0', 'zod 2.0.0', ...specifiers)
  assert.equal(await find(), 0)
  await write('kysely 2.0.0', 'zod 2.0.0', 'kysely')
  assert.equal(await find(), 0)
  await write('kysely 2.0.0', 'zod 2.0.0', ...specifiers)
  assert.equal(await find(), specifiers.length)
  await rm(join(made, 'zod.mjs'))
  assert.equal(await find(), 0)
})
