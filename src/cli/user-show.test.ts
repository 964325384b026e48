import assert from 'node:assert/strict'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { openTerminal, type Terminal } from '../dev/test-support/cli.ts'
import { silentLog } from '../platform/kernel/log.ts'
import { openDatabase } from '../platform/storage/open.ts'

async function openData(t: TestContext, { folder, einlass }: Terminal) {
  await einlass(['user', 'add', 'erika'])
  const storage = { type: 'sqlite', file: join(folder, 'einlass.db') } as const
  const { db, close } = await openDatabase({ storage, log: silentLog })
  t.after(close)
  const { id: user_id } = await db.selectFrom('users').select('id').executeTakeFirstOrThrow()
  const show = async () => (await einlass(['user', 'show', 'erika'])).stdout
  const showJson = async () =>
    ((await einlass(['user', 'show', 'erika', '--json'])).json() as { origin: object }).origin
  return { db, user_id, show, showJson }
}

test('user show names the origin of a user: Einlass itself, a directory or a provisioning system', async (t) => {
  const terminal = await openTerminal(t)
  const { db, user_id, show, showJson } = await openData(t, terminal)
  assert.match(await show(), /^comes from: +Einlass itself$/m)
  assert.deepEqual(await showJson(), { type: 'local' })

  const system = { user_id, source: 'entra', external_id: 'e-42', deactivated_at: null }
  await db.insertInto('provisioned_users').values(system).execute()
  assert.match(await show(), /^comes from: +the system entra \(SCIM\)\nexternal id: +e-42$/m)
  await db.updateTable('provisioned_users').set({ deactivated_at: 0 }).execute()
  assert.match(await show(), /^disabled: +by entra, 1970-01-01T00:00:00\.000Z$/m)
  const origin = { type: 'system', name: 'entra', externalId: 'e-42' }
  assert.deepEqual(await showJson(), { ...origin, deactivatedAt: '1970-01-01T00:00:00.000Z' })

  await db.deleteFrom('provisioned_users').execute()
  const entry = { user_id, directory: 'corp', entry_id: 'b7a1', checked_at: 86_400_000 }
  await db.insertInto('directory_entries').values(entry).execute()
  const shown = await show()
  assert.match(shown, /^comes from: +the directory corp, which the configuration names no more/m)
  assert.match(shown, /^entry: +b7a1\nlast asked: +1970-01-02T00:00:00\.000Z$/m)
  assert.deepEqual(await showJson(), {
    ...{ type: 'directory', name: 'corp', entryId: 'b7a1', isGone: true },
    checkedAt: '1970-01-02T00:00:00.000Z',
  })
})
