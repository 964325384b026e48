import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { openTerminal } from '../dev/test-support/cli.ts'
import { readAudit } from '../identity/audit/chain.ts'
import { silentLog } from '../platform/kernel/log.ts'
import { openDatabase } from '../platform/storage/open.ts'

test('attributes of a user are added, shown, replaced and removed, and the audit log contains no value', async (t) => {
  const terminal = await openTerminal(t)
  const { einlass } = terminal
  const first = ['--attribute', 'givenName=Erika', '--attribute', 'costCenter=a=b']
  const added = await einlass(['user', 'add', 'erika', ...first])
  assert.equal(added.code, 0, added.stderr)
  const show = async () =>
    (await einlass(['user', 'show', 'Erika', '--json'])).json() as Record<string, unknown>
  assert.deepEqual((await show()).attributes, { costCenter: ['a=b'], givenName: ['Erika'] })
  const sids = ['--attribute', 'groupSids=S-1-5-32-545', '--attribute', 'groupSids=S-1-5-32-544']
  const change = ['user', 'change', 'erika', ...sids, '--no-attribute', 'costCenter']
  const changed = await einlass(change)
  assert.equal(changed.code, 0, changed.stderr)
  await einlass(change)
  assert.deepEqual((await show()).attributes, {
    givenName: ['Erika'],
    groupSids: ['S-1-5-32-545', 'S-1-5-32-544'],
  })
  const { stdout } = await einlass(['user', 'show', 'erika'])
  assert.match(stdout, /^groupSids: +S-1-5-32-545\ngroupSids: +S-1-5-32-544$/m)
  const storage = { type: 'sqlite', file: join(terminal.folder, 'einlass.db') } as const
  const { db, close } = await openDatabase({ storage, log: silentLog })
  t.after(close)
  const events = await readAudit(db, { after: 0, limit: 100 })
  assert.deepEqual(
    events.map(({ type, data: { what } }) => [type, what]),
    [
      ['user_created', undefined],
      ['user_changed', ['attribute:groupSids', 'attribute:costCenter']],
    ],
  )
  await einlass(['user', 'change', 'erika', '--email', 'erika@example.org'])
  assert.equal((await show()).isEmailVerified, true)
  await db.updateTable('users').set({ managed_by: 'scim:entra' }).execute()
  const { stdout: unverified } = await einlass(['user', 'show', 'erika'])
  assert.match(unverified, /erika@example\.org \(apps do not hear that it is verified\)/)
  await einlass(['user', 'add', 'max', '--admin'])
  await einlass(['user', 'remove', 'erika', '--yes'])
  assert.deepEqual(await db.selectFrom('user_attributes').selectAll().execute(), [])
})

test('an invalid attribute is refused with the allowed values, and nothing is changed', async (t) => {
  const { einlass } = await openTerminal(t)
  await einlass(['user', 'add', 'erika', '--attribute', 'givenName=Erika'])
  for (const [options, text] of [
    [
      ['--attribute', 'givenName'],
      /--attribute\n {2}found: {3}"givenName"\n.*NAME=VALUE.*familyName/,
    ],
    [['--attribute', 'givenname=Max'], /the name givenName, in this spelling/],
    [['--attribute', 'a b=c'], /up to 64 letters/],
    [['--attribute', 'givenName=Max', '--attribute', 'givenName=Moritz'], /one value/],
    [['--attribute', 'sid=admin'], /security identifier/],
    [['--attribute', 'x=1', '--no-attribute', 'x'], /--no-attribute/],
    [['--no-attribute', 'givenname'], /--no-attribute[\s\S]*givenName/],
  ] as const) {
    const { code, stderr } = await einlass(['user', 'change', 'erika', ...options])
    assert.equal(code, 64)
    assert.match(stderr, text)
  }
  const shown = (await einlass(['user', 'show', 'erika', '--json'])).json()
  assert.deepEqual((shown as Record<string, unknown>).attributes, { givenName: ['Erika'] })
  assert.equal((await einlass(['user', 'show', 'nobody'])).code, 1)
})
