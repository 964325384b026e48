// The product for a measurement: the server of src/server.ts on data of seed.ts, with the control interface of
// bench/control.ts. Only this file turns parts off for a measurement; production has no such switch.
// Argument: {"folder": where the data is, "hash": whether passwords are hashed, "host": in its address, "config": sections of
// the configuration, "planted": by how many milliseconds an unknown name takes longer}.

import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { enableCompileCache } from 'node:module'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { createHasher, type Hasher } from '../../src/identity/users/hasher.ts'
import { systemClock } from '../../src/platform/kernel/clock.ts'
import type { Events } from '../../src/platform/kernel/events.ts'
import { createLog } from '../../src/platform/kernel/json-log.ts'
import { createKeyring } from '../../src/platform/kernel/keyring.ts'
import { systemRandom } from '../../src/platform/kernel/random.ts'
import { loadOrCreateKeys } from '../../src/platform/storage/key-file.ts'
import { openDatabase } from '../../src/platform/storage/open.ts'
import { createEinlassServer } from '../../src/server.ts'
import { serveControl, type WaiterSource } from '../control.ts'
import { findFreePort } from '../free-port.ts'
import { buildConfig, locateWaitersFile, type SeededWaiter } from './settings.ts'

enableCompileCache(join(import.meta.dirname, '../../node_modules/.cache/einlass'))

// Like the script `einlass`.
process.env.UV_THREADPOOL_SIZE = String(availableParallelism())

const settings: {
  folder: string
  hash: boolean
  host: string
  config?: object
  planted?: number
} = JSON.parse(process.argv[2] ?? '{}')
const config = buildConfig(settings.folder, settings.config)
const clock = systemClock
const random = systemRandom
const log = createLog(config.log.level, process.stdout)

const matchEverything: Hasher = {
  hash: async () => '',
  verify: async () => ({ matches: true }),
  waiting: () => 0,
}

const plantDelay = (milliseconds: number): Hasher => {
  const hasher = createHasher({ cores: availableParallelism(), log })
  return {
    ...hasher,
    async verify(hash, ...others) {
      const verification = await hasher.verify(hash, ...others)
      const end = performance.now() + milliseconds
      while (hash === undefined && performance.now() < end);
      return verification
    },
  }
}

const findHasher = (): Hasher => {
  if (!settings.hash) return matchEverything
  if (settings.planted !== undefined) return plantDelay(settings.planted)
  return createHasher({ cores: availableParallelism(), log })
}

let isHashing = true
/** How many passwords were hashed. */
let hashed = 0
const hasher = findHasher()

/** Turns the hash on and off, for a warm-up without it. */
const setHashing = async (query: URLSearchParams): Promise<boolean> => {
  isHashing = query.get('on') === 'yes'
  return true
}

let events: Events | undefined
let topics: string[] = []
const source: WaiterSource = {
  marker: 'data: look\n\n',
  markersAtOpening: 1,
  prepare: async (count) => {
    const text = await readFile(locateWaitersFile(settings.folder), 'utf8')
    const waiters: SeededWaiter[] = JSON.parse(text).slice(0, count)
    topics = waiters.map((waiter) => waiter.topic)
    return waiters
  },
  wake: (index) => events?.wake(topics[index] ?? ''),
}

const port = await findFreePort()
const url = `http://${settings.host}:${port}`
const database = await openDatabase({ storage: config.storage, log })
const server = await createEinlassServer({
  config,
  publicUrl: url,
  platform: {
    database: {
      ...database,
      // Uses the server's own events, so that a wake-up works like a real one.
      shareEvents: async (local) => {
        events = await database.shareEvents(local)
        return events
      },
    },
    keyring: createKeyring({ keys: await loadOrCreateKeys({ file: config.key_file }), random }),
    clock,
    random,
    log,
    fetch,
  },
  hasher: {
    ...hasher,
    async verify(...asked) {
      const verification = await (isHashing ? hasher : matchEverything).verify(...asked)
      hashed += 1
      return verification
    },
  },
})
const control = await serveControl(source, {
  '/hashing': setHashing,
  '/hashed': async () => hashed,
})
server.http.listen(port, '127.0.0.1', 16_384)
await once(server.http, 'listening')
console.log(`ready ${JSON.stringify({ url, control })}`)
