import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { findPort, findPorts } from './ports.ts'

const listen = async (port: number) => {
  const server = createServer().listen(port, '127.0.0.1')
  await once(server, 'listening')
  return server
}

/** Returns `first` at the first call, then random numbers. */
const startAt = (first: number) => {
  let isFirst = true
  return () => {
    const next = isFirst ? first : Math.random()
    isFirst = false
    return next
  }
}

/** Finds a port in another process, which then ends. */
const findElsewhere = async (place: number): Promise<number> => {
  const program = `
    const { findPorts } = await import(${JSON.stringify(import.meta.resolve('./ports.ts'))})
    let next = ${place}
    console.log(await findPorts(1, () => { const now = next; next = Math.random(); return now }))
    process.exit()`
  const args = ['--input-type=module', '--eval', program]
  const { stdout } = await promisify(execFile)(process.execPath, args)
  return Number(stdout)
}

test('a found port is not found again, in this process or another, even while nothing listens on it', async () => {
  const place = Math.random()
  const port = await findPorts(1, startAt(place))
  assert.notEqual(await findPorts(1, startAt(place)), port)
  assert.notEqual(await findElsewhere(place), port)
  const server = await listen(port)
  server.close()
})

test('a range of ports is skipped if one of its ports is in use', async (t) => {
  const place = Math.random() / 2
  const used = await findElsewhere(place)
  const server = await listen(used)
  t.after(() => server.close())
  const first = await findPorts(4, startAt(place))
  assert.ok(first > used || first + 3 < used)
})

test('a found port is below the range from which the system assigns ports', async () => {
  const server = await listen(0)
  const address = server.address()
  server.close()
  assert.ok(typeof address === 'object' && address)
  assert.ok((await findPort()) < address.port)
})
