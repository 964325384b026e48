// Causes faults under a load of complete logins, and judges what clients saw: npm run chaos -- --help
// Each plan starts servers, and its own PostgreSQL, in temporary folders, and ends them.

import { parseArgs } from 'node:util'
import { createHash } from './load/people.ts'
import { createChoices } from './load/random.ts'
import { type Plan, plans } from './plans.ts'

const help = `npm run chaos -- [PLAN ...] [options]

Plans:
${Object.entries(plans)
  .map(([name, { about }]) => `  ${name.padEnd(22)} ${about}`)
  .join('\n')}

Options:
  --times N     How many faults of each plan. Default: ${Object.entries(plans)
    .map(([name, { times }]) => `${name} ${times}`)
    .join(', ')}
  --kills N     The same for the plans of kills alone
  --seed N      Of the choices. Default: the time
  --pause N     In the soak: seconds between two logins of a person. Default: 0
  --speed N     In the soak: how many times as fast as the real clock that of servers and people runs. Default: 1
  --help`

const { values, positionals } = parseArgs({
  options: {
    times: { type: 'string' },
    kills: { type: 'string' },
    seed: { type: 'string' },
    pause: { type: 'string' },
    speed: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
  allowPositionals: true,
})

const unknown = positionals.filter((name) => !Object.hasOwn(plans, name))
if (values.help || unknown.length > 0) {
  console.error(unknown.length > 0 ? `unknown: ${unknown.join(', ')}\n\n${help}` : help)
  process.exit(values.help ? 0 : 2)
}

// If a run is interrupted, listeners of 'exit' end the processes that it started.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(130))

const seed = Number(values.seed ?? Date.now() % 1_000_000)
const hash = createHash()

function countTimes(name: string, plan: Plan): number {
  const kills = name.startsWith('kills') ? values.kills : undefined
  return Number(kills ?? values.times ?? plan.times)
}

let isBroken = false
for (const name of positionals.length > 0 ? positionals : Object.keys(plans)) {
  const plan = plans[name]
  if (plan === undefined) continue
  const times = countTimes(name, plan)
  console.error(`${name}: ${times} times, seed ${seed}`)
  const begin = performance.now()
  try {
    const figures = await plan.run({
      times,
      hash,
      choices: createChoices(seed),
      say: console.error,
      ...(values.pause !== undefined && { pause: Number(values.pause) * 1000 }),
      ...(values.speed !== undefined && { speed: Number(values.speed) }),
    })
    const minutes = ((performance.now() - begin) / 60_000).toFixed(1)
    console.log(`${name}: held, ${times} times in ${minutes} min, seed ${seed}`)
    for (const [what, value] of figures) console.log(`  ${value} ${what}`)
  } catch (error) {
    // If one plan fails, the others still run.
    isBroken = true
    console.log(`${name}: DID NOT HOLD, seed ${seed}`)
    console.log(error instanceof Error ? (error.stack ?? error.message) : error)
  }
}
process.exit(isBroken ? 1 : 0)
