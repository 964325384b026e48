import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile, stat, symlink, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { PassThrough, Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { type TestContext, test } from 'node:test'
import { openTerminal } from '../../dev/test-support/cli.ts'
import { readAudit } from '../../identity/audit/chain.ts'
import { createUsers } from '../../identity/users/users.ts'
import { systemClock as clock } from '../../platform/kernel/clock.ts'
import type { Io } from '../../platform/kernel/io.ts'
import { silentLog as log } from '../../platform/kernel/log.ts'
import { systemRandom as random } from '../../platform/kernel/random.ts'
import { openDatabase } from '../../platform/storage/open.ts'
import { run } from '../run.ts'

const hash =
  '$argon2id$v=19$m=19456,t=2,p=1$x8hvoAD9VKMs6qMBBxHDbw$y+1taQZ962W1qZNJ6Z2gPYcNRNCa8fep/782hYfPujE'

interface Report {
  readonly applied: boolean
  readonly new: number
  readonly unchanged: number
  readonly refused: number
  readonly left_alone: number
  readonly leftAlone: readonly { line: number; name?: string; reason: string }[]
  readonly refusals: readonly { line: number; name?: string; reason: string }[]
  readonly leftOut: Readonly<Record<string, number>>
}

async function setUp(t: TestContext) {
  const terminal = await openTerminal(t)
  const storage = { type: 'sqlite', file: join(terminal.folder, 'einlass.db') } as const
  const { db, close } = await openDatabase({ storage, log })
  t.after(close)
  const place = (name: string) => join(terminal.folder, name)
  return {
    ...terminal,
    db,
    place,
    env: {
      ...process.env,
      EINLASS_PUBLIC_URL: 'https://login.example.org',
      EINLASS_STORAGE_FILE: place('einlass.db'),
      EINLASS_KEY_FILE: place('einlass.key'),
    },
    users: createUsers({ clock, random }),
    write: (name: string, content: string) => writeFile(place(name), content),
    /** Runs the import of a file and gives its report as JSON. */
    async run(name: string, ...options: string[]) {
      const args = ['import', 'users', place(name), '--json', ...options]
      const { code, stdout, stderr } = await terminal.einlass(args)
      assert.ok(!`${stdout}${stderr}`.includes('argon2'), 'no hash is shown')
      return { code, ...(JSON.parse(stdout) as Report) }
    },
  }
}

const people = `username;displayName;email;passwordHash\r\nerika;Erika Muster;e@example.org;${hash}\r\nmax;;;\r\n`

test('an import first shows what it would do, writes with --apply, and changes nothing the second time', async (t) => {
  const { write, run, users, db, einlass, place } = await setUp(t)
  await write('people.csv', people)
  const shown = await einlass(['import', 'users', place('people.csv')])
  assert.match(shown.stdout, /2 {2}new[\s\S]*Nothing was written. To write it: .*--apply/)
  assert.deepEqual([shown.code, await users.count(db)], [0, 0])
  const first = await run('people.csv', '--apply')
  assert.deepEqual([first.code, first.applied, first.new], [0, true, 2])
  const erika = await users.findByName(db, 'erika')
  assert.deepEqual([erika?.displayName, erika?.passwordChangeRequired], ['Erika Muster', false])
  const events = await readAudit(db, { limit: 10 })
  assert.deepEqual(
    events.map(({ type }) => type),
    ['user_created', 'user_created', 'users_imported'],
  )
  const second = await run('people.csv', '--apply')
  assert.deepEqual([second.new, second.unchanged], [0, 2])
  assert.equal((await readAudit(db, { limit: 10 })).length, 3)
})

test('an import names and does not change an administrator, and still imports the other users', async (t) => {
  const { write, run, users, db, einlass, place } = await setUp(t)
  await einlass(['user', 'add', 'root', '--admin', '--email', 'root@example.org'])
  await write('people.csv', 'username,email\nroot,root@evil.example\nmax,max@example.org\n')
  const shown = await einlass(['import', 'users', place('people.csv')])
  assert.match(shown.stdout, /1 {2}left alone[\s\S]*Left alone:\n {2}line 2, root: .* role admin/)
  const first = await run('people.csv', '--apply')
  assert.deepEqual([first.code, first.applied, first.new, first.left_alone], [0, true, 1, 1])
  assert.deepEqual(
    first.leftAlone.map(({ line, name }) => [line, name]),
    [[2, 'root']],
  )
  assert.equal((await users.findByName(db, 'root'))?.email, 'root@example.org')
  const wanted = await run('people.csv', '--apply', '--with', 'role-holders')
  assert.equal(wanted.left_alone, 0)
  assert.equal((await users.findByName(db, 'root'))?.email, 'root@evil.example')
})

test('one refused record prevents the whole import, unless --skip-refused is given', async (t) => {
  const { write, run, users, db } = await setUp(t)
  const rows = [
    'username,email,passwordHash',
    'erika,,',
    'max,nobody,',
    'ＥRIKA ,,',
    'moritz,,secret',
    ',,',
    'a\u200bb,,',
  ]
  await write('people.csv', rows.join('\n'))
  const held = await run('people.csv', '--apply')
  assert.deepEqual([held.code, held.applied, await users.count(db)], [65, false, 0])
  assert.deepEqual(held.refusals, [
    { line: 3, name: 'max', reason: 'its e-mail address cannot be one' },
    { line: 4, name: 'ＥRIKA', reason: 'the file has it in line 2 already' },
    {
      line: 5,
      name: 'moritz',
      reason: 'its password is in the clear, or its hash is of no form that a login can verify',
    },
    { line: 6, reason: 'it has no user name' },
    {
      line: 7,
      name: 'a\\u200bb',
      reason: 'its user name is not a text of 1 to 256 visible characters',
    },
  ])
  const others = await run('people.csv', '--apply', '--skip-refused')
  assert.deepEqual([others.code, others.new, await users.count(db)], [65, 1, 1])
})

test('a refusal names the wrong value, and German words for true and false are accepted', async (t) => {
  const { write, run, users, db } = await setUp(t)
  const rows = ['username,disabled', 'erika,ja', 'max,FALSCH', 'lisa,vielleicht nie']
  await write('people.csv', rows.join('\n'))
  const reason = "its disabled is 'vielleicht nie', neither true nor false"
  const done = await run('people.csv', '--apply', '--skip-refused')
  assert.deepEqual(done.refusals, [{ line: 4, name: 'lisa', reason }])
  assert.notEqual((await users.findByName(db, 'erika'))?.disabledAt, null)
  assert.equal((await users.findByName(db, 'max'))?.disabledAt, null)
})

test('a file that cannot be read to its end is not imported at all', async (t) => {
  const { write, run, users, db } = await setUp(t)
  await write('people.csv', 'username,displayName\nerika,E\nmax,"M\n')
  const { code, applied, refusals } = await run('people.csv', '--apply', '--skip-refused')
  assert.deepEqual([code, applied, refusals.length, await users.count(db)], [65, false, 1, 0])
})

test('groups, attributes and roles are imported only with --with, and the report says what was left out', async (t) => {
  const { write, run, users, db, einlass } = await setUp(t)
  const line = {
    username: 'erika',
    role: 'admin',
    groups: ['staff'],
    attributes: { givenName: 'E' },
  }
  await write('people.jsonl', JSON.stringify(line))
  const without = await run('people.jsonl')
  assert.deepEqual(without.leftOut, { groups: 1, role: 1, 'attributes.givenName': 1 })
  const all = ['attributes', 'groups', 'roles'].flatMap((what) => ['--with', what])
  const { leftOut } = await run('people.jsonl', '--apply', '--must-change', ...all)
  assert.deepEqual(leftOut, {})
  assert.equal((await users.findByName(db, 'erika'))?.role, 'admin')
  const { stdout } = await einlass(['user', 'show', 'erika'])
  assert.match(stdout, /staff/)
  assert.match(stdout, /givenName/)
})

test('users are imported from an LDIF of a directory, disabled users as disabled, and other entries are skipped', async (t) => {
  const { write, run, users, db } = await setUp(t)
  const entries = [
    'dn: ou=people,dc=example\nobjectClass: organizationalUnit\nou: people',
    `dn: uid=erika,ou=people\nobjectClass: inetOrgPerson\nuid: erika\ncn:: ${Buffer.from('Erika Müller').toString('base64')}\nmail: e@example.org\nuserPassword:: ${Buffer.from(hash).toString('base64')}\nmemberOf: cn=staff,ou=groups\nmemberOf: cn=Domain Users,ou=groups\nmemberOf: cn=a|b,ou=groups\nsn: Müller`,
    'dn: cn=max\nobjectClass: user\nsAMAccountName: max\nuserAccountControl: 514',
    'dn: cn=pc\nobjectClass: computer\nobjectClass: user\nsAMAccountName: pc$',
    'dn: uid=am\nobjectClass: inetOrgPerson\nuid: am\ninetUserStatus: Inactive',
    'dn: uid=clear\nobjectClass: inetOrgPerson\nuid: clear\nuserPassword: correct horse',
  ]
  await write('people.ldif', `version: 1\n\n${entries.join('\n\n')}\n`)
  const report = await run('people.ldif', '--apply', '--skip-refused', '--with', 'groups')
  assert.deepEqual([report.new, report.refused], [3, 1])
  assert.deepEqual(report.leftOut, { 'group a|b': 1, sn: 1 })
  const erika = await users.findByName(db, 'erika')
  assert.equal(erika?.displayName, 'Erika Müller')
  const groups = await db.selectFrom('user_groups').select('name').orderBy('name').execute()
  assert.deepEqual(
    groups.map(({ name }) => name),
    ['Domain Users', 'staff'],
  )
  for (const name of ['max', 'am'])
    assert.notEqual((await users.findByName(db, name))?.disabledAt, null, name)
})

test('the report has one line for each record and no secret, and only its owner can read it', async (t) => {
  const { write, run, place } = await setUp(t)
  await write('people.csv', `${people}erika,x;;;${hash}\r\nerika;;;\r\n`)
  await run('people.csv', '--report', place('report.jsonl'))
  const lines = (await readFile(place('report.jsonl'), 'utf8')).trim().split('\n')
  assert.deepEqual(
    lines.map((line) => JSON.parse(line)),
    [
      { line: 5, name: 'erika', type: 'refused', reason: 'the file has it in line 2 already' },
      { line: 2, name: 'erika', type: 'new' },
      { line: 3, name: 'max', type: 'new' },
      { line: 4, name: 'erika,x', type: 'new' },
    ],
  )
  assert.equal((await stat(place('report.jsonl'))).mode & 0o777, 0o600)
})

test('a report never overwrites the imported file, and an earlier report file becomes private', async (t) => {
  const { write, place, einlass, run } = await setUp(t)
  await write('people.csv', people)
  await symlink(place('people.csv'), place('link'))
  for (const name of ['people.csv', 'link']) {
    const args = ['import', 'users', place('people.csv'), '--report', place(name)]
    const { code, stderr } = await einlass(args)
    assert.equal(code, 64)
    assert.match(stderr, /is the file of the import/)
  }
  assert.equal(await readFile(place('people.csv'), 'utf8'), people)
  await write('report', 'earlier\n'.repeat(100))
  await run('people.csv', '--report', place('report'))
  assert.equal((await stat(place('report'))).mode & 0o777, 0o600)
  assert.equal((await readFile(place('report'), 'utf8')).trim().split('\n').length, 2)
})

test('on a terminal the import shows its progress in one line, and clears it at the end', async (t) => {
  const { write, place, env } = await setUp(t)
  await write('people.csv', people)
  const stderr = Object.assign(new PassThrough(), { isTTY: true })
  const io: Io = {
    stdin: Readable.from([]),
    stdout: new PassThrough(),
    stderr,
    env,
    readFile: () => '',
    readMode: () => undefined,
  }
  assert.equal(await run(['import', 'users', place('people.csv'), '--apply'], io), 0)
  const full = `[${'='.repeat(20)}] 100 % `
  const wipe = '\r\u001b[K'
  stderr.end()
  assert.equal(await text(stderr), `\rChecking ${full}${wipe}\rWriting ${full}${wipe}`)
})

test('a plaintext password is refused and never repeated in the output', async (t) => {
  const { write, place, einlass } = await setUp(t)
  await write('people.csv', 'username,password\nerika,correct horse battery\n')
  const { code, stdout, stderr } = await einlass(['import', 'users', place('people.csv')])
  assert.equal(code, 65)
  assert.match(stdout, /it has a password in the clear; only hashes are imported/)
  assert.ok(!`${stdout}${stderr}`.includes('correct'))
})

test('repeating the same command completes an import that was killed', async (t) => {
  const { write, place, users, db, env, run } = await setUp(t)
  const rows = Array.from({ length: 5000 }, (_, index) => `user${index},u${index}@example.org`)
  await write('people.csv', ['username,email', ...rows].join('\n'))
  const cli = resolve(import.meta.dirname, '../cli.js')
  const child = spawn(process.execPath, [cli, 'import', 'users', place('people.csv'), '--apply'], {
    env,
    stdio: 'ignore',
  })
  const ended = once(child, 'exit')
  while ((await users.count(db)) === 0) await new Promise(setImmediate)
  child.kill('SIGKILL')
  await ended
  const written = await users.count(db)
  assert.equal(written % 500, 0, 'a batch is written whole')
  const events = await db.selectFrom('audit_events').select('type').execute()
  assert.equal(events.filter(({ type }) => type === 'user_created').length, written)
  const again = await run('people.csv', '--apply')
  assert.deepEqual([again.new, again.unchanged], [5000 - written, written])
  assert.equal(await users.count(db), 5000)
})
