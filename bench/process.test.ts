import assert from 'node:assert/strict'
import { test } from 'node:test'
import { cpuMilliseconds, cpuSeconds, parseCpuSeconds, residentKib } from './process.ts'

test('CPU time is read correctly even if the process name contains spaces or parentheses', () => {
  const rest = 'S 1 1 1 0 -1 0 0 0 0 0 150 50 20 10 20 0 11 0 100 0 0'
  assert.equal(parseCpuSeconds(`42 (node) ${rest}`), 2.3)
  assert.equal(parseCpuSeconds(`42 (a) b) (c) ${rest}`), 2.3)
})

test('the time and memory of a process can be read', async () => {
  assert.ok((await cpuSeconds(process.pid)) >= 0)
  assert.ok((await cpuMilliseconds(process.pid)) > 0)
  assert.ok((await residentKib(process.pid)) > 1000)
})
