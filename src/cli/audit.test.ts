import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { openTerminal } from '../dev/test-support/cli.ts'
import { createHeadExport } from '../identity/audit/export-heads.ts'
import { systemClock as clock } from '../platform/kernel/clock.ts'
import { createKeyring } from '../platform/kernel/keyring.ts'
import { silentLog as log } from '../platform/kernel/log.ts'
import { systemRandom as random } from '../platform/kernel/random.ts'
import { loadKeys } from '../platform/storage/key-file.ts'
import { openDatabase } from '../platform/storage/open.ts'

test('audit verify checks the log and compares it with exported heads', async (t) => {
  const { folder, einlass } = await openTerminal(t)
  const empty = await einlass(['audit', 'verify'])
  assert.equal(empty.code, 1)
  assert.match(empty.stdout, /The audit log is empty/)
  for (const name of ['erika', 'max']) await einlass(['user', 'add', name])
  const storage = { type: 'sqlite', file: join(folder, 'einlass.db') } as const
  const { db, close } = await openDatabase({ storage, log })
  t.after(close)
  const keyring = createKeyring({ keys: await loadKeys(join(folder, 'einlass.key')), random })
  const file = join(folder, 'heads.jsonl')
  await createHeadExport({ ...{ db, clock, keyring, log, file }, receivers: [], every: 1000 }).run()
  const verify = () => einlass(['audit', 'verify', '--head', 'heads.jsonl'])
  const { code, stdout, stderr } = await verify()
  assert.deepEqual([code, stdout, stderr], [0, 'The audit log is intact. Events: 2.\n', ''])
  await db.deleteFrom('audit_events').execute()
  await db.updateTable('audit_head').set({ seq: 0, hash: '' }).execute()
  await einlass(['user', 'add', 'otto'])
  assert.equal((await einlass(['audit', 'verify'])).code, 0)
  const cut = await verify()
  assert.equal(cut.code, 1)
  assert.match(cut.stdout, /^The audit log is broken at event 2: missing\. /)
  assert.equal((await einlass(['audit', 'verify', '--head', 'einlass.key'])).code, 64)
  assert.equal((await einlass(['audit', 'verify', '--head', 'nowhere'])).code, 69)
})

test('config check refuses a heads receiver that is not configured in events', async (t) => {
  const { einlass } = await openTerminal(t)
  const env = { EINLASS_AUDIT_HEADS_RECEIVERS: 'syslog' }
  const { code, stderr } = await einlass(['config', 'check'], { env })
  assert.equal(code, 78)
  assert.match(stderr, /audit\.heads\.receivers.*\n.*syslog[\s\S]*if it is configured in events/)
})
