import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { openTerminal } from '../dev/test-support/cli.ts'
import { readAudit } from '../identity/audit/chain.ts'
import { silentLog } from '../platform/kernel/log.ts'
import { openDatabase } from '../platform/storage/open.ts'

test('user reset-password queues a sealed mail with a link, and never shows the link', async (t) => {
  const terminal = await openTerminal(t)
  await terminal.einlass(['user', 'add', 'erika', '--email', 'erika@example.org'])
  const send = ['user', 'reset-password', 'ERIKA', '--json']
  const without = await terminal.einlass(send)
  assert.equal(without.code, 1)
  assert.match(without.stderr, /lacks mail/)
  const env = { EINLASS_MAIL_FROM: 'login@example.org', EINLASS_MAIL_SMTP_HOST: 'mail.example.org' }
  const sent = await terminal.einlass(send, { env })
  assert.equal(sent.code, 0, sent.stderr)
  const { username, email } = sent.json() as Record<string, string>
  assert.deepEqual([username, email], ['erika', 'erika@example.org'])
  const storage = { type: 'sqlite', file: join(terminal.folder, 'einlass.db') } as const
  const { db, close } = await openDatabase({ storage, log: silentLog })
  t.after(close)
  const [mail, ...others] = await db.selectFrom('mail_queue').selectAll().execute()
  assert.deepEqual(others, [])
  // Sealed: only the server can read the link.
  assert.doesNotMatch(JSON.stringify(mail), /forgot-password/)
  const [event] = (await readAudit(db, { after: 0, limit: 100 })).slice(-1)
  assert.equal(event?.type, 'password_reset_link_sent')
  assert.match(`${event?.data.by}`, /^cli:/)
})
