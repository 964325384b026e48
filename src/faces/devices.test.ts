import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type TestContext, test } from 'node:test'
import { createTestClock } from '../dev/test-support/scene.ts'
import type { DeviceStream, Factor } from '../login/factors/factor.ts'
import { createEvents } from '../platform/kernel/events.ts'
import { silentLog } from '../platform/kernel/log.ts'
import { createDevices } from './devices.ts'

/** A server that streams what one factor says to each request. */
async function start(t: TestContext, openDeviceStream: () => Promise<DeviceStream>) {
  const events = createEvents()
  const factor = { kind: 'totp', openDeviceStream } as unknown as Factor
  const devices = createDevices({
    ...{ factors: [factor], events, clock: createTestClock(), log: silentLog },
    publicUrl: 'https://login.example.org',
  })
  const server = createServer((incoming, outgoing) => {
    void devices.stream('totp', { incoming, outgoing })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => {
    devices.close()
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  const ask = () => fetch(`http://127.0.0.1:${port}/x`, { method: 'POST', body: 'message' })
  return { ask, events, devices }
}

const open = async (): Promise<DeviceStream> => ({
  type: 'open',
  topic: 'one',
  headers: { vary: 'origin' },
})

test('a device stream sends a look event at once and at each wake-up of its topic', async (t) => {
  const { ask, events, devices } = await start(t, open)
  const response = await ask()
  assert.equal(response.status, 200)
  assert.equal(response.headers.get('content-type'), 'text/event-stream')
  assert.equal(response.headers.get('vary'), 'origin')
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader()
  assert.match((await reader?.read())?.value ?? '', /data: look/)
  events.wake('another')
  events.wake('one')
  assert.equal((await reader?.read())?.value, 'data: look\n\n')
  devices.close()
  assert.equal((await reader?.read())?.done, true)
})

test('a device can have four streams at once, and the server answers a fifth with 204', async (t) => {
  const { ask } = await start(t, open)
  // All are held: a stream that nobody holds is closed when memory is cleared.
  const responses: Response[] = []
  for (let n = 0; n < 5; n += 1) responses.push(await ask())
  const statuses = responses.map(({ status }) => status)
  assert.deepEqual(statuses, [200, 200, 200, 200, 204])
})

test('a refused device gets the reply of the factor, and a factor that fails gives 503', async (t) => {
  const reply = { status: 404, headers: {}, cookies: [], body: '{"error":"unknown"}' }
  const refusing = await start(t, async () => ({ type: 'refused', reply }))
  const response = await refusing.ask()
  assert.equal(response.status, 404)
  assert.deepEqual(await response.json(), { error: 'unknown' })
  const broken = await start(t, () => Promise.reject(new Error('no database')))
  assert.equal((await broken.ask()).status, 503)
})
