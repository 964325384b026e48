/** A person of a real directory with a session, and the regular look-up of users as the server makes it. */
import assert from 'node:assert/strict'
import type { Scope } from '../../src/dev/test-support/on-each-engine.ts'
import { createSweep } from '../../src/identity/operations/sweep.ts'
import { findEntry } from '../../src/identity/users/entries.ts'
import type { User } from '../../src/identity/users/user.ts'
import type { Database } from '../../src/platform/storage/database.ts'
import { type DirectorySettings, openDirectories } from './directory-scene.ts'

export interface SyncOptions {
  readonly settings: DirectorySettings
  readonly name: string
  readonly password: string
}

export async function openSync(t: Scope, db: Database, options: SyncOptions) {
  const { settings, name, password } = options
  const scene = openDirectories(t, db, [settings])
  const { directory, sessions } = scene
  const { directories } = scene.config
  const sweep = createSweep({ ...scene, directories, settleWrites: async () => undefined })
  const login = async (typed: string): Promise<User> => {
    const outcome = await scene.verify(name, typed)
    assert.ok(outcome.type === 'right', outcome.type)
    await scene.signIn(outcome.user.id)
    return outcome.user
  }
  const { id } = await login(password)
  return {
    ...scene,
    login,
    userId: id,
    /** Without the interval. */
    look: () => sweep.run(),
    /** As if the interval were over. */
    async passInterval(): Promise<void> {
      await db.updateTable('directory_entries').set({ checked_at: 0 }).execute()
      await sweep.run()
    },
    countSessions: async () => (await sessions.listOf(id)).length,
    /** The person chooses a new password here, and the change is written as a page writes it. */
    async changeHere(user: User, to: string, current?: string) {
      const change = { user, password: to, at: Date.now(), ...(current && { current }) }
      const outcome = await directory.changePassword?.(db, change)
      if (outcome?.type !== 'accepted') return outcome
      assert.ok(await findEntry(db, id))
      assert.equal(await scene.write({ change: { write: outcome.write } }), true)
      return outcome
    },
  }
}
