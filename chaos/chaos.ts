// Causes faults under a load of complete logins, and judges what clients saw: npm run chaos -- --help
// Each plan starts servers, and its own PostgreSQL, in temporary folders, and ends them.

import { parseArgs } from 'node:util'
import { createHash } from './load/people.ts'
import { createChoices } from './load/random.ts'
import { type Plan, plans } from './plans.ts'
import { findPlanted, plantedErrors } from './proof.ts'
import { createTally, describeTrust, type Tally } from './tally.ts'

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
  --proof       Instead of the plans: plants errors, and shows that each is found. Some minutes
  --help`

const { values, positionals } = parseArgs({
  options: {
    times: { type: 'string' },
    kills: { type: 'string' },
    seed: { type: 'string' },
    pause: { type: 'string' },
    speed: { type: 'string' },
    proof: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
  allowPositionals: true,
})

const unknown = positionals.filter((name) => !Object.hasOwn(plans, name))
if (values.help || unknown.length > 0) {
  console.error(unknown.length > 0 ? `unknown: ${unknown.join(', ')}\n\n${help}` : help)
  process.exit(values.help ? 0 : 2)
}

const seed = Number(values.seed ?? Date.now() % 1_000_000)
const hash = createHash()

function countTimes(name: string, plan: Plan): number {
  const kills = name.startsWith('kills') ? values.kills : undefined
  return Number(kills ?? values.times ?? plan.times)
}

/** What runs now, for the last words of a run that is cut short. */
let current: { readonly name: string; readonly tally: Tally } | undefined

// Listeners of 'exit' end the processes that this one has started.
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => {
    if (current !== undefined) {
      const { checks, logins, operations } = current.tally.read()
      console.log(
        `${current.name}: cut short, seed ${seed}; nothing was found so far in ${checks} checks, ${logins} logins and ${operations} operations`,
      )
      console.log(`  ${describeTrust(checks)}`)
    }
    process.exit(130)
  })

const showMinutes = (begin: number) => ((performance.now() - begin) / 60_000).toFixed(1)

const describeError = (error: unknown) =>
  error instanceof Error ? (error.stack ?? error.message) : error

async function runPlan(name: string, plan: Plan): Promise<boolean> {
  const times = countTimes(name, plan)
  const { trials = 'faults' } = plan
  console.error(`${name}: ${times} ${trials}, seed ${seed}`)
  const begin = performance.now()
  const tally = createTally()
  current = { name, tally }
  try {
    const figures = await plan.run({
      ...{ times, hash, choices: createChoices(seed), say: console.error, tally },
      ...(values.pause !== undefined && { pause: Number(values.pause) * 1000 }),
      ...(values.speed !== undefined && { speed: Number(values.speed) }),
    })
    console.log(`${name}: held, ${times} ${trials} in ${showMinutes(begin)} min, seed ${seed}`)
    if (trials === 'faults') console.log(`  ${describeTrust(times)}`)
    for (const [what, value] of figures) console.log(`  ${value} ${what}`)
    return true
  } catch (error) {
    // If one plan fails, the others still run.
    console.log(`${name}: DID NOT HOLD, seed ${seed}`)
    console.log(describeError(error))
    return false
  }
}

/** Faults in which a planted error has to be found. */
const mostForProof = 60

async function prove(): Promise<boolean> {
  let isWhole = true
  for (const planted of plantedErrors) {
    const begin = performance.now()
    const times = Number(values.times ?? mostForProof)
    const order = { times, hash, choices: createChoices(seed), say: console.error }
    try {
      const fault = await findPlanted(planted, order)
      const found = fault === undefined ? `NOT FOUND in ${times} faults` : `found at fault ${fault}`
      console.log(`${planted.about}: ${found}, in ${showMinutes(begin)} min, seed ${seed}`)
      isWhole &&= fault !== undefined
    } catch (error) {
      isWhole = false
      console.log(`${planted.about}: could not be tried\n${describeError(error)}`)
    }
  }
  return isWhole
}

async function runPlans(): Promise<boolean> {
  let isWhole = true
  for (const name of positionals.length > 0 ? positionals : Object.keys(plans)) {
    const plan = plans[name]
    if (plan !== undefined && !(await runPlan(name, plan))) isWhole = false
  }
  return isWhole
}

process.exit((await (values.proof ? prove() : runPlans())) ? 0 : 1)
