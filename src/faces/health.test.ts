import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createTestFrame } from '../dev/test-support/frame.ts'
import { onEachEngine } from '../dev/test-support/on-each-engine.ts'
import { toResponse } from '../dev/test-support/response.ts'
import { createHealth } from './health.ts'

onEachEngine(({ name, open }) => {
  test(`a node is ready while it can write, and not while it leaves (${name})`, async (t) => {
    const { db } = await open(t)
    let problem: Error | undefined
    const checkWrites = async () => {
      if (problem !== undefined) throw problem
    }
    const health = createHealth({ frame: createTestFrame(), db, checkWrites })
    const ask = async () => {
      const response = toResponse(await health.isReady())
      return [response.status, await response.json()]
    }
    assert.deepEqual(await ask(), [200, { status: 'ok' }])
    problem = new Error('full')
    assert.deepEqual(await ask(), [503, { status: 'no database' }])
    problem = undefined
    health.leave()
    assert.deepEqual(await ask(), [503, { status: 'leaving' }])
    assert.equal(health.isAlive().status, 200)
  })

  test(`a database that hangs is told within a second (${name})`, async (t) => {
    const { db } = await open(t)
    const checkWrites = () => new Promise<void>(() => {})
    const health = createHealth({ frame: createTestFrame(), db, checkWrites })
    assert.equal((await health.isReady()).status, 503)
  })
})
