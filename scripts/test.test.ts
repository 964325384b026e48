import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { needRelyingParties } from './testing/relying-parties.ts'
import { runCheck, runTests } from './testing/steps.ts'

const runFixture = async (
  t: TestContext,
  isolation: 'none' | 'process',
  files: Record<string, string>,
  timeout?: number,
) => {
  const folder = await mkdtemp(join(tmpdir(), 'einlass-runner-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  const paths: string[] = []
  for (const [name, text] of Object.entries(files)) {
    const path = join(folder, name)
    await writeFile(path, `import { describe, test } from 'node:test'\n${text}`)
    paths.push(path)
  }
  return runTests({ files: paths, isolation, folder, ...(timeout !== undefined && { timeout }) })
}

for (const isolation of ['none', 'process'] as const) {
  test(`passing tests are counted (isolation ${isolation})`, async (t) => {
    const results = await runFixture(t, isolation, {
      'a.test.mjs': `test('one', () => {}); describe('group', () => { test('two', () => {}) })`,
      'b.test.mjs': `test('three', () => {})`,
    })
    assert.deepEqual(results.failures, [])
    assert.equal(results.passed, 3)
    assert.deepEqual([...(results.times?.keys() ?? [])].sort(), ['a.test.mjs', 'b.test.mjs'])
  })

  test(`a failing test is named with its error (isolation ${isolation})`, async (t) => {
    const results = await runFixture(t, isolation, {
      'a.test.mjs': `test('good', () => {}); test('bad one', () => { throw new Error('on purpose') })`,
    })
    assert.equal(results.passed, 1)
    assert.equal(results.failures.length, 1)
    assert.equal(results.failures[0]?.name, 'bad one')
    assert.match(results.failures[0]?.where ?? '', /^a\.test\.mjs:2$/)
    assert.match(results.failures[0]?.text ?? '', /on purpose/)
  })

  test(`skipped and todo tests fail the run (isolation ${isolation})`, async (t) => {
    const results = await runFixture(t, isolation, {
      'a.test.mjs': `test('left out', { skip: true }, () => {}); test('later', { todo: 'x' }, () => {})`,
    })
    assert.equal(results.passed, 0)
    assert.deepEqual(
      results.failures.map((failure) => [failure.name, failure.text]),
      [
        ['left out', 'is skipped: every test has to run'],
        ['later', 'is todo: every test has to run'],
      ],
    )
  })

  test(`a file that breaks at import fails the run (isolation ${isolation})`, async (t) => {
    const results = await runFixture(t, isolation, {
      'a.test.mjs': `test('good', () => {})`,
      'b.test.mjs': `import './is-not-there.mjs'; test('never', () => {})`,
    })
    assert.ok(results.failures.length > 0)
    assert.match(results.failures.map((failure) => failure.text).join(), /is-not-there/)
  })

  test(`a run without any test fails (isolation ${isolation})`, async (t) => {
    const results = await runFixture(t, isolation, { 'a.test.mjs': 'export const nothing = 1' })
    assert.equal(results.passed, 0)
    assert.equal(results.failures.length, 1)
  })

  test(`a broken describe and a cancelled test fail the run (isolation ${isolation})`, async (t) => {
    const results = await runFixture(t, isolation, {
      'a.test.mjs': `describe('broken group', () => { throw new Error('group') })
        test('too slow', { timeout: 20 }, () => new Promise((done) => setTimeout(done, 300)))`,
    })
    assert.equal(results.passed, 0)
    const names = results.failures.map((failure) => failure.name)
    assert.deepEqual(names, ['broken group', 'too slow'])
  })

  test(`an error that no test waits for fails the run and is shown (isolation ${isolation})`, async (t) => {
    const late = (text: string) => `setTimeout(() => { ${text} }, 5)`
    const results = await runFixture(t, isolation, {
      'a.test.mjs': `test('ends before it', () => { ${late("throw new Error('thrown late')")} })
        test('waits', async () => {
          ${late("Promise.reject(new Error('rejected late'))")}
          await new Promise((done) => setTimeout(done, 30))
        })`,
    })
    assert.ok(results.failures.length > 0)
    const text = results.failures.map((failure) => failure.text).join('\n')
    assert.match(text, /thrown late/)
    assert.match(text, /rejected late/)
  })

  test(`a test that exits the process fails the run (isolation ${isolation})`, async (t) => {
    const results = await runFixture(t, isolation, {
      'a.test.mjs': `test('leaves', () => process.exit(0))`,
    })
    assert.ok(results.failures.length > 0)
  })
}

test('the output of a failing file is shown', async (t) => {
  const results = await runFixture(t, 'process', {
    'a.test.mjs': `test('bad', () => { console.log('a word before'); throw new Error('on purpose') })`,
  })
  assert.match(results.failures[0]?.text ?? '', /a word before/)
})

test('a run that does not end is aborted and fails', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'einlass-runner-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  const file = join(folder, 'a.test.mjs')
  await writeFile(
    file,
    `import { test } from 'node:test'\nsetInterval(() => {}, 1000)\ntest('x', () => {})`,
  )
  const results = await runTests({ files: [file], isolation: 'none', folder, limit: 1_500 })
  assert.match(results.failures.at(-1)?.text ?? '', /did not end/)
})

test('a check is reported as one test and fails by its exit code', async () => {
  const good = await runCheck('good', process.execPath, ['-e', '0'], '/')
  assert.deepEqual(good, { passed: 1, failures: [] })
  const bad = await runCheck(
    'bad',
    process.execPath,
    ['-e', 'console.log(7); process.exit(2)'],
    '/',
  )
  assert.equal(bad.passed, 0)
  assert.equal(bad.failures[0]?.text.trim(), '7')
  const absent = await runCheck('absent', 'no-such-command-here', [], '/')
  assert.equal(absent.failures.length, 1)
})

test('third-party relying parties are installed only for the scenarios that need them', () => {
  assert.ok(needRelyingParties(['/x/test/mail.test.ts', '/x/test/relying-party-auth-js.test.ts']))
  assert.ok(!needRelyingParties(['/x/test/mail.test.ts', '/x/test/support/relying-party.ts']))
})

test('a failing property reports its seed, even if shrinking takes too long', async (t) => {
  const file = `
    import fc from ${JSON.stringify(import.meta.resolve('fast-check'))}
    const slow = () => new Promise((done) => setTimeout(done, 20, false))
    test('never', () => fc.assert(fc.asyncProperty(fc.array(fc.string(), { minLength: 500 }), slow)))`
  const { failures } = await runFixture(t, 'none', { 'a.test.mjs': file }, 5_000)
  assert.match(failures[0]?.text ?? '', /seed: -?\d+/)
})
