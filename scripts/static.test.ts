import assert from 'node:assert/strict'
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { type TestContext, test } from 'node:test'
import { execute } from './testing/steps.ts'

const root = resolve(import.meta.dirname, '..')
const passing = `import { test } from 'node:test'\n\ntest('one', () => {})\n`

const copied = [
  ...['scripts/test.ts', 'scripts/testing', 'tsconfig.json', 'biome.json'],
  // Used by scripts/testing as well.
  ...['test/support/certificate.ts', 'test/support/directory-client.ts'],
]

const isNoTest = (path: string) => !path.endsWith('.test.ts')

/** Runs `scripts/test.ts --unit` on a repository of one source file and one test that passes. */
async function runOn(t: TestContext, source: string) {
  const folder = await mkdtemp(join(tmpdir(), 'einlass-static-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  await mkdir(join(folder, 'src'))
  for (const path of copied) {
    await cp(join(root, path), join(folder, path), { recursive: true, filter: isNoTest })
  }
  await writeFile(join(folder, 'package.json'), '{\n  "type": "module"\n}\n')
  await symlink(join(root, 'node_modules'), join(folder, 'node_modules'))
  await writeFile(join(folder, 'src/one.test.ts'), passing)
  await writeFile(join(folder, 'src/source.ts'), source)
  const env: NodeJS.ProcessEnv = {
    ...process.env,
    PATH: `${join(root, 'node_modules/.bin')}:${process.env.PATH}`,
  }
  delete env.NODE_TEST_CONTEXT
  const args = ['scripts/test.ts', '--unit']
  const { code, output } = await execute(process.execPath, args, { folder, timeout: 60_000, env })
  return { code, output, verdict: output.trim().split('\n').at(-1) }
}

test('the run passes if types, lint and tests pass, and reports each of them', async (t) => {
  const { code, verdict, output } = await runOn(t, `export const one = 'one'\n`)
  assert.equal(verdict, '3 passed, 0 failed', output)
  assert.equal(code, 0)
})

const broken: [string, string, RegExp][] = [
  ['a wrong type', `export const one: number = 'one'\n`, /FAILED tsc.*TS2322/s],
  [
    'an example of what must not compile, and does',
    'type Refuses<T> = T extends string ? false : true\n' +
      'type Expect<Actual extends boolean, Wanted extends Actual> = Wanted\n' +
      `export type Held = Expect<Refuses<'one'>, true>\n`,
    /FAILED tsc.*TS2344/s,
  ],
  ['what the linter refuses', 'export const one: any = 1\n', /FAILED biome.*noExplicitAny/s],
  ['another format', 'export const one = "one";\n', /FAILED biome.*format/s],
]

for (const [name, source, reason] of broken) {
  test(`${name} makes the run fail even if every test passes`, async (t) => {
    const { code, verdict, output } = await runOn(t, source)
    assert.equal(verdict, '2 passed, 1 failed', output)
    assert.match(output, reason)
    assert.equal(code, 1)
  })
}
