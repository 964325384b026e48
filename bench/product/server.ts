// The product for a measurement: the server of src/server.ts with its data in a file, made-up users, and the back
// door of bench/control.ts. What is taken out for a measurement is taken out here; production has no such switch.
// Argument: {"folder": where the data is, "hash": whether passwords are hashed}.

import { once } from 'node:events'
import { join } from 'node:path'
import { configSchema } from '../../src/config/schema.ts'
import { journeyTopic } from '../../src/engine/engine.ts'
import { createJourneyStore } from '../../src/engine/store.ts'
import { createCookies } from '../../src/http/cookies.ts'
import { hours, systemClock } from '../../src/kernel/clock.ts'
import { sha256 } from '../../src/kernel/crypto.ts'
import type { Events } from '../../src/kernel/events.ts'
import { newSecret } from '../../src/kernel/ids.ts'
import { createKeyring } from '../../src/kernel/keyring.ts'
import { systemRandom } from '../../src/kernel/random.ts'
import { createLog } from '../../src/main.ts'
import { createEinlassServer } from '../../src/server.ts'
import type { OpenDatabase } from '../../src/storage/database.ts'
import { loadOrCreateKey } from '../../src/storage/key-file.ts'
import { openDatabase } from '../../src/storage/open.ts'
import { createHasher, type Hasher } from '../../src/users/hasher.ts'
import { createLocalUsers } from '../../src/users/local.ts'
import { serveControl, type WaiterSource } from '../control.ts'
import { findFreePort } from '../free-port.ts'
import { userCount, userPassword } from '../logins.ts'

const settings: { folder: string; hash: boolean } = JSON.parse(process.argv[2] ?? '{}')
const clock = systemClock
const random = systemRandom
const log = createLog('info', process.stdout)
const config = configSchema.parse({
  storage: { file: join(settings.folder, 'einlass.db') },
  key_file: join(settings.folder, 'einlass.key'),
  default_policy: { second_factor: 'none' },
})

const matchEverything: Hasher = {
  hash: async () => '',
  verify: async () => ({ matches: true }),
}

const addUsers = async ({ db }: OpenDatabase) => {
  const users = createLocalUsers({ clock, random })
  const passwordHash = await createHasher({ cores: 1, log }).hash(userPassword)
  await db.transaction().execute(async (tx) => {
    if ((await users.count(tx)) > 0) return
    for (let index = 0; index < userCount; index += 1) {
      const username = `user-${index}`
      await users.create(tx, { username, displayName: username, passwordHash })
    }
  })
}

/** Logins that wait for a phone, each with a browser of its own. */
const createWaiterSource = ({ db }: OpenDatabase, events: () => Events): WaiterSource => {
  const store = createJourneyStore({ random })
  const cookies = createCookies({ secure: false })
  const topics: string[] = []
  return {
    marker: 'data: look\n\n',
    markersAtOpening: 1,
    prepare: (count) =>
      db.transaction().execute(async (tx) => {
        topics.length = 0
        return Array.fromAsync(Array.from({ length: count }), async () => {
          const journeyId = newSecret(random)
          const browserToken = newSecret(random)
          const idHash = sha256(journeyId)
          const journey = {
            idHash,
            kind: 'login' as const,
            version: 1,
            step: 'push/confirm' as const,
            state: { request: { returnTo: '/' }, kept: {}, path: [] },
            browserHash: sha256(browserToken),
            expiresAt: clock.now() + hours(1),
            finishedAt: null,
            sessionId: null,
          }
          await store.insert(tx, journey, clock.now())
          topics.push(journeyTopic(idHash))
          const cookie = cookies.set('browser', browserToken).split(';')[0] ?? ''
          return { path: `/login/${journeyId}/events`, cookie }
        })
      }),
    wake: (index) => events().wake(topics[index] ?? ''),
  }
}

const database = await openDatabase({ storage: config.storage, clock, log })
await addUsers(database)

let shared: Events | undefined
const events = () => {
  if (!shared) throw new Error('the server has no events yet')
  return shared
}
const port = await findFreePort()
const url = `http://127.0.0.1:${port}`
const server = await createEinlassServer({
  config,
  publicUrl: url,
  database: {
    ...database,
    shareEvents: async (local) => {
      shared = await database.shareEvents(local)
      return shared
    },
  },
  keyring: createKeyring({ keys: [await loadOrCreateKey({ file: config.key_file })], random }),
  clock,
  random,
  log,
  fetch,
  ...(settings.hash ? {} : { hasher: matchEverything }),
})
const control = await serveControl(createWaiterSource(database, events))
server.http.listen(port, '127.0.0.1', 16_384)
await once(server.http, 'listening')
console.log(`ready ${JSON.stringify({ url, control })}`)
