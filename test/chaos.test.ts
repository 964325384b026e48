/**
 * A small part of `npm run chaos`: faults under a load of complete logins, after each of which what was acknowledged is there and
 * nothing was spent twice. docs/reliability.md has the figures of long runs.
 */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'
import { createHash } from '../chaos/load/people.ts'
import { createChoices } from '../chaos/load/random.ts'
import { plans } from '../chaos/plans.ts'
import { findPlanted, plantedErrors } from '../chaos/proof.ts'

const hash = createHash()

for (const { name, times } of [
  { name: 'kills-sqlite', times: 6 },
  { name: 'kills-postgres', times: 4 },
  { name: 'power-sqlite', times: 6 },
  { name: 'power-postgres', times: 2 },
  { name: 'full-disk', times: 1 },
  { name: 'frozen-server', times: 1 },
  { name: 'cut-off', times: 2 },
]) {
  test(`nothing acknowledged is lost and nothing is spent twice: ${plans[name]?.about}`, async (t) => {
    const order = { times, hash, choices: createChoices(1), say() {} }
    const figures = await plans[name]?.run(order)
    t.diagnostic(`note: ${name}: ${JSON.stringify(Object.fromEntries(figures ?? []))}`)
    assert.ok((figures?.get('logins') ?? 0) >= times)
  })
}

for (const planted of plantedErrors) {
  test(`the check finds what is planted: ${planted.about}`, async (t) => {
    const order = { times: 60, hash, choices: createChoices(1), say() {} }
    const fault = await findPlanted(planted, order)
    t.diagnostic(`note: found at fault ${fault}`)
    assert.notEqual(fault, undefined)
  })
}

test('a run that is cut short says what it has judged so far, and how little that is', async () => {
  const program = new URL('../chaos/chaos.ts', import.meta.url).pathname
  const child = spawn(process.execPath, [program, 'kills-sqlite', '--kills', '500'])
  const ended = once(child, 'exit')
  const output = text(child.stdout)
  await once(child.stderr, 'data')
  child.kill('SIGTERM')
  assert.deepEqual(await ended, [130, null])
  assert.match(await output, /^kills-sqlite: cut short.* 0 checks.*\n {2}nothing was tried/)
})

test('a run says how many faults its word rests on', async () => {
  const program = new URL('../chaos/chaos.ts', import.meta.url).pathname
  const child = spawn(process.execPath, [program, 'kills-sqlite', '--kills', '1', '--seed', '1'])
  assert.match(await text(child.stdout), /held, 1 faults .*\n {2}rests on 1 fault: .*each fault/)
})
