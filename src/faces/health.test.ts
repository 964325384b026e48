import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { createTestFrame } from '../dev/test-support/frame.ts'
import { onEachEngine } from '../dev/test-support/on-each-engine.ts'
import { toResponse } from '../dev/test-support/response.ts'
import { seconds } from '../platform/kernel/clock.ts'
import { Fault } from '../platform/kernel/fault.ts'
import { silentLog } from '../platform/kernel/log.ts'
import { createHealth } from './health.ts'

const fine = async () => {}
const isClockRight = () => true
const findKeyProblem = () => undefined
const silent = { log: silentLog, checkSchema: fine, isClockRight, findKeyProblem }

onEachEngine(({ name, open }) => {
  test(`a node is ready only while it can write, its clock and keys are right, and it is not leaving (${name})`, async (t) => {
    const { db } = await open(t)
    let problem: Error | undefined
    const checkWrites = async () => {
      if (problem !== undefined) throw problem
    }
    let isRight = true
    let keyProblem: string | undefined
    const answers = { isClockRight: () => isRight, findKeyProblem: () => keyProblem }
    const checks = { ...silent, checkWrites, ...answers }
    const health = createHealth({ frame: createTestFrame(), db, ...checks })
    const ask = async () => {
      const response = toResponse(await health.isReady())
      return [response.status, await response.json()]
    }
    assert.deepEqual(await ask(), [200, { status: 'ok' }])
    problem = new Error('full')
    assert.deepEqual(await ask(), [503, { status: 'no database' }])
    problem = undefined
    isRight = false
    assert.deepEqual(await ask(), [503, { status: 'wrong clock' }])
    isRight = true
    keyProblem = 'a key is missing'
    assert.deepEqual(await ask(), [503, { status: 'wrong keys' }])
    keyProblem = undefined
    assert.deepEqual(await ask(), [200, { status: 'ok' }])
    health.leave()
    assert.deepEqual(await ask(), [503, { status: 'leaving' }])
    assert.equal(health.isAlive().status, 200)
  })

  test(`a node whose database hangs answers after a second that it is not ready (${name})`, async (t) => {
    const { db } = await open(t)
    const checkWrites = () => new Promise<void>(() => {})
    const health = createHealth({ frame: createTestFrame(), db, checkWrites, ...silent })
    t.mock.timers.enable({ apis: ['setTimeout'] })
    const answer = health.isReady().then(({ status }) => status)
    t.mock.timers.tick(seconds(1))
    assert.equal(await Promise.race([answer, nextTurn('no answer')]), 503)
  })

  test(`a node whose database schema another program has changed is not ready, and logs this once (${name})`, async (t) => {
    const { db } = await open(t)
    let problem: Error | undefined = new Fault('wrong_schema', 'not for this program')
    const checkSchema = async () => {
      if (problem !== undefined) throw problem
    }
    const lines: object[] = []
    const log = {
      ...silentLog,
      error: (entry: object) => void lines.push(entry),
      info: (_: object, message: string) => void lines.push({ message }),
    }
    const frame = createTestFrame()
    const parts = { frame, db, checkWrites: fine, isClockRight, findKeyProblem }
    const health = createHealth({ ...parts, checkSchema, log })
    const ask = async () => await toResponse(await health.isReady()).json()
    for (let times = 0; times < 3; times += 1)
      assert.deepEqual(await ask(), { status: 'wrong schema' })
    const error = problem
    problem = undefined
    assert.deepEqual(await ask(), { status: 'ok' })
    const again = { message: 'this node is ready again' }
    assert.deepEqual(lines, [{ status: 'wrong schema', error }, again])
  })
})
