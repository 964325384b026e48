import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { test } from 'node:test'
import { promisify } from 'node:util'

const execute = promisify(execFile)
const preload = `--import=${new URL('./fast-clock.js', import.meta.url).href}`

const script = `
import { setTimeout as pause } from 'node:timers/promises'
const { hrtime } = process
const read = () => ({ real: Number(hrtime.bigint() / 1000n) / 1000, date: Date.now(), time: performance.now() })
const before = read()
await pause(20_000)
await new Promise((done) => setTimeout(done, 20_000))
let turns = 0
await new Promise((done) => {
  const timer = setInterval(() => {
    turns += 1
    if (turns < 2) return
    clearInterval(timer)
    done()
  }, 20_000)
})
const after = read()
const differences = Object.fromEntries(Object.entries(after).map(([what, value]) => [what, value - before[what]]))
console.log(JSON.stringify({ ...differences, beganAt: before.date, endedAt: new Date().getTime() }))
`

async function run(beganAt: number): Promise<Record<string, number>> {
  const { stdout } = await execute(
    process.execPath,
    [preload, '--input-type=module', '--eval', script],
    {
      env: {
        ...process.env,
        ...{ EINLASS_CHAOS_SPEED: '200', EINLASS_CHAOS_BEGAN: String(beganAt) },
      },
    },
  )
  return JSON.parse(stdout)
}

test('dates, measured times and timers of a hastened process all run at its speed', async () => {
  const { real = 0, date = 0, time = 0 } = await run(Date.now())
  // Timers end up to a millisecond of the real clock too early.
  assert.ok(date > 79_000 && time > 79_000, `${date} ${time}`)
  assert.ok(Math.abs(time / real - 200) < 2, `${time} in ${real}`)
  assert.ok(Math.abs(date - time) < 100, `${date} and ${time}`)
})

test('hastened processes have the same date, also when one starts later', async () => {
  const beganAt = Date.now()
  const first = await run(beganAt)
  const second = await run(beganAt)
  assert.ok((second.beganAt ?? 0) > (first.endedAt ?? Number.POSITIVE_INFINITY))
})
