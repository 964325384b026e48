// Runs everything that has to hold before a change goes in: types, lint, unit tests, and the scenarios against the whole
// product with a private PostgreSQL and a browser. Its last line is "N passed, N failed".
// --unit: types, lint and unit tests on SQLite alone. Paths: only the test files below them, without types and lint.

import { glob } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import {
  type ActiveDirectory,
  needActiveDirectory,
  startActiveDirectory,
} from './testing/active-directory.ts'
import { makeMemoryFolder } from './testing/memory-folder.ts'
import { type PrivatePostgres, startPostgres } from './testing/postgres.ts'
import { installRelyingParties, needRelyingParties } from './testing/relying-parties.ts'
import { describeSlowest, mergeResults, type Results } from './testing/results.ts'
import { execute, runCheck, runTests } from './testing/steps.ts'

const folder = resolve(import.meta.dirname, '..')
const unitPatterns = ['src', 'packages', 'scripts', 'bench', 'chaos'].map(
  (name) => `${name}/**/*.test.ts`,
)
const scenarioPatterns = ['test/**/*.test.ts']

const say = (text: string) => process.stdout.write(`${text}\n`)

const findFiles = async (patterns: string[], paths: string[]): Promise<string[]> => {
  const files = await Array.fromAsync(glob(patterns, { cwd: folder }))
  const wanted = paths.map((path) => resolve(path))
  return files
    .map((file) => resolve(folder, file))
    .filter(
      (file) => wanted.length === 0 || wanted.some((path) => `${file}/`.startsWith(`${path}/`)),
    )
    .sort()
}

const total: Results = { passed: 0, failures: [] }

const step = async (name: string, work: () => Promise<Results>): Promise<boolean> => {
  const begin = performance.now()
  const results: Results = await work().catch((error: unknown) => ({
    passed: 0,
    failures: [{ name, where: 'scripts/test.ts', text: String(error) }],
  }))
  const seconds = ((performance.now() - begin) / 1000).toFixed(1)
  say(`${name}: ${results.passed} passed, ${results.failures.length} failed (${seconds} s)`)
  for (const note of results.notes ?? []) say(`  ${note}`)
  if (results.times?.size) say(`  slowest: ${describeSlowest(results.times)}`)
  for (const failure of results.failures) {
    say(`\nFAILED ${failure.name}\n  ${failure.where}\n${failure.text.replace(/^/gm, '  ')}\n`)
  }
  total.passed += results.passed
  total.failures.push(...results.failures)
  return results.failures.length === 0
}

const runStatic = async () => {
  await step('types', () => runCheck('tsc', 'tsc', ['--noEmit'], folder))
  await step('lint', () => runCheck('biome', 'biome', ['ci', '--colors=off', '.'], folder))
}

const installParts = async (): Promise<boolean> => {
  const { code, output } = await execute('bash', ['scripts/install-test-parts.sh'], {
    folder,
    timeout: 900_000,
  })
  if (code === 0) return true
  return step('system parts', async () => ({
    passed: 0,
    failures: [{ name: 'system parts', where: 'scripts/install-test-parts.sh', text: output }],
  }))
}

// Distributes the files over one process per core; within a process the files run one after another.
const runShared = async (files: string[], env: NodeJS.ProcessEnv): Promise<Results> => {
  const count = Math.max(1, Math.min(4, availableParallelism(), files.length))
  const shares = Array.from({ length: count }, (_, share) =>
    files.filter((_file, index) => index % count === share),
  )
  const results = await Promise.all(
    shares.map((share) =>
      runTests({ files: share, isolation: 'none', folder, env, limit: 1_800_000 }),
    ),
  )
  return mergeResults(results)
}

const runUnit = async (paths: string[], env: NodeJS.ProcessEnv) => {
  const files = await findFiles(unitPatterns, paths)
  if (files.length === 0 && paths.length > 0) return 0
  const memory = makeMemoryFolder(2 ** 30)
  const at = memory && { TMPDIR: memory.path }
  await step('unit tests', () => runShared(files, { ...env, ...at })).finally(memory?.remove)
  return files.length
}

/** The longest file begins first, so that no core is idle at the end. */
const longest = resolve(folder, 'test/pages.test.ts')

/** These files wait nearly all the time, for mails or for timeouts, and use no core. */
const waiting = [
  ...['active-directory-reset', 'conformance-dynamic', 'conformance', 'forgot-password'],
  ...['leaving', 'openldap-reset'],
].map((name) => resolve(folder, `test/${name}.test.ts`))

/** Ten minutes of a few logins a second. */
const soak = resolve(folder, 'test/soak.test.ts')

const runFiles = async (files: string[], env: NodeJS.ProcessEnv): Promise<Results> => {
  const aside = [...waiting, soak]
  const parts = [
    { files: files.filter((file) => !aside.includes(file)), concurrency: 2 },
    { files: files.filter((file) => waiting.includes(file)), concurrency: 1 },
    { files: files.filter((file) => file === soak), concurrency: 1 },
  ].filter((part) => part.files.length > 0)
  const limits = { timeout: 480_000, limit: 3_900_000 }
  return mergeResults(
    await Promise.all(
      parts.map((part) => runTests({ ...part, ...limits, isolation: 'process', folder, env })),
    ),
  )
}

const runScenarios = async (paths: string[], env: NodeJS.ProcessEnv) => {
  const found = await findFiles(scenarioPatterns, paths)
  const files = found.sort((a, b) => Number(b === longest) - Number(a === longest))
  if (files.length === 0 && paths.length > 0) return 0
  if (needRelyingParties(files)) await step('relying parties', () => installRelyingParties(folder))
  let directory: ActiveDirectory | undefined
  if (needActiveDirectory(files)) {
    await step('Active Directory', async () => {
      directory = await startActiveDirectory()
      return { passed: 0, failures: [] }
    })
  }
  const about = directory && { EINLASS_TEST_ACTIVE_DIRECTORY: JSON.stringify(directory.about) }
  await step('scenarios', () => runFiles(files, { ...env, ...about })).finally(() =>
    directory?.close(),
  )
  return files.length
}

const runAll = async (paths: string[]) => {
  if (!(await installParts())) return
  if (paths.length === 0) await runStatic()
  let postgres: PrivatePostgres | undefined
  await step('PostgreSQL', async () => {
    postgres = await startPostgres()
    return { passed: 0, failures: [] }
  })
  try {
    const env = postgres ? { EINLASS_TEST_POSTGRES: postgres.url } : {}
    const found = (await runUnit(paths, env)) + (await runScenarios(paths, env))
    if (found === 0) throw new Error(`no test file below ${paths.join(', ')}`)
  } finally {
    await postgres?.close()
  }
}

const { values, positionals } = parseArgs({
  options: { unit: { type: 'boolean', default: false } },
  allowPositionals: true,
})

// If the run is interrupted, the 'exit' listener of the private PostgreSQL ends it.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(130))

try {
  if (values.unit) {
    if (positionals.length === 0) await runStatic()
    await runUnit(positionals, { EINLASS_TEST_POSTGRES: undefined })
  } else {
    await runAll(positionals)
  }
} catch (error) {
  await step('test run', () => Promise.reject(error))
}
const ok = total.failures.length === 0 && total.passed > 0
say(`${total.passed} passed, ${total.failures.length} failed`)
process.exitCode = ok ? 0 : 1
