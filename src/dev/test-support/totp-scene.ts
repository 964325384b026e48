/** For tests of the TOTP factor: its store and its steps over a real database, with a clock that is set by hand. */

import { createTotpStore, type TotpAuthenticator } from '../../login/factors/totp/store.ts'
import { codeAt, stepAt } from '../../login/factors/totp/verify.ts'
import type { Id } from '../../platform/kernel/ids.ts'
import type { Database } from '../../platform/storage/database.ts'
import { createScene, createStepContext, createTestClock, type StepInput } from './scene.ts'

export type TotpScene = ReturnType<typeof createTotpScene>

export function createTotpScene(db: Database) {
  const scene = createScene(db, createTestClock())
  const store = createTotpStore(scene)
  return {
    ...scene,
    store,
    pass: scene.clock.pass,

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
    showCode: (app: TotpAuthenticator, steps = 0): string =>
      codeAt(app.secret(), stepAt(scene.clock.now(), app) + steps, app),

    context: (userId: Id<'user'>, input?: StepInput) => createStepContext(scene, userId, input),
  }
}
