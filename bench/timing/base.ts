// The users of a timing measurement: some of each kind, named after the kind.

import { join } from 'node:path'
import { createHasher } from '../../src/identity/users/hasher.ts'
import { createUsers, type NewUser } from '../../src/identity/users/users.ts'
import { systemClock as clock, hours } from '../../src/platform/kernel/clock.ts'
import { sha256 } from '../../src/platform/kernel/crypto.ts'
import { silentLog as log } from '../../src/platform/kernel/log.ts'
import { systemRandom as random } from '../../src/platform/kernel/random.ts'
import type { Database } from '../../src/platform/storage/database.ts'
import { openDatabase } from '../../src/platform/storage/open.ts'
import { userPassword } from '../logins.ts'

/** The hash of the common password, as another program would make it: 100,000 rounds. */
const imported =
  '$pbkdf2-sha256$100000$c2FsdHNhbHRzYWx0c2FsdA$7LkJsCQKhudNxjsfsDW3b9fg4KgG0id.1a77dC0Yp9A'

/** Attempts for each user: fewer than would begin a wait. */
export const triesOfEach = 4

export const countUsers = (pairs: number): number => Math.ceil(pairs / triesOfEach) + 10

/** The name of a user of a kind, for the pair with this number. */
export const nameOf = (kind: string, turn: number): string =>
  `${kind}-${Math.floor(turn / triesOfEach)}`

/** The fields of a user of a kind, from Einlass's own hash. */
type About = (own: string, index: number) => Pick<NewUser, 'passwordHash' | 'isDisabled'>

const known: About = (passwordHash) => ({ passwordHash })
const disabled: About = (passwordHash) => ({ passwordHash, isDisabled: true })

const kinds: Record<string, About> = {
  known,
  disabled,
  former: disabled,
  guest: () => ({}),
  waiting: known,
}

type Options = { folder: string; count: number }

/** Makes users of each kind, and names that have to wait, both of users and unknown ones. */
export const makeBase = (options: Options): Promise<void> =>
  withUsers(options, async (db, add) => {
    for (const [kind, about] of Object.entries(kinds)) await add(kind, about)
    for (let index = 0; index < options.count; index += 1)
      for (const kind of ['waiting', 'waiter'])
        await db
          .insertInto('throttles')
          .values({
            key: `user:${sha256(`user:${kind}-${index}`)}`,
            ...{ failures: 20, last_failure_at: clock.now() },
            blocked_until: clock.now() + hours(2),
          })
          .execute()
  })

/** Every second user has a hash of another program. */
export const makeMixedBase = (options: Options): Promise<void> =>
  withUsers(options, async (_, add) => {
    await add('member', (own, index) => ({ passwordHash: index % 2 === 0 ? imported : own }))
  })

const withUsers = async (
  { folder, count }: Options,
  work: (db: Database, add: (kind: string, about: About) => Promise<void>) => Promise<void>,
): Promise<void> => {
  const storage = { type: 'sqlite', file: join(folder, 'einlass.db') } as const
  const { db, close } = await openDatabase({ storage, log })
  const own = await createHasher({ cores: 1, log }).hash(userPassword)
  const users = createUsers({ clock, random })
  const add = async (kind: string, about: About) => {
    const all = Array.from({ length: count }, (_, index) => {
      const username = `${kind}-${index}`
      const email = `${username}@example.org`
      return { username, displayName: username, email, ...about(own, index) }
    })
    for (let from = 0; from < count; from += 500)
      await users.createAll(db, all.slice(from, from + 500))
  }
  try {
    await work(db, add)
  } finally {
    await close()
  }
}
