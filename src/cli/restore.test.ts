/** What a restore knows of the time after the backup. */
import assert from 'node:assert/strict'
import { rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { type TestContext, test } from 'node:test'
import { openTerminal, type Terminal } from '../dev/test-support/cli.ts'
import { createTotpStore } from '../login/factors/totp/store.ts'
import { systemClock as clock } from '../platform/kernel/clock.ts'
import { createKeyring } from '../platform/kernel/keyring.ts'
import { silentLog as log } from '../platform/kernel/log.ts'
import { systemRandom as random } from '../platform/kernel/random.ts'
import { loadKeys } from '../platform/storage/key-file.ts'
import { openDatabase } from '../platform/storage/open.ts'
import { users } from './operations.ts'

interface Restored {
  readonly ends?: {
    readonly repeated: Record<string, number>
    readonly left: Record<string, number>
  }
  readonly gaps?: readonly unknown[]
  readonly unclear?: number
}

/** Erika, Max, Otto and Anna are in the backup. After it, each of them lost something, such as a group or the account. */
async function openAfterEnds(t: TestContext) {
  const terminal = await openTerminal(t)
  const { einlass, folder } = terminal
  for (const name of ['erika', 'max', 'otto', 'anna']) await einlass(['user', 'add', name])
  await einlass(['user', 'group', 'add', 'max', 'staff'])
  await einlass(['app', 'add', 'wiki', '--redirect-uri', 'https://wiki.example.org/callback'])
  const code = await addCodeApp(terminal)
  const file = join(folder, 'backup.db')
  assert.equal((await einlass(['backup', file])).code, 0)
  await einlass(['user', 'disable', 'erika'])
  await einlass(['user', 'group', 'remove', 'max', 'staff'])
  await einlass(['user', 'remove', 'otto', '--yes'])
  await einlass(['user', 'set-password', 'anna'])
  const removed = await einlass(['factor', 'remove', 'anna', code, '--yes'])
  assert.equal(removed.code, 0, removed.stderr)
  await einlass(['app', 'remove', 'wiki', '--yes'])
  await einlass(['user', 'add', 'late'])
  return { ...terminal, file }
}

async function addCodeApp({ folder }: Terminal): Promise<string> {
  const storage = { type: 'sqlite', file: join(folder, 'einlass.db') } as const
  const database = await openDatabase({ storage, log })
  try {
    const anna = (await users.findByName(database.db, 'anna')) ?? assert.fail()
    const keys = await loadKeys(join(folder, 'einlass.key'))
    const store = createTotpStore({ clock, random, keyring: createKeyring({ keys, random }) })
    const app = { id: store.newId(), userId: anna.id, name: 'App', secret: random.bytes(20) }
    const parameters = { algorithm: 'SHA1', digits: 6, period: 30 } as const
    await store.addActive(database.db, { ...app, ...parameters, lastCounter: 0 })
    return app.id
  } finally {
    await database.close()
  }
}

const repeated = {
  user_disabled: 1,
  user_group_removed: 1,
  user_removed: 1,
  password_set: 1,
  totp_removed: 1,
}

async function checkEnds({ einlass }: Terminal): Promise<void> {
  const list = (await einlass(['user', 'list', '--json'])).json() as {
    username: string
    disabled?: boolean
    groups: string[]
  }[]
  assert.deepEqual(list.map(({ username }) => username).sort(), ['anna', 'erika', 'max'])
  const find = (name: string) => list.find(({ username }) => username === name)
  assert.match(JSON.stringify(find('erika')), /disabled/i)
  assert.deepEqual(find('max')?.groups, [])
  assert.deepEqual((await einlass(['factor', 'list', 'anna', '--json'])).json(), [])
  assert.match((await einlass(['user', 'show', 'anna'])).stdout, /anna/)
  assert.equal((await einlass(['audit', 'verify'])).code, 0)
}

const endsIn = (folder: string, name = 'events.jsonl') => ['--ends', join(folder, name)]

test('A41: a restore repeats what ended since the backup, from the database that it replaces', async (t) => {
  const terminal = await openAfterEnds(t)
  const { einlass, file } = terminal
  const restored = await einlass(['restore', file, '--replace', '--json'])
  assert.equal(restored.code, 0, restored.stderr)
  const { ends } = restored.json() as Restored
  assert.deepEqual(ends?.repeated, repeated)
  assert.deepEqual(ends?.left, { app_removed: 1, user_created: 1 })
  await checkEnds(terminal)
})

test('A41: a restore repeats what ended since the backup, from exported events, if the database is lost', async (t) => {
  const terminal = await openAfterEnds(t)
  const { einlass, file, folder } = terminal
  const events = (await einlass(['audit', 'list', '--json'])).stdout
  await writeFile(join(folder, 'events.jsonl'), events)
  for (const end of ['', '-wal', '-shm'])
    await rename(`${folder}/einlass.db${end}`, `${folder}/lost.db${end}`).catch(() => {})
  const restored = await einlass(['restore', file, ...endsIn(folder), '--json'])
  assert.equal(restored.code, 0, restored.stderr)
  assert.deepEqual((restored.json() as Restored).ends?.repeated, repeated)
  await checkEnds(terminal)
})

test('a restore says where an old export ends, and refuses an empty export or one of another log', async (t) => {
  const { einlass, file, folder } = await openAfterEnds(t)
  const events = (await einlass(['audit', 'list', '--json'])).stdout.trim().split('\n')
  const write = (lines: readonly string[]) =>
    writeFile(join(folder, 'old.jsonl'), lines.map((line) => `${line}\n`).join(''))
  const restore = () => einlass(['restore', file, '--replace', ...endsIn(folder, 'old.jsonl')])
  await write([])
  const empty = await restore()
  assert.deepEqual([empty.code, /has no events/.test(empty.stderr)], [64, true])
  const first = events[0] ?? ''
  await write([first.replace(/"hash":"../, '"hash":"x')])
  assert.match((await restore()).stderr, /not of the log that the backup has/)
  await write([first])
  const { code, stdout } = await restore()
  assert.equal(code, 0)
  const at = new Date((JSON.parse(first) as { at: number }).at).toISOString()
  assert.ok(stdout.includes(`The exported events end at ${at}: what was disabled`), stdout)
  assert.match(stdout, /have none from after the backup \(.+\): nothing was taken away once more/)
})

test('events of another log and files without events are refused before anything changes', async (t) => {
  const { einlass, file, folder } = await openAfterEnds(t)
  const events = (await einlass(['audit', 'list', '--json'])).stdout
  const other = events.replaceAll(/"hash":"../g, '"hash":"x')
  await writeFile(join(folder, 'other.jsonl'), other)
  const refused = await einlass(['restore', file, '--replace', ...endsIn(folder, 'other.jsonl')])
  assert.equal(refused.code, 1)
  assert.match(refused.stderr, /not of the log that the backup has/)
  await writeFile(join(folder, 'other.jsonl'), 'a letter\n')
  const none = await einlass(['restore', file, '--replace', ...endsIn(folder, 'other.jsonl')])
  assert.equal(none.code, 64)
  assert.match(none.stderr, /^Line 1 is no event/)
  assert.match((await einlass(['user', 'list'])).stdout, /late/)
})

test('A41: an exported event that was changed is refused, and so are events in another order', async (t) => {
  const { einlass, file, folder } = await openAfterEnds(t)
  const events = (await einlass(['audit', 'list', '--json'])).stdout.trim().split('\n')
  const ids = new Map(
    ((await einlass(['user', 'list', '--json'])).json() as { id: string; username: string }[]).map(
      ({ id, username }) => [username, id],
    ),
  )
  const disabled = events.findIndex((line) => line.includes('"user_disabled"'))
  const find = (index: number) => events[index] ?? assert.fail()
  const forgeries = [
    // Max in place of Erika, a time before, another type, and the hashes of two events exchanged.
    find(disabled).replace(ids.get('erika') ?? assert.fail(), ids.get('max') ?? assert.fail()),
    find(disabled).replace(/"at":\d/, '"at":2'),
    find(disabled).replace('user_disabled', 'user_enabled'),
    find(disabled).replace(/"hash":"[^"]+"/, /"hash":"[^"]+"/.exec(find(disabled + 1))?.[0] ?? ''),
  ]
  for (const forged of forgeries) {
    const lines = events.with(disabled, forged)
    await writeFile(join(folder, 'events.jsonl'), lines.join('\n'))
    const refused = await einlass(['restore', file, '--replace', ...endsIn(folder)])
    assert.equal(refused.code, 1, forged)
    assert.match(refused.stderr, /The event \d+ in the file of --ends was changed/)
  }
  assert.match((await einlass(['user', 'list'])).stdout, /late/)
})

test('events that cannot be verified are counted: after a missing event, and from one of an erased user on', async (t) => {
  const { einlass, file, folder } = await openAfterEnds(t)
  assert.equal((await einlass(['user', 'erase', 'late', '--yes'])).code, 0)
  const events = (await einlass(['audit', 'list', '--json'])).stdout.trim().split('\n')
  const removed = events.findIndex((line) => line.includes('"user_removed"'))
  const erased = events.findIndex((line) => line.includes('erased_'))
  assert.ok(removed > 0 && erased > removed)
  for (const [lines, unclear] of [
    [events, events.length - erased],
    [events.toSpliced(removed, 1), events.length - removed - 1],
  ] as const) {
    await writeFile(join(folder, 'events.jsonl'), lines.join('\n'))
    const restored = await einlass(['restore', file, '--replace', ...endsIn(folder)])
    assert.equal(restored.code, 0, restored.stderr)
    const text = `because an event before them is missing, or a user was erased from them or from one before: ${unclear}.`
    assert.ok(restored.stdout.includes(text), restored.stdout)
    assert.match(restored.stdout, /The exported events are certain only until/)
  }
})

test('A41: an exported event that cannot be verified enables no user and removes no second factor', async (t) => {
  const terminal = await openTerminal(t)
  const { einlass, folder } = terminal
  for (const name of ['erika', 'anna']) await einlass(['user', 'add', name])
  await einlass(['user', 'disable', 'erika'])
  const code = await addCodeApp(terminal)
  const file = join(folder, 'backup.db')
  assert.equal((await einlass(['backup', file])).code, 0)
  for (const name of ['one', 'two', 'three', 'four']) await einlass(['user', 'add', name])
  const events = (await einlass(['audit', 'list', '--json'])).stdout.trim().split('\n')
  const list = (await einlass(['user', 'list', '--json'])).json() as {
    id: string
    username: string
  }[]
  const findId = (name: string) => list.find(({ username }) => username === name)?.id
  const forge = (index: number, type: string, data: object) => {
    const found = JSON.parse(events.at(index) ?? '') as { data: object }
    return JSON.stringify({ ...found, type, data })
  }
  // One behind a line that was taken out; one with a pseudonym, which leaves the hashes of the others right.
  const enabled = forge(-3, 'user_enabled', { userId: findId('erika'), by: 'cli:root' })
  const removed = forge(-1, 'totp_removed', {
    ...{ userId: findId('anna'), authenticatorId: code, by: 'erased_nobody' },
  })
  const lines = [...events.slice(0, -4), enabled, removed]
  await writeFile(join(folder, 'events.jsonl'), lines.join('\n'))
  const restored = await einlass(['restore', file, '--replace', ...endsIn(folder), '--json'])
  assert.equal(restored.code, 0, restored.stderr)
  const { ends, gaps, unclear } = restored.json() as Restored
  assert.deepEqual(ends, { repeated: {}, left: { user_enabled: 1, totp_removed: 1 } })
  assert.deepEqual([gaps?.length, unclear], [2, 2])
  assert.match((await einlass(['user', 'show', 'erika'])).stdout, /disabled/i)
  const factors = (await einlass(['factor', 'list', 'anna', '--json'])).json() as unknown[]
  assert.equal(factors.length, 1)
})

/** Events of the same numbers, and with right hashes, from the section that the first restore has lost. */
test('A41: events of another section of the log, spliced in, enable no user and remove no second factor', async (t) => {
  const terminal = await openTerminal(t)
  const { einlass, folder } = terminal
  for (const name of ['erika', 'anna']) await einlass(['user', 'add', name])
  await einlass(['user', 'disable', 'erika'])
  const code = await addCodeApp(terminal)
  const first = join(folder, 'first.db')
  assert.equal((await einlass(['backup', first])).code, 0)
  for (let count = 0; count < 10; count += 1) await einlass(['user', 'add', `late${count}`])
  await einlass(['user', 'enable', 'erika'])
  assert.equal((await einlass(['factor', 'remove', 'anna', code, '--yes'])).code, 0)
  await einlass(['user', 'add', 'last'])
  const list = async () => (await einlass(['audit', 'list', '--json'])).stdout.trim().split('\n')
  const findSeq = (line: string) => (JSON.parse(line) as { seq: number }).seq
  const lost = await list()
  for (const end of ['', '-wal', '-shm'])
    await rename(`${folder}/einlass.db${end}`, `${folder}/lost.db${end}`).catch(() => {})
  assert.equal((await einlass(['restore', first])).code, 0)
  const second = join(folder, 'second.db')
  assert.equal((await einlass(['backup', second])).code, 0)
  const present = await list()
  const last = findSeq(present.at(-1) ?? '')
  const [next = '', ...later] = lost.filter((line) => findSeq(line) > last)
  assert.ok(later.length > 3)
  const erased = next.replace('"by":"', '"by":"erased_')
  assert.notEqual(erased, next)
  for (const spliced of [later, [erased, ...later]]) {
    await writeFile(join(folder, 'events.jsonl'), [...present, ...spliced].join('\n'))
    const args = ['restore', second, '--replace', ...endsIn(folder), '--json']
    const restored = await einlass(args)
    assert.equal(restored.code, 0, restored.stderr)
    const { ends, unclear } = restored.json() as Restored
    assert.deepEqual(ends?.repeated, {})
    assert.deepEqual([ends?.left.user_enabled, ends?.left.totp_removed], [1, 1])
    assert.equal(unclear, spliced.length)
    assert.match((await einlass(['user', 'show', 'erika'])).stdout, /disabled/i)
  }
})

test('A41: an event whose time was changed cannot hide where an export ends', async (t) => {
  const { einlass, file, folder } = await openAfterEnds(t)
  const [first = ''] = (await einlass(['audit', 'list', '--json'])).stdout.split('\n')
  const { at } = JSON.parse(first) as { at: number }
  const later = first.replace(`"at":${at}`, `"at":${at + 1e10}`)
  await writeFile(join(folder, 'events.jsonl'), later)
  const { stdout } = await einlass(['restore', file, '--replace', ...endsIn(folder)])
  assert.ok(stdout.includes(`The exported events end at ${new Date(at).toISOString()}`), stdout)
  await writeFile(join(folder, 'events.jsonl'), first.replace(`"at":${at}`, '"at":1e300'))
  const refused = await einlass(['restore', file, '--replace', ...endsIn(folder)])
  assert.match(refused.stderr, /^Line 1 is no event/)
})

test('an event that stands twice in an export is one', async (t) => {
  const { einlass, file, folder } = await openAfterEnds(t)
  const events = (await einlass(['audit', 'list', '--json'])).stdout
  await writeFile(join(folder, 'events.jsonl'), `${events}${events}`)
  const restored = await einlass(['restore', file, '--replace', ...endsIn(folder), '--json'])
  const { ends, unclear } = restored.json() as Restored
  assert.deepEqual([ends?.repeated, unclear], [repeated, 0])
})

test('a plain copy of a database is restored with --unverified alone, and the words say what that means', async (t) => {
  const { einlass, file, folder } = await openAfterEnds(t)
  assert.match(
    (await einlass(['restore', file, '--replace'])).stdout,
    /It was made with this key file, and nobody has changed it since/,
  )
  const copy = join(folder, 'copy.db')
  const database = new DatabaseSync(join(folder, 'einlass.db'))
  database.prepare('VACUUM INTO ?').run(copy)
  database.close()
  const refused = await einlass(['restore', copy, '--replace'])
  assert.deepEqual([refused.code, /may be forged/.test(refused.stderr)], [1, true])
  const restored = await einlass(['restore', copy, '--replace', '--unverified'])
  assert.equal(restored.code, 0, restored.stderr)
  assert.match(restored.stdout, /It may be forged: nothing in it was made with this key file/)
})

test('A41: a restore says that a backup was made with a key that is not the newest', async (t) => {
  const { einlass, folder } = await openAfterEnds(t)
  const backUp = async (name: string) => {
    assert.equal((await einlass(['backup', join(folder, name)])).code, 0)
    return join(folder, name)
  }
  const rotate = async () => {
    assert.equal((await einlass(['keys', 'rotate', '--purpose', 'sealing'])).code, 0)
    return (await loadKeys(join(folder, 'einlass.key')))[0].id
  }
  const restore = async (from: string) => (await einlass(['restore', from, '--replace'])).stdout
  const earlier = await rotate()
  const first = await backUp('first.db')
  const later = await rotate()
  assert.doesNotMatch(await restore(await backUp('second.db')), /is newer/)
  // The mark of the later key does not hide that the secret is sealed with the earlier one.
  const database = new DatabaseSync(join(folder, 'einlass.db'))
  database.prepare('ATTACH ? AS earlier').run(first)
  const from = "(SELECT value FROM earlier.settings WHERE name = 'naming_secret')"
  database.exec(`UPDATE settings SET value = ${from} WHERE name = 'naming_secret'`)
  database.close()
  const mixed = await backUp('mixed.db')
  const text = `It was made with the key ${earlier}, and ${later} is newer: a person who has that earlier key could have forged it.`
  assert.ok((await restore(mixed)).includes(text))
  assert.ok((await restore(first)).includes(text))
})

test('A41: a restore of another database with the same keys says that the logs differ', async (t) => {
  const { einlass, file, folder } = await openAfterEnds(t)
  const other = join(folder, 'other.db')
  await (await openDatabase({ storage: { type: 'sqlite', file: other }, log })).close()
  const env = { EINLASS_STORAGE_FILE: other }
  for (const name of ['eve', 'mallory'])
    assert.equal((await einlass(['user', 'add', name], { env })).code, 0)
  const short = join(folder, 'short.db')
  assert.equal((await einlass(['backup', short], { env })).code, 0)
  for (let count = 0; count < 20; count += 1) await einlass(['user', 'add', `u${count}`], { env })
  const long = join(folder, 'long.db')
  assert.equal((await einlass(['backup', long], { env })).code, 0)
  const text = /The replaced database had another log/
  const restore = async (from: string) => (await einlass(['restore', from, '--replace'])).stdout
  assert.doesNotMatch(await restore(file), text)
  assert.match(await restore(short), text)
  assert.match(await restore(file), text)
  assert.match(await restore(long), text)
})

test('names in a forged backup cannot write to the terminal', async (t) => {
  const { einlass, file } = await openAfterEnds(t)
  const database = new DatabaseSync(file)
  database.exec('CREATE TABLE "\u001b[2KAll is well" (id TEXT)')
  database.close()
  const { code, stderr } = await einlass(['restore', file, '--replace'])
  assert.equal(code, 1)
  assert.match(stderr, /not those of Einlass: \\u001b\[2KAll is well/)
})

test('a restore without later events names the time span that it knows nothing of', async (t) => {
  const { einlass, file, folder } = await openAfterEnds(t)
  const env = { EINLASS_STORAGE_FILE: join(folder, 'new.db') }
  const { stdout } = await einlass(['restore', file], { env })
  assert.match(
    stdout,
    /What was disabled, removed or revoked between \d{4}-\S+ and \d{4}-\S+ is not known here/,
  )
})

test('a restore names the events since the backup that are missing in an export', async (t) => {
  const { einlass, folder, file } = await openAfterEnds(t)
  const all = (await einlass(['audit', 'list', '--json'])).stdout.trim().split('\n')
  const backedUp = all.findIndex((line) => line.includes('"user_disabled"'))
  const first = (JSON.parse(all[backedUp] ?? '') as { seq: number }).seq
  await writeFile(join(folder, 'events.jsonl'), all.slice(backedUp + 2).join('\n'))
  const args = ['restore', file, '--replace', ...endsIn(folder)]
  const { code, stdout } = await einlass(args)
  assert.equal(code, 0)
  assert.ok(stdout.includes(`The events ${first} to ${first + 1} are not among them`), stdout)
})

test('A41: a restore reports a missing event in an export, such as the removal of a user', async (t) => {
  const { einlass, folder, file } = await openAfterEnds(t)
  const all = (await einlass(['audit', 'list', '--json'])).stdout.trim().split('\n')
  const hidden = all.findIndex((line) => line.includes('"user_removed"'))
  const { seq } = JSON.parse(all[hidden] ?? '') as { seq: number }
  await writeFile(join(folder, 'events.jsonl'), all.toSpliced(hidden, 1).join('\n'))
  const args = ['restore', file, '--replace', ...endsIn(folder)]
  const { code, stdout } = await einlass(args)
  assert.equal(code, 0)
  assert.ok(stdout.includes(`The events ${seq} to ${seq} are not among them`), stdout)
})
