import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { openTerminal, type Terminal } from '../dev/test-support/cli.ts'
import { loginEvents } from '../identity/audit/login-events.ts'
import { choiceEvents } from '../login/decision/events.ts'
import { configSchema } from '../platform/config/schema.ts'
import { silentLog as log } from '../platform/kernel/log.ts'
import { openTables } from '../platform/storage/backup/open-tables.ts'
import type { Database } from '../platform/storage/database.ts'
import { openDatabase } from '../platform/storage/open.ts'
import { openAudit, users } from './operations.ts'

interface Erased {
  readonly userId: string
  readonly pseudonym: string
  readonly replaced: number
}

function inDatabase<Result>(
  { folder }: Pick<Terminal, 'folder'>,
  work: (db: Database, audit: ReturnType<typeof openAudit>) => Promise<Result>,
): Promise<Result> {
  const storage = { type: 'sqlite', file: join(folder, 'einlass.db') } as const
  const config = configSchema.parse({ storage, key_file: join(folder, 'einlass.key') })
  return openDatabase({ storage, log }).then(async ({ db, close }) => {
    try {
      return await work(db, openAudit(config))
    } finally {
      await close()
    }
  })
}

/** Erika has logged in, failed, and said why she wants no second factor. */
async function openWithErika(t: TestContext) {
  const terminal = await openTerminal(t)
  await terminal.einlass(['user', 'add', 'Erika', '--email', 'erika@example.org'])
  await terminal.einlass(['user', 'add', 'max'])
  const id = await inDatabase(terminal, async (db, audit) => {
    const user = (await users.findByName(db, 'erika')) ?? assert.fail()
    const address = '192.0.2.7'
    for (const username of ['erika', 'former', 'max'])
      await audit.record(db, loginEvents.failed, { username, address, reason: 'wrong_credentials' })
    await audit.record(db, choiceEvents.declined, { userId: user.id, reason: 'Ich bin Erika.' })
    return user.id
  })
  return { ...terminal, id }
}

test('after an erasure the user is gone, no audit event names the user, and the log verifies', async (t) => {
  const { einlass, folder, id } = await openWithErika(t)
  const asked = await einlass(['user', 'erase', 'erika'])
  assert.equal(asked.code, 64)
  assert.match(asked.stderr, /There is no terminal to ask on\. .*add --yes/)
  const { code, stdout } = await einlass(['user', 'erase', 'ERIKA', '--also', 'Former', '--yes'])
  assert.equal(code, 0)
  assert.match(
    stdout,
    new RegExp(`^Erased ${id}\\. In the audit log it is erased_[\\w-]{22} now\\.`),
  )
  assert.match(stdout, /Not erased: what apps, backups, /)
  const verified = await einlass(['audit', 'verify'])
  assert.equal(verified.code, 0, verified.stdout)
  assert.match(verified.stdout, /Erased users are not named any more in \d+, /)
  const listed = (await einlass(['audit', 'list', '--json'])).stdout
  assert.doesNotMatch(listed, new RegExp(`erika|former|${id}`, 'i'))
  assert.match(listed, /"username":"max"/)
  assert.equal(listed.match(/192\.0\.2\.7/g)?.length, 1)
  await inDatabase({ folder }, async (db) => {
    const rows = await db.selectFrom('users').select('username').execute()
    assert.deepEqual(rows, [{ username: 'max' }])
  })
  const unknown = (await einlass(['user', 'erase', 'usr_unknown', '--yes'])).stderr
  assert.match(unknown, /There is no user "usr_\w+", and the audit log has none who was removed/)
})

test('after an erasure no table of the database names the user', async (t) => {
  const { einlass, folder, id } = await openWithErika(t)
  const mail = {
    EINLASS_MAIL_FROM: 'login@example.org',
    EINLASS_MAIL_SMTP_HOST: 'localhost',
    EINLASS_MAIL_SMTP_SECURITY: 'none',
  }
  for (const command of [
    ['user', 'group', 'add', 'erika', 'staff'],
    ['user', 'set-password', 'erika', '--password-stdin'],
    ['pass', 'issue', 'erika', '--reason', 'Erika has lost the phone'],
  ]) {
    const { code, stderr } = await einlass(command, { env: mail, stdin: 'Regenschirm im Mai' })
    assert.equal(code, 0, stderr)
  }
  const reset = await einlass(['user', 'reset-password', 'erika'], { env: mail })
  assert.equal(reset.code, 0, reset.stderr)
  const named = new RegExp(`erika|${id}`, 'i')
  const listTables = async () => {
    const store = await openTables({ type: 'sqlite', file: join(folder, 'einlass.db') }, 'read')
    const found: string[] = []
    for (const table of store.tables) {
      const rows = (await Array.fromAsync(store.read(table))).flat()
      if (named.test(JSON.stringify(rows))) found.push(table.name)
    }
    await store.close()
    return found.sort()
  }
  const before = await listTables()
  for (const table of ['audit_events', 'desk_passes', 'mail_queue', 'reset_links', 'users']) {
    assert.ok(before.includes(table), `${table}: ${before}`)
  }
  assert.equal((await einlass(['user', 'erase', 'erika', '--yes'])).code, 0)
  assert.deepEqual(await listTables(), [])
})

test('a failed login that is written after the erasure is erased by id and name', async (t) => {
  const { einlass, folder, id } = await openWithErika(t)
  const { stdout } = await einlass(['user', 'erase', 'erika', '--yes'])
  assert.ok(stdout.includes(`"einlass user erase ${id} --also NAME" finds it`), stdout)
  await inDatabase({ folder }, (db, audit) =>
    audit.record(db, loginEvents.failed, {
      ...{ username: 'Erika', address: '192.0.2.9', times: 3, reason: 'wrong_credentials' },
    }),
  )
  const again = await einlass(['user', 'erase', id, '--also', 'Erika', '--yes', '--json'])
  assert.equal((again.json() as Erased).replaced, 1)
  assert.doesNotMatch((await einlass(['audit', 'list', '--json'])).stdout, /erika|192\.0\.2\.9/i)
})

test('a removed user is erased by name or id, and if two users had the name only by id', async (t) => {
  const { einlass, id } = await openWithErika(t)
  await einlass(['user', 'remove', 'erika', '--yes'])
  await einlass(['user', 'add', 'erika'])
  // The second user with this name.
  const second = (await einlass(['user', 'show', 'erika', '--json'])).json() as { id: string }
  await einlass(['user', 'remove', 'erika', '--yes'])
  const unclear = await einlass(['user', 'erase', 'erika', '--yes'])
  assert.equal(unclear.code, 1)
  assert.ok(unclear.stderr.includes(id) && unclear.stderr.includes(second.id))
  const { code, stdout } = await einlass(['user', 'erase', id, '--yes', '--json'])
  assert.equal(code, 0, stdout)
  const listed = (await einlass(['audit', 'list', '--json'])).stdout
  assert.doesNotMatch(listed, new RegExp(`${id}|Erika|Ich bin`))
  assert.ok(listed.includes(second.id))
  const one = (await einlass(['user', 'erase', 'erika', '--yes', '--json'])).json() as Erased
  assert.equal(one.userId, second.id)
  assert.doesNotMatch((await einlass(['audit', 'list', '--json'])).stdout, /erika/i)
  assert.equal((await einlass(['audit', 'verify'])).code, 0)
  assert.equal((await einlass(['user', 'erase', 'nobody', '--yes'])).code, 1)
})

test('an erasure leaves failed logins of a user whose name is the e-mail address of the erased user', async (t) => {
  const { einlass, folder } = await openWithErika(t)
  await einlass(['user', 'add', 'team@example.org'])
  await einlass(['user', 'change', 'erika', '--email', 'team@example.org'])
  await inDatabase({ folder }, (db, audit) =>
    audit.record(db, loginEvents.failed, {
      ...{ username: 'team@example.org', address: '192.0.2.9', reason: 'wrong_credentials' },
    }),
  )
  assert.equal((await einlass(['user', 'erase', 'erika', '--yes'])).code, 0)
  const listed = (await einlass(['audit', 'list', '--json'])).stdout
  assert.match(listed, /"address":"192\.0\.2\.9".*"username":"team@example\.org"/)
})

test('an erasure leaves failed logins of a later user with the same name unchanged', async (t) => {
  const { einlass, folder, id } = await openWithErika(t)
  await einlass(['user', 'remove', 'erika', '--yes'])
  await einlass(['user', 'add', 'erika'])
  await inDatabase({ folder }, (db, audit) =>
    audit.record(db, loginEvents.failed, {
      ...{ username: 'erika', address: '192.0.2.8' },
      reason: 'wrong_credentials',
    }),
  )
  await einlass(['user', 'erase', id, '--yes'])
  const listed = (await einlass(['audit', 'list', '--json', '--type', 'login_failed'])).stdout
  const names = listed
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line).data)
  assert.deepEqual(
    names.map(({ address }) => address),
    [null, '192.0.2.7', '192.0.2.7', '192.0.2.8'],
  )
  assert.equal(names[3].username, 'erika')
})

test('user erase refuses the only administrator and changes nothing', async (t) => {
  const { einlass } = await openTerminal(t)
  await einlass(['user', 'add', 'chief', '--admin'])
  const { code, stderr } = await einlass(['user', 'erase', 'chief', '--yes'])
  assert.equal(code, 1)
  assert.match(stderr, /only administrator/)
  assert.match((await einlass(['audit', 'list'])).stdout, /chief/)
})

for (const source of ['the replaced database', 'exported events'])
  test(`a restore of an older backup repeats an erasure, by ${source}`, async (t) => {
    const { einlass, folder, id } = await openWithErika(t)
    const file = join(folder, 'backup.db')
    assert.equal((await einlass(['backup', file])).code, 0)
    await einlass(['user', 'erase', 'erika', '--also', 'former', '--yes'])
    await einlass(['user', 'remove', 'max', '--yes'])
    const { stdout: events } = await einlass(['audit', 'list', '--json'])
    await writeFile(join(folder, 'events.jsonl'), events)
    const ends = source === 'exported events' ? ['--ends', join(folder, 'events.jsonl')] : []
    const restored = await einlass(['restore', file, '--replace', ...ends, '--json'])
    assert.equal(restored.code, 0, restored.stderr)
    const { repeated } = (restored.json() as { ends: { repeated: object } }).ends
    assert.deepEqual(repeated, { user_removed: 1, user_erased: 1 })
    const listed = (await einlass(['audit', 'list', '--json'])).stdout
    assert.doesNotMatch(listed, new RegExp(`erika|former|${id}`, 'i'))
    assert.equal((await einlass(['audit', 'verify'])).code, 0)
    assert.deepEqual((await einlass(['user', 'list', '--json'])).json(), [])
    assert.ok((await readFile(file)).includes('Erika'), 'the backup itself stays as it is')
  })
