// Measures the product against the floor and prints a table. Both values of a ratio come from one run: fresh processes, both
// sides in turn, the servers on one core and the load on another. Work is counted per second of the server's CPU.

import { execFileSync } from 'node:child_process'
import { rename, writeFile } from 'node:fs/promises'
import { cpus } from 'node:os'
import { resolve } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import type { Bench, Figure } from './figure.ts'
import { floor } from './floor/target.ts'
import { measureForwardAuth } from './measure/forward-auth.ts'
import { measureBareLogins, measureHashedLogins, measurePacedLogins } from './measure/logins.ts'
import { measureLoopDelay } from './measure/loop-delay.ts'
import { measureOidc } from './measure/oidc.ts'
import { measurePage } from './measure/page.ts'
import { measureSaml } from './measure/saml.ts'
import { measureScim } from './measure/scim.ts'
import { measureSenders } from './measure/senders.ts'
import { measureStart } from './measure/start.ts'
import { measureTiming } from './measure/timing.ts'
import { measureUsers } from './measure/users.ts'
import { measureWaitPage } from './measure/wait-page.ts'
import { measureWaiters } from './measure/waiters.ts'
import { loadCore, type Target } from './process.ts'
import { product } from './product/target.ts'
import { createRun, type Measure } from './run.ts'
import { hasUsers } from './users/fixture.ts'

const measures: Record<string, (bench: Bench) => ReturnType<Measure>> = {
  'hashed-logins': measureHashedLogins,
  'bare-logins': measureBareLogins,
  'paced-logins': measurePacedLogins,
  waiters: measureWaiters,
  'loop-delay': measureLoopDelay,
  start: measureStart,
  page: measurePage,
  'wait-page': measureWaitPage,
  senders: measureSenders,
  oidc: measureOidc,
  'forward-auth': measureForwardAuth,
  saml: measureSaml,
  scim: measureScim,
  timing: measureTiming,
  users: measureUsers,
}

const help = `npm run bench -- [options]

  --quick           One short round of each figure
  --rounds N        How many rounds. Default: 3; five of five seconds show a difference of few percent
  --seconds N       Seconds of load in a round. Default: 3
  --only NAME       One figure; more with a further --only: ${Object.keys(measures).join(', ')}
  --against FOLDER  Another checkout in place of the floor: before and after a change, in one run
  --self            The floor against itself, to judge the method
  --json FILE       Also writes the figures as JSON, each one as soon as it is measured
  --help

A run that is interrupted prints what it has measured so far, and what not. The databases of \`users\` are made when they are
measured with --only for the first time; without them, a run of all figures leaves them out.`

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    rounds: { type: 'string', default: '3' },
    seconds: { type: 'string', default: '3' },
    self: { type: 'boolean', default: false },
    only: { type: 'string', multiple: true },
    json: { type: 'string' },
    against: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
})
if (values.help) {
  console.error(help)
  process.exit(0)
}

const names = values.only ?? Object.keys(measures)
const unknown = names.filter((name) => !measures[name])
if (unknown.length > 0) {
  console.error(`unknown: ${unknown.join(', ')}; there are ${Object.keys(measures).join(', ')}`)
  process.exit(2)
}

const [rounds = 0, seconds = 0] = [values.rounds, values.seconds].map(Number)
if (!Number.isInteger(rounds) || rounds < 1 || !(seconds >= 1)) {
  console.error('--rounds: a whole number of at least 1; --seconds: at least 1')
  process.exit(2)
}

// All threads of this process, so that the load never takes time from the server's core.
execFileSync('taskset', ['-apc', loadCore, String(process.pid)], { stdio: 'ignore' })

const findReference = async (): Promise<Target> => {
  if (values.against === undefined) return floor
  const other: { product: Target } = await import(
    resolve(values.against, 'bench/product/target.ts')
  )
  return other.product
}

const bench: Bench = {
  product: values.self ? floor : product,
  floor: await findReference(),
  reference: values.against === undefined ? 'floor' : 'other checkout',
  ...(values.quick
    ? { rounds: 1, seconds: 2, waiters: 1_000 }
    : { rounds, seconds, waiters: 10_000 }),
  say: (text) => console.error(text),
}

// An idle process on a quiet machine is woken within about 1.2 ms; more means that others use the cores.
const watchMachine = async () => {
  const delay = monitorEventLoopDelay({ resolution: 1 })
  delay.enable()
  await sleep(1_000)
  delay.disable()
  const p99 = delay.percentile(99) / 1e6
  if (p99 > 2) {
    bench.say(
      `the machine is busy (${p99.toFixed(1)} ms late while idle): trust ratios, not milliseconds`,
    )
  }
}

const describeMachine = () => {
  const processors = cpus()
  return `on ${processors.length} cores of ${processors[0]?.model}, Node ${process.version}`
}

/** Beside the file at first, so that the file is whole at any moment. */
const keep = async (figures: readonly Figure[]): Promise<void> => {
  if (values.json === undefined) return
  await writeFile(`${values.json}.part`, `${JSON.stringify(figures, null, 2)}\n`)
  await rename(`${values.json}.part`, values.json)
}

const hasAll = values.only !== undefined || (await hasUsers())
const chosen = names.filter((name) => hasAll || name !== 'users')
const run = createRun({
  measures: chosen.map((name) => [name, () => measures[name]?.(bench) ?? Promise.resolve([])]),
  keep,
  print: console.log,
  say: bench.say,
  now: () => performance.now(),
})

// The first signal is enough: listeners of 'exit' end the servers.
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => void run.cutShort().finally(() => process.exit(130)))

await watchMachine()
console.log(`${describeMachine()}\n`)
const isWhole = await run.measureAll()
if (!hasAll)
  bench.say('users was left out: its databases are made once, by npm run bench -- --only users')
process.exit(isWhole ? 0 : 1)
