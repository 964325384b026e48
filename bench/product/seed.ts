// The data of a measurement, written before the server starts, so that writing them costs its process nothing:
// made-up users, and logins that wait for a phone, each with a browser of its own.
// Argument: {"folder": where the data is, "waiters": how many logins wait}.

import { writeFile } from 'node:fs/promises'
import { journeyTopic } from '../../src/engine/engine.ts'
import { createJourneyStore } from '../../src/engine/store.ts'
import { createCookies } from '../../src/http/cookies.ts'
import { hours, systemClock } from '../../src/kernel/clock.ts'
import { sha256 } from '../../src/kernel/crypto.ts'
import { newSecret } from '../../src/kernel/ids.ts'
import { systemRandom } from '../../src/kernel/random.ts'
import { createLog } from '../../src/main.ts'
import type { Queries } from '../../src/storage/database.ts'
import { openDatabase } from '../../src/storage/open.ts'
import { createHasher } from '../../src/users/hasher.ts'
import { createLocalUsers } from '../../src/users/local.ts'
import { userCount, userPassword } from '../logins.ts'
import { configOf, type SeededWaiter, waitersFileOf } from './settings.ts'

const settings: { folder: string; waiters: number } = JSON.parse(process.argv[2] ?? '{}')
const clock = systemClock
const random = systemRandom
const log = createLog('warn', process.stderr)
const users = createLocalUsers({ clock, random })
const store = createJourneyStore({ random })
const cookies = createCookies({ secure: false })

const addUsers = async (queries: Queries) => {
  const passwordHash = await createHasher({ cores: 1, log }).hash(userPassword)
  for (let index = 0; index < userCount; index += 1) {
    const username = `user-${index}`
    await users.create(queries, { username, displayName: username, passwordHash })
  }
}

const addWaiter = async (queries: Queries): Promise<SeededWaiter> => {
  const journeyId = newSecret(random)
  const browserToken = newSecret(random)
  const idHash = sha256(journeyId)
  const journey = {
    idHash,
    kind: 'login',
    version: 1,
    step: 'push/confirm',
    state: { request: { returnTo: '/' }, kept: {}, path: [] },
    browserHash: sha256(browserToken),
    expiresAt: clock.now() + hours(1),
    finishedAt: null,
    sessionId: null,
  } as const
  await store.insert(queries, journey, clock.now())
  const cookie = cookies.set('browser', browserToken).split(';')[0] ?? ''
  return { path: `/login/${journeyId}/events`, cookie, topic: journeyTopic(idHash) }
}

const { storage } = configOf(settings.folder)
const database = await openDatabase({ storage, log })
const waiters: SeededWaiter[] = []
await database.db.transaction().execute(async (tx) => {
  await addUsers(tx)
  for (let index = 0; index < settings.waiters; index += 1) waiters.push(await addWaiter(tx))
})
await database.close()
await writeFile(waitersFileOf(settings.folder), JSON.stringify(waiters))
