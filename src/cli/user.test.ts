import assert from 'node:assert/strict'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { openTerminal, type Terminal } from '../dev/test-support/cli.ts'
import { testRows as rows } from '../dev/test-support/keyring.ts'
import { readAudit } from '../identity/audit/chain.ts'
import { saveParticipant } from '../identity/sessions/participants.ts'
import { createSessions } from '../identity/sessions/sessions.ts'
import { createHasher } from '../identity/users/hasher.ts'
import { createLocalPasswords } from '../identity/users/local/passwords.ts'
import type { User } from '../identity/users/user.ts'
import { createUsers } from '../identity/users/users.ts'
import { minutes, systemClock } from '../platform/kernel/clock.ts'
import { silentLog } from '../platform/kernel/log.ts'
import { systemRandom } from '../platform/kernel/random.ts'
import { openDatabase } from '../platform/storage/open.ts'

const password = 'correct horse battery staple'

async function openData(t: TestContext, { folder }: Terminal) {
  const storage = { type: 'sqlite', file: join(folder, 'einlass.db') } as const
  const { db, close } = await openDatabase({ storage, log: silentLog })
  t.after(close)
  const random = systemRandom
  const limits = { idle: minutes(5), absolute: minutes(60) }
  return {
    db,
    users: createUsers({ clock: systemClock, random }),
    hashOf: (user: User | undefined) =>
      createLocalPasswords({ clock: systemClock }).find(db, user?.id ?? ''),
    sessions: createSessions({ db, rows, clock: systemClock, random, limits, log: silentLog }),
    async eventTypes() {
      const events = await readAudit(db, { after: 0, limit: 100 })
      return events.map(({ type, data }) =>
        `${data.by}`.startsWith('cli:') ? `${type} by cli` : type,
      )
    },
  }
}

async function logIn(data: Awaited<ReturnType<typeof openData>>, name: string) {
  const user = await data.users.findByName(data.db, name)
  assert.ok(user)
  const { token } = await data.sessions.create(data.db, {
    userId: user.id,
    amr: ['pwd'],
    acr: 'urn:einlass:acr:password',
    authenticatedAt: systemClock.now(),
    client: { address: null, userAgent: null },
  })
  return token
}

test('a user added with a password from standard input can log in with it', async (t) => {
  const terminal = await openTerminal(t)
  const added = await terminal.einlass(
    ['user', 'add', 'Erika', '--email', 'e@example.org', '--admin', '--password-stdin', '--json'],
    { stdin: `${password}\n` },
  )
  assert.equal(added.code, 0, added.stderr)
  assert.ok(!added.stdout.includes(password))
  const data = await openData(t, terminal)
  const user = await data.users.findByName(data.db, 'erika')
  assert.deepEqual([user?.role, user?.email], ['admin', 'e@example.org'])
  const hasher = createHasher({ cores: 1, log: silentLog })
  assert.equal((await hasher.verify(await data.hashOf(user), password)).matches, true)
  assert.deepEqual(await data.eventTypes(), ['user_created by cli'])
})

test('on a terminal the command asks for a password twice on standard error and never shows it', async (t) => {
  const terminal = await openTerminal(t)
  const add = ['user', 'add', 'erika', '--password-stdin']
  const typed = (stdin: string) => terminal.einlass(add, { stdin, isTerminal: true })
  const other = await typed(`${password}\n${password}!\n`)
  assert.equal(other.code, 64)
  assert.match(other.stderr, /These are two different ones/)
  const early = await typed(`${password}\n\u0003`)
  assert.equal(early.code, 1)
  assert.match(early.stderr, /Nothing was changed/)
  const added = await typed(`${password}\r${password}\r`)
  assert.equal(added.code, 0, added.stderr)
  assert.equal(added.stderr, 'New password for erika: \nOnce more: \n')
  assert.ok(!added.stdout.includes(password))
  const data = await openData(t, terminal)
  const user = await data.users.findByName(data.db, 'erika')
  const hasher = createHasher({ cores: 1, log: silentLog })
  assert.equal((await hasher.verify(await data.hashOf(user), password)).matches, true)
})

test('user add without a password generates and shows one that works', async (t) => {
  const terminal = await openTerminal(t)
  const added = (await terminal.einlass(['user', 'add', 'erika', '--json'])).json()
  const made = (added as { password: string }).password
  assert.match(made, /^([a-z2-9]{5}-){3}[a-z2-9]{5}$/)
  const data = await openData(t, terminal)
  const user = await data.users.findByName(data.db, 'erika')
  const hasher = createHasher({ cores: 1, log: silentLog })
  assert.equal((await hasher.verify(await data.hashOf(user), made)).matches, true)
})

test('user add says that a generated password is shown once and must be changed', async (t) => {
  const { einlass } = await openTerminal(t)
  const { stdout } = await einlass(['user', 'add', 'erika'])
  assert.match(stdout, /shown this once, and has to be changed at the next login/)
})

test('user add refuses a bad password, a bad address and a taken name', async (t) => {
  const { einlass } = await openTerminal(t)
  await einlass(['user', 'add', 'erika'])
  const short = await einlass(['user', 'add', 'bob', '--password-stdin'], { stdin: 'short\n' })
  assert.equal(short.code, 1)
  assert.match(short.stderr, /15 characters/)
  assert.equal((await einlass(['user', 'add', 'bob', '--email', 'x'])).code, 64)
  assert.equal((await einlass(['user', 'add', ''])).code, 64)
  assert.equal((await einlass(['user', 'add', 'ERIKA'])).code, 1)
  assert.equal(((await einlass(['user', 'list', '--json'])).json() as unknown[]).length, 1)
})

test('disabling a user ends all sessions and makes new ones invalid until the user is enabled; both have audit events', async (t) => {
  const terminal = await openTerminal(t)
  await terminal.einlass(['user', 'add', 'erika'])
  const data = await openData(t, terminal)
  const token = await logIn(data, 'erika')
  assert.ok(await data.sessions.find(token))
  const disabled = await terminal.einlass(['user', 'disable', 'Erika', '--json'])
  assert.deepEqual(disabled.json(), {
    username: 'erika',
    changed: true,
    sessionsEnded: 1,
    apps: [],
  })
  assert.equal(await data.sessions.find(token), undefined)
  assert.equal(await data.sessions.find(await logIn(data, 'erika')), undefined)
  await terminal.einlass(['user', 'enable', 'erika'])
  assert.equal(await data.sessions.find(token), undefined)
  assert.ok(await data.sessions.find(await logIn(data, 'erika')))
  assert.deepEqual(await data.eventTypes(), [
    'user_created by cli',
    'user_disabled by cli',
    'session_ended',
    'user_enabled by cli',
  ])
  assert.equal((await terminal.einlass(['user', 'enable', 'nobody'])).code, 1)
  assert.equal((await terminal.einlass(['user', 'disable', 'nobody'])).code, 1)
})

test('a new password ends sessions and writes an audit event', async (t) => {
  const terminal = await openTerminal(t)
  await terminal.einlass(['user', 'add', 'erika'])
  const data = await openData(t, terminal)
  const token = await logIn(data, 'erika')
  const args = ['user', 'set-password', 'erika', '--password-stdin']
  const set = await terminal.einlass(args, { stdin: password })
  assert.equal(set.code, 0, set.stderr)
  assert.equal(await data.sessions.find(token), undefined)
  const events = ['user_created by cli', 'password_set by cli', 'session_ended']
  assert.deepEqual(await data.eventTypes(), events)
  const nobody = ['user', 'set-password', 'nobody', '--password-stdin']
  assert.equal((await terminal.einlass(nobody, { stdin: password })).code, 1)
})

test('audit verify finds an edited audit log', async (t) => {
  const terminal = await openTerminal(t)
  await terminal.einlass(['user', 'add', 'erika'])
  assert.equal((await terminal.einlass(['audit', 'verify'])).code, 0)
  const { db } = await openData(t, terminal)
  await db.updateTable('audit_events').set({ type: 'user_enabled' }).execute()
  const { code, stdout } = await terminal.einlass(['audit', 'verify', '--json'])
  assert.equal(code, 1)
  assert.equal((JSON.parse(stdout) as { seq: number }).seq, 1)
})

test('the only administrator who can log in cannot be disabled', async (t) => {
  const { einlass } = await openTerminal(t)
  for (const name of ['ada', 'bob']) await einlass(['user', 'add', name, '--admin'])
  await einlass(['user', 'add', 'erika'])
  assert.equal((await einlass(['user', 'disable', 'ada'])).code, 0)
  assert.equal((await einlass(['user', 'disable', 'ada'])).code, 0)
  const { code, stderr } = await einlass(['user', 'disable', 'BOB'])
  assert.equal(code, 1)
  assert.match(stderr, /bob is the only administrator who can log in/)
  assert.equal((await einlass(['user', 'disable', 'erika'])).code, 0)
  await einlass(['user', 'enable', 'ada'])
  assert.equal((await einlass(['user', 'disable', 'bob'])).code, 0)
})

test('the error for an invalid option of user add names the option', async (t) => {
  const { einlass } = await openTerminal(t)
  const { code, stderr } = await einlass([
    'user',
    'add',
    'bob',
    '--email',
    'x',
    '--display-name',
    ' ',
  ])
  assert.equal(code, 64)
  assert.match(stderr, /--email\n {2}found: {3}"x"\n {2}allowed: an e-mail address/)
  assert.match(stderr, /--display-name\n {2}found: {3}" "/)
})

test('a generated or marked password must be changed at the first login', async (t) => {
  const terminal = await openTerminal(t)
  const stdin = `${password}\n`
  await terminal.einlass(['user', 'add', 'made'])
  await terminal.einlass(['user', 'add', 'given', '--password-stdin'], { stdin })
  await terminal.einlass(['user', 'add', 'marked', '--password-stdin', '--must-change'], { stdin })
  const required = async () => {
    const listed = (await terminal.einlass(['user', 'list', '--json'])).json()
    return (listed as { username: string; passwordChangeRequired: boolean }[])
      .filter(({ passwordChangeRequired }) => passwordChangeRequired)
      .map(({ username }) => username)
  }
  assert.deepEqual(await required(), ['made', 'marked'])
  assert.match((await terminal.einlass(['user', 'list'])).stdout, /made .*new password needed/)
  await terminal.einlass(['user', 'set-password', 'given'])
  await terminal.einlass(['user', 'set-password', 'made', '--password-stdin'], { stdin })
  assert.deepEqual(await required(), ['given', 'marked'])
})

test('users are added to groups and removed from them', async (t) => {
  const terminal = await openTerminal(t)
  const { einlass } = terminal
  await einlass(['user', 'add', 'erika'])
  const said = async (...args: string[]) =>
    (await einlass(['user', 'group', ...args])).stdout.trim()
  assert.equal(await said('add', 'ERIKA', 'board'), 'erika is in board.')
  assert.equal(await said('add', 'erika', 'board'), 'erika was in board before.')
  assert.equal(await said('add', 'erika', 'pilots'), 'erika is in pilots.')
  assert.match((await einlass(['user', 'list'])).stdout, /erika .*board, pilots/)
  assert.equal(await said('remove', 'erika', 'board'), 'erika left board.')
  assert.equal(await said('remove', 'erika', 'board'), 'erika was not in board.')
  const [listed] = (await einlass(['user', 'list', '--json'])).json() as { groups: string[] }[]
  assert.deepEqual(listed?.groups, ['pilots'])
  assert.equal((await einlass(['user', 'group', 'add', 'nobody', 'board'])).code, 1)
  const { code, stderr } = await einlass(['user', 'group', 'add', 'erika', 'a,b'])
  assert.equal(code, 64)
  assert.match(stderr, /GROUP\n {2}found: {3}"a,b"/)
  const data = await openData(t, terminal)
  assert.deepEqual(
    (await data.eventTypes()).filter((type) => type.includes('group')),
    ['user_group_added by cli', 'user_group_added by cli', 'user_group_removed by cli'],
  )
})

test('changing name and address of a user notifies the earlier address and leaves the rest unchanged', async (t) => {
  const terminal = await openTerminal(t)
  const { einlass } = terminal
  await einlass(['user', 'add', 'erika', '--email', 'old@example.org', '--admin'])
  const data = await openData(t, terminal)
  const token = await logIn(data, 'erika')
  const mail = {
    EINLASS_MAIL_FROM: 'login@example.org',
    EINLASS_MAIL_SMTP_HOST: 'mail.example.org',
  }
  const changed = await einlass(
    [
      'user',
      'change',
      'Erika',
      '--email',
      'new@example.org',
      '--display-name',
      'Erika M.',
      '--json',
    ],
    { env: mail },
  )
  assert.equal(changed.code, 0, changed.stderr)
  const { username, displayName, email, role } = changed.json() as Record<string, string>
  assert.deepEqual(
    [username, displayName, email, role],
    ['erika', 'Erika M.', 'new@example.org', 'admin'],
  )
  assert.ok(await data.sessions.find(token))
  const mails = await data.db.selectFrom('mail_queue').select(['kind', 'recipient']).execute()
  assert.deepEqual(mails, [{ kind: 'email_changed', recipient: 'old@example.org' }])
  const without = await einlass(['user', 'change', 'erika', '--no-email'])
  assert.equal(without.stdout, 'erika: Erika M., no e-mail address\n')
  await einlass(['user', 'change', 'erika', '--no-email'])
  assert.deepEqual(await data.eventTypes(), [
    'user_created by cli',
    'user_changed by cli',
    'user_changed by cli',
  ])
})

test('an invalid change of a user changes nothing and gives the reason', async (t) => {
  const { einlass } = await openTerminal(t)
  await einlass(['user', 'add', 'erika', '--email', 'e@example.org'])
  const before = (await einlass(['user', 'list', '--json'])).stdout
  for (const [options, code, text] of [
    [[], 64, /Nothing to change/],
    [['--email', 'x'], 64, /--email\n {2}found: {3}"x"/],
    [['--display-name', ' '], 64, /--display-name/],
    [['--email', 'a@example.org', '--no-email'], 64, /exclude each other/],
  ] as const) {
    const { code: found, stderr } = await einlass(['user', 'change', 'erika', ...options])
    assert.equal(found, code)
    assert.match(stderr, text)
  }
  assert.equal((await einlass(['user', 'change', 'nobody', '--no-email'])).code, 1)
  assert.equal((await einlass(['user', 'list', '--json'])).stdout, before)
})

test('removing a user deletes all their data, and the audit log still names the user', async (t) => {
  const terminal = await openTerminal(t)
  const { einlass } = terminal
  const mail = {
    EINLASS_MAIL_FROM: 'login@example.org',
    EINLASS_MAIL_SMTP_HOST: 'mail.example.org',
  }
  await einlass(['user', 'add', 'erika', '--email', 'e@example.org'])
  await einlass(['user', 'add', 'max', '--email', 'm@example.org'])
  await einlass(['user', 'group', 'add', 'erika', 'board'])
  await einlass(['user', 'set-password', 'erika'], { env: mail })
  await einlass(['user', 'set-password', 'max'], { env: mail })
  const data = await openData(t, terminal)
  const token = await logIn(data, 'erika')
  const id = (await data.users.findByName(data.db, 'erika'))?.id ?? ''
  const key = { user_id: id, rp_id: 'login.example.org', credential_id: 'c', public_key: 'k' }
  const more = { id: 'psk_a', sign_count: 0, transports: '[]', name: 'Key', created_at: 1 }
  const flags = { backup_eligible: 0, backed_up: 0, last_used_at: null } as const
  await data.db
    .insertInto('passkeys')
    .values({ ...key, ...more, ...flags })
    .execute()

  const { id: session } = await data.db
    .selectFrom('sessions')
    .select('id')
    .executeTakeFirstOrThrow()
  const entered = { sessionId: session as never, userId: id as never, appId: 'wiki' }
  const times = { now: Date.now(), expiresAt: Date.now() + 60_000 }
  await saveParticipant(data.db, { ...entered, protocol: 'oidc', data: {} }, times)

  const removed = await einlass(['user', 'remove', 'erika', '--yes', '--json'])
  assert.equal(removed.code, 0, removed.stderr)
  assert.deepEqual(removed.json(), {
    username: 'erika',
    id,
    removed: true,
    sessionsEnded: 1,
    apps: [],
  })
  assert.equal(await data.sessions.find(token), undefined)
  for (const table of ['passkeys', 'user_groups', 'sessions'] as const) {
    assert.deepEqual(await data.db.selectFrom(table).selectAll().execute(), [], table)
  }
  const queued = await data.db.selectFrom('logout_queue').selectAll().execute()
  assert.deepEqual(
    queued.map((row) => [row.session_id, row.app_id, row.status]),
    [[session, 'wiki', 'waiting']],
    'a server notifies the app',
  )
  const mails = await data.db.selectFrom('mail_queue').select('recipient').execute()
  assert.deepEqual(mails, [{ recipient: 'm@example.org' }])
  const events = await data.eventTypes()
  assert.deepEqual(events.slice(-2), ['session_ended', 'user_removed by cli'])
  assert.equal((await einlass(['audit', 'verify'])).code, 0)
  assert.equal((await einlass(['user', 'add', 'erika'])).code, 0, 'the name is free again')
})

test('a user is removed only after confirmation, and the last administrator never', async (t) => {
  const { einlass } = await openTerminal(t)
  await einlass(['user', 'add', 'erika', '--admin'])
  await einlass(['user', 'add', 'max', '--display-name', 'Max \u001b[31mMuster'])
  const remove = (name: string, ...more: string[]) => einlass(['user', 'remove', name, ...more])
  const asked = await remove('max')
  assert.equal(asked.code, 64)
  assert.match(asked.stderr, /cannot be taken back[\s\S]*--yes/)
  assert.ok(!asked.stderr.includes('\u001b'))
  const typed = (stdin: string) => einlass(['user', 'remove', 'max'], { stdin, isTerminal: true })
  for (const answer of ['', 'y\n', 'yes\n', 'erika\n']) {
    const { code, stderr } = await typed(answer)
    assert.equal(code, 1)
    assert.match(stderr, /Type max to go on: Nothing was changed/)
  }
  const last = await remove('erika', '--yes')
  assert.equal(last.code, 1)
  assert.match(last.stderr, /only administrator/)
  assert.equal((await remove('nobody', '--yes')).code, 1)
  assert.equal(((await einlass(['user', 'list', '--json'])).json() as unknown[]).length, 2)
  assert.equal((await typed('max\n')).code, 0)
  assert.equal(((await einlass(['user', 'list', '--json'])).json() as unknown[]).length, 1)
})
