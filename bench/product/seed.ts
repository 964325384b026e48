// Writes the data of a measurement before the server starts, so that the server's process does not pay for it: made-up users,
// an app, and logins that wait for a phone, each in its own browser.
// Argument: {"folder": where the data is, "waiters": how many logins wait}.

import { writeFile } from 'node:fs/promises'
import { protocols } from '../../src/faces/protocols/index.ts'
import { createApps } from '../../src/identity/apps/apps.ts'
import { createHasher } from '../../src/identity/users/hasher.ts'
import { createUsers } from '../../src/identity/users/users.ts'
import { journeyTopic } from '../../src/login/engine/engine.ts'
import { createJourneyStore } from '../../src/login/engine/store.ts'
import { challengeEntry, deviceEntry, sendsEntry } from '../../src/login/factors/push/data.ts'
import { createCookies } from '../../src/platform/http/cookies.ts'
import { hours, systemClock } from '../../src/platform/kernel/clock.ts'
import { sha256 } from '../../src/platform/kernel/crypto.ts'
import { newId, newSecret } from '../../src/platform/kernel/ids.ts'
import { createLog } from '../../src/platform/kernel/json-log.ts'
import { createKeyring } from '../../src/platform/kernel/keyring.ts'
import { systemRandom } from '../../src/platform/kernel/random.ts'
import { unkeyedRows } from '../../src/platform/storage/bound-rows.ts'
import type { Queries } from '../../src/platform/storage/database.ts'
import { loadOrCreateKeys } from '../../src/platform/storage/key-file.ts'
import { openDatabase } from '../../src/platform/storage/open.ts'
import { nameUser, userCount, userPassword } from '../logins.ts'
import { redirectUri } from '../oidc/client.ts'
import { buildConfig, locateClientFile, locateWaitersFile, type SeededWaiter } from './settings.ts'

const settings: { folder: string; waiters: number } = JSON.parse(process.argv[2] ?? '{}')
const clock = systemClock
const random = systemRandom
const log = createLog('warn', process.stderr)
const config = buildConfig(settings.folder)
const users = createUsers({ clock, random })
const store = createJourneyStore({ random, rows: unkeyedRows })
const cookies = createCookies({ secure: false })

const addUsers = async (queries: Queries) => {
  const passwordHash = await createHasher({ cores: 1, log }).hash(userPassword)
  for (let index = 0; index < userCount; index += 1) {
    const username = nameUser(index)
    await users.create(queries, { username, displayName: username, passwordHash })
  }
}

const addApp = async (queries: Queries, file: string) => {
  const keyring = createKeyring({
    keys: await loadOrCreateKeys({ file: config.key_file }),
    random,
  })
  const { app, clientSecret } = await createApps({ clock, random, keyring, protocols }).create(
    queries,
    {
      id: 'bench',
      name: 'Bench',
      settings: { redirectUris: [redirectUri], tokenEndpointAuthMethod: 'client_secret_basic' },
      policy: { secondFactor: 'none' },
    },
  )
  await writeFile(file, JSON.stringify({ id: app.id, secret: clientSecret }))
}

/** A person may have at most 50 streams. */
const waitersPerUser = 25

/** Adds a phone for a waiting user. Nothing is sent to it. */
const addPhone = async (queries: Queries, index: number) => {
  const user = await users.findByName(queries, nameUser(index))
  if (!user) throw new Error('there are no users')
  const id = newId(random, 'device')
  const row = {
    id,
    user_id: user.id,
    mechanism_uid: `bench-${index}`,
    secret_sealed: '',
    device_token: 'http://127.0.0.1:1/',
    device_type: 'android',
    communication_type: 'gcm',
    shows_numbers: 1,
    device_name: 'Phone',
    own_name: null,
    status: 'active',
    created_at: clock.now(),
    activated_at: clock.now(),
    last_used_at: null,
    push_disabled_at: null,
    unreachable_told_at: null,
  } as const
  await queries.insertInto('push_devices').values(row).execute()
  return { userId: user.id, deviceId: id }
}

type Phone = Awaited<ReturnType<typeof addPhone>>

const addChallenge = async (queries: Queries, { userId, deviceId }: Phone, idHash: string) => {
  const messageId = newSecret(random)
  const row = {
    message_id: messageId,
    journey_hash: idHash,
    user_id: userId,
    device_id: deviceId,
    purpose: 'login',
    challenge: '',
    type: 'challenge',
    numbers: '12,34,56',
    right_number: 34,
    status: 'waiting',
    delivery: 'sent',
    provider: 'http',
    handed_over_at: clock.now(),
    created_at: clock.now(),
    expires_at: clock.now() + hours(1),
    answered_at: null,
    answer_hash: null,
    consumed_at: null,
    about: null,
    budget_key: null,
  } as const
  await queries.insertInto('push_challenges').values(row).execute()
  return messageId
}

const addWaiter = async (queries: Queries, phone: Phone): Promise<SeededWaiter> => {
  const journeyId = newSecret(random)
  const browserToken = newSecret(random)
  const idHash = sha256(journeyId)
  const messageId = await addChallenge(queries, phone, idHash)
  const data = {
    ...challengeEntry.write(messageId),
    ...deviceEntry.write(phone.deviceId),
    ...sendsEntry.write(1),
  }
  const journey = {
    idHash,
    kind: 'login',
    version: 1,
    step: 'push/confirm',
    state: { request: { returnTo: '/' }, userId: phone.userId, data, path: [] },
    browserHash: sha256(browserToken),
    expiresAt: clock.now() + hours(1),
    finishedAt: null,
    sessionId: null,
  } as const
  await store.insert(queries, journey, clock.now())
  const cookie = cookies.set('browser', browserToken).split(';')[0] ?? ''
  return { path: `/login/${journeyId}/events`, cookie, topic: journeyTopic(idHash) }
}

const database = await openDatabase({ storage: config.storage, log })
const waiters: SeededWaiter[] = []
await database.db.transaction().execute(async (tx) => {
  await addUsers(tx)
  const phones = [await addPhone(tx, 0)]
  while (phones.length < Math.min(userCount, settings.waiters / waitersPerUser)) {
    phones.push(await addPhone(tx, phones.length))
  }
  for (let index = 0; index < settings.waiters; index += 1) {
    const phone = phones[index % phones.length]
    if (phone !== undefined) waiters.push(await addWaiter(tx, phone))
  }
})
await addApp(database.db, locateClientFile(settings.folder))
await database.close()
await writeFile(locateWaitersFile(settings.folder), JSON.stringify(waiters))
