// Measures the product against the floor and prints a table. Both values of a ratio come from one run: fresh processes, both
// sides in turn, the servers on one core and the load on another. Work is counted per second of the server's CPU.

import { execFileSync } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { cpus } from 'node:os'
import { resolve } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import type { Bench, Figure } from './figure.ts'
import { formatTable } from './figure.ts'
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

const measures: Record<string, (bench: Bench) => Promise<Figure[]>> = {
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
  users: measureUsers,
  scim: measureScim,
  timing: measureTiming,
}

const help = `npm run bench -- [options]

  --quick           One short round of each figure
  --only NAME       One figure; more with a further --only: ${Object.keys(measures).join(', ')}
  --against FOLDER  Another checkout in place of the floor: before and after a change, in one run
  --self            The floor against itself, to judge the method
  --json FILE       Also writes the figures as JSON
  --help`

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
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
    : { rounds: 5, seconds: 5, waiters: 10_000 }),
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

await watchMachine()
const figures: Figure[] = []
let broken = false
for (const name of names) {
  bench.say(`measuring ${name}`)
  try {
    figures.push(...((await measures[name]?.(bench)) ?? []))
  } catch (error) {
    // If one figure cannot be measured, the others still are.
    broken = true
    bench.say(`${name} could not be measured: ${error instanceof Error ? error.stack : error}`)
  }
}
console.log(`${describeMachine()}\n`)
console.log(formatTable(figures))
if (values.json) await writeFile(values.json, `${JSON.stringify(figures, null, 2)}\n`)
process.exit(broken ? 1 : 0)
