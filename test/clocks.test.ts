/** Nodes whose clock is wrong, as a load balancer, the log and the metrics see them. */
import assert from 'node:assert/strict'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { onEachEngine } from '../src/dev/test-support/on-each-engine.ts'
import { createPlainBrowser } from '../src/dev/test-support/plain-browser.ts'
import { hours, minutes } from '../src/platform/kernel/clock.ts'
import { erika, startInProcess } from './support/in-process.ts'
import { enterPassword } from './support/way-in.ts'

onEachEngine((engine) => {
  test(`A43: a node whose clock is five minutes off is not ready, if the database has its own clock (${engine.name})`, async (t) => {
    const place = await engine.findPlace(t)
    const storage = place.type === 'postgres' ? { ...place, migrate: true } : place
    const state = { offset: minutes(-5) }
    const clock = { now: () => Date.now() + state.offset }
    const node = await startInProcess(t, { storage, metrics: { port: 0 } }, clock)
    const askReady = async () => {
      const response = await fetch(`${node.publicUrl}/readyz`)
      return [response.status, await response.json()]
    }
    assert.ok(node.server.metrics)
    const { port } = node.server.metrics.address() as AddressInfo
    const readOffset = async () => {
      const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text()
      return Number(/^einlass_clock_offset_seconds (.*)$/m.exec(text)?.[1])
    }
    const listLines = () =>
      [...node.errors, ...node.warnings, ...node.notes]
        .map(({ message }) => message)
        .filter((message) => message.includes('the clock of this node'))

    if (engine.name === 'sqlite') {
      assert.deepEqual(await askReady(), [200, { status: 'ok' }])
      assert.equal(await readOffset(), 0)
      assert.deepEqual(listLines(), [])
      return
    }
    // Before anybody has asked.
    assert.match(listLines().join(), /^the clock of this node .* by a minute or more[^,]*, [^,]*$/)
    for (let times = 0; times < 3; times += 1)
      assert.deepEqual(await askReady(), [503, { status: 'wrong clock' }])
    assert.equal(Math.round(await readOffset()), -300)
    assert.equal(listLines().length, 1)

    state.offset = 30_000
    assert.deepEqual(await askReady(), [200, { status: 'ok' }])
    assert.equal(Math.round(await readOffset()), 30)
    assert.equal(node.warnings.filter(({ message }) => message.includes('10 seconds')).length, 1)
    state.offset = 0
    assert.deepEqual(await askReady(), [200, { status: 'ok' }])
    assert.equal(listLines().length, 3)
  })
})

onEachEngine((engine) => {
  test(`A43: a clock that jumps by an hour, back and forth, breaks no login and no session (${engine.name})`, async (t) => {
    const place = await engine.findPlace(t)
    const storage = place.type === 'postgres' ? { ...place, migrate: true } : place
    const state = { offset: 0 }
    const clock = { now: () => Date.now() + state.offset }
    const policy = { default_policy: { second_factor: 'none' }, sessions: { idle: '3h' } }
    const node = await startInProcess(t, { storage, ...policy }, clock)
    const before = createPlainBrowser(node.publicUrl)
    await enterPassword(before, erika)
    for (const offset of [-hours(1), 0, hours(1), 0]) {
      state.offset = offset
      assert.equal((await before.get('/account')).status, 200)
      const browser = createPlainBrowser(node.publicUrl)
      await enterPassword(browser, erika)
      assert.equal((await browser.get('/account')).status, 200)
    }
    assert.deepEqual(
      node.errors.filter(({ message }) => !message.includes('clock')),
      [],
    )
  })
})
