import assert from 'node:assert/strict'
import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { openTerminal } from '../dev/test-support/cli.ts'
import { silentLog as log } from '../platform/kernel/log.ts'
import { openDatabase } from '../platform/storage/open.ts'

const env = {
  EINLASS_PUBLIC_URL: 'https://login.example.org',
  EINLASS_MAIL_FROM: 'login@example.org',
  EINLASS_MAIL_SMTP_HOST: 'mail.example.org',
}

async function openDesk(t: TestContext) {
  const terminal = await openTerminal(t)
  const storage = { type: 'sqlite', file: join(terminal.folder, 'einlass.db') } as const
  const run = (...args: readonly string[]) => terminal.einlass(args, { env })
  await run('user', 'add', 'erika', '--email', 'erika@example.org', '--display-name', '=Erika')
  await run('user', 'add', 'max', '--display-name', 'Max "M." Mustermann')
  for (const name of ['erika', 'max']) await run('user', 'group', 'add', name, 'staff')
  const { db, close } = await openDatabase({ storage, log })
  t.after(close)
  return { ...terminal, db, run, path: (name: string) => join(terminal.folder, name) }
}

const link = /https:\/\/login\.example\.org\/invitation\/[\w-]{43}/g

test('a link is printed once, stored only as a hash, and ended by the next one and by the command', async (t) => {
  const { run, db } = await openDesk(t)
  const made = await run('invitation', 'create', 'ERIKA', '--expires', '2d')
  assert.equal(made.code, 0, made.stderr)
  const [first = ''] = made.stdout.match(link) ?? []
  assert.match(made.stdout, /^1 user is invited, until \d{4}-.*\nerika: https:/)
  const rows = JSON.stringify(await db.selectFrom('enrolment_invitations').selectAll().execute())
  assert.ok(first !== '' && !rows.includes(first.slice(-43)))
  await run('invitation', 'create', 'erika')
  const all = (await run('invitation', 'list', 'erika', '--json')).json() as { state: string }[]
  assert.deepEqual(all.map(({ state }) => state).toSorted(), ['ended', 'valid'])
  assert.match((await run('invitation', 'list')).stdout, /^erika +valid +paper/m)
  assert.match((await run('invitation', 'revoke', 'erika')).stdout, /of erika is ended/)
  assert.match((await run('invitation', 'revoke', 'erika')).stdout, /no open invitation/)
  assert.equal((await run('invitation', 'list')).stdout.trim(), 'There are no invitations.')
  const events = await db.selectFrom('audit_events').select('type').execute()
  const own = events.map(({ type }) => type).filter((type) => type.startsWith('enrolment_'))
  const created = 'enrolment_invitation_created'
  assert.deepEqual(own, [created, created, 'enrolment_invitation_revoked'])
})

test('a mailed link goes sealed to the address of the account, and no operator sees it', async (t) => {
  const { run, db } = await openDesk(t)
  const made = await run('invitation', 'create', '--group', 'staff', '--mail')
  assert.match(made.stdout, /^1 user is invited, by mail/)
  assert.match(made.stdout, /Not invited: max has no e-mail address/)
  assert.doesNotMatch(made.stdout, link)
  const mails = await db.selectFrom('mail_queue').selectAll().execute()
  assert.deepEqual(
    mails.map(({ kind }) => kind),
    ['invitation'],
  )
  assert.doesNotMatch(JSON.stringify(mails), /invitation\/[\w-]{43}/)
})

test('a group gets letters to print and a table for mail merge, which only their owner can read', async (t) => {
  const { run, path } = await openDesk(t)
  const [letters, csv] = [path('letters.html'), path('people.csv')]
  const files = ['--letters', letters, '--csv', csv]
  const made = await run('invitation', 'create', '--group', 'staff', ...files)
  assert.equal(made.code, 0, made.stderr)
  assert.doesNotMatch(made.stdout, link)
  const table = await readFile(csv, 'utf8')
  const [head, erika, max] = table.split('\r\n')
  assert.equal(head, '"username","name","email","link","valid_until"')
  assert.match(erika ?? '', /^"erika","'=Erika","erika@example\.org","https:/)
  assert.match(max ?? '', /^"max","Max ""M\."" Mustermann","","https:/)
  const text = await readFile(letters, 'utf8')
  assert.equal(text.match(/<section/g)?.length, 2)
  assert.deepEqual(text.match(link)?.toSorted(), table.match(link)?.toSorted())
  assert.match(text, /Max &quot;M\.&quot; Mustermann/)
  for (const file of [letters, csv]) assert.equal((await stat(file)).mode & 0o777, 0o600)
  const again = await run('invitation', 'create', '--group', 'staff', '--csv', csv)
  assert.equal(again.code, 64)
  assert.match(again.stderr, /it is there already\. Nobody was invited/)
  // A run that invites nobody leaves no file behind.
  const unknown = await run('invitation', 'create', 'nobody', '--csv', path('other.csv'))
  assert.equal(unknown.code, 1)
  await assert.rejects(stat(path('other.csv')))
})

test('who gets no invitation is named with the reason', async (t) => {
  const { run, db } = await openDesk(t)
  await run('user', 'disable', 'max')
  const erika = await db.selectFrom('users').select('id').where('username', '=', 'erika').execute()
  await db
    .insertInto('totp_authenticators')
    .values({
      ...{ id: 'otp_1', user_id: `${erika[0]?.id}`, name: 'App', secret_sealed: 'sealed' },
      ...{ algorithm: 'SHA1', digits: 6, period: 30, last_counter: 0, status: 'active' },
      ...{ created_at: 1, last_used_at: null, activated_at: 1 },
    })
    .execute()
  const made = await run('invitation', 'create', 'erika', 'max')
  assert.match(made.stdout, /^0 users are invited/)
  assert.match(made.stdout, /erika has a second factor/)
  assert.match(made.stdout, /max disabled/)
  const wrong = [
    [['nobody'], 1, /no user "nobody"/],
    [[], 64, /Name users, or a group/],
    [['erika', '--group', 'staff'], 64, /not both/],
    [['erika', '--expires', '1m'], 64, /at least 1 hour/],
    [['erika', '--expires', 'soon'], 64, /--expires/],
    [['erika', '--mail', '--csv', 'x.csv'], 64, /excludes/],
  ] as const
  for (const [args, code, said] of wrong) {
    const refused = await run('invitation', 'create', ...args)
    assert.equal(refused.code, code, refused.stderr)
    assert.match(refused.stderr, said)
  }
})

test('the report names where the password alone is enough, with how many have no second factor', async (t) => {
  const { run } = await openDesk(t)
  const before = await run('invitation', 'report')
  assert.match(before.stdout, /^\(default_policy\) +everybody +optional +password +2$/m)
  assert.match(before.stdout, /^2 of 2 users have no second factor yet\.$/m)
  assert.match(before.stdout, /Warning: 2 of them can bind one with the password alone/)
  const add = ['app', 'add', 'vault', '--redirect-uri', 'https://vault.example.org/']
  assert.equal((await run(...add, '--first-factor', 'invitation')).code, 0)
  const group = ['app', 'change', 'vault', '--group', 'staff', '--first-factor', 'pass']
  assert.match((await run(...group)).stdout, /first factor by pass/)
  await run('user', 'group', 'remove', 'max', 'staff')
  const after = (await run('invitation', 'report', '--json')).json() as Record<string, unknown>
  assert.deepEqual(after.withoutFactor, { password: 0, network: 0, invitation: 1, pass: 1 })
  const taken = await run('app', 'change', 'vault', '--no-first-factor')
  assert.equal(taken.code, 0, taken.stderr)
  const wrong = await run('app', 'change', 'vault', '--first-factor', 'mail')
  assert.equal(wrong.code, 64)
  assert.match(wrong.stderr, /--first-factor\n +found: +"mail"\n.*network, invitation or pass/)
})
