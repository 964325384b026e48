/** For tests of the TOTP factor: its store and its steps over a real database, with a clock that is set by hand. */

import { createAudit } from '../../identity/audit/audit.ts'
import { createThrottle } from '../../identity/limits/throttle.ts'
import { createUsers } from '../../identity/users/users.ts'
import type { Answers, JourneyData, StepContext, StepResult } from '../../login/engine/step.ts'
import { createAttempts } from '../../login/factors/attempts.ts'
import { createTotpStore, type TotpAuthenticator } from '../../login/factors/totp/store.ts'
import { codeAt, stepAt } from '../../login/factors/totp/verify.ts'
import type { Id } from '../../platform/kernel/ids.ts'
import { createKeyring } from '../../platform/kernel/keyring.ts'
import { systemRandom } from '../../platform/kernel/random.ts'
import type { Database } from '../../platform/storage/database.ts'
import { transact } from '../../platform/storage/transact.ts'
import { createNotebook } from './notices.ts'

const key = { id: 'test', key: new Uint8Array(32).fill(7) }

export type TotpScene = ReturnType<typeof createTotpScene>

export function createTotpScene(db: Database) {
  let now = 1_800_000_000_000
  const clock = { now: () => now }
  const random = systemRandom
  const keyring = createKeyring({ keys: [key], random })
  const { notify, noticed } = createNotebook()
  const audit = createAudit({ clock })
  const throttle = createThrottle({ clock })
  const attempts = createAttempts({ db, clock, audit, notify, throttle })
  const base = { db, clock, random, keyring, audit, notify, attempts }
  const users = createUsers(base)
  const store = createTotpStore(base)
  return {
    ...base,
    users,
    store,
    /** The notices that were sent by mail. */
    noticed,
    pass(ms: number): void {
      now += ms
    },

    async addUser(username = 'erika'): Promise<Id<'user'>> {
      return (await users.create(db, { username, displayName: username })).id
    },

    /** An active app, or with `pending` one whose enrolment is not verified yet. */
    async addApp(userId: Id<'user'>, { pending = false } = {}): Promise<TotpAuthenticator> {
      const id = store.newId()
      await store.add(db, { id, userId, name: 'Code app' })
      if (!pending) await store.activate(db, id, 1)
      const added = await store.find(db, id)
      if (added === undefined) throw new Error('no app')
      return added
    },

    /** What the app shows now, or some time steps before or after. */
    codeOf: (app: TotpAuthenticator, steps = 0): string =>
      codeAt(app.secret(), stepAt(now, app) + steps, app),

    context(
      userId: Id<'user'>,
      { data = {}, answers }: { data?: JourneyData; answers?: Answers | undefined } = {},
    ): StepContext {
      return {
        kind: 'login',
        now,
        journeyHash: 'journey',
        request: { returnTo: '/' },
        userId,
        data,
        answers,
        client: {
          address: '192.0.2.7',
          place: undefined,
          browser: undefined,
          userAgent: undefined,
          language: 'en',
          session: undefined,
        },
        createRestartPath: () => '/login',
      }
    },

    /** `false`: the version was stale, and nothing was written. */
    async write({ change }: StepResult<string>): Promise<boolean> {
      return await transact(db, async (tx) => (await change?.write?.(tx)) ?? true)
    },
  }
}
