import assert from 'node:assert/strict'
import { chmod, chown, lchown, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { type Entry, findUnsafePlace, requireSafe } from './safe-folder.ts'

/** Only root gives a folder to another user. */
const isRoot = process.getuid?.() === 0

const [root, service, ada] = [0, 7, 8]

const folder = (uid: number, mode = 0o755, gid = uid): Entry => ({
  ...{ type: 'folder', uid, gid, mode },
})
const file = (uid: number): Entry => ({ type: 'other', uid, gid: uid, mode: 0o600 })
const link = (uid: number, target: string): Entry => ({
  ...{ type: 'link', uid, gid: uid, mode: 0o777, target },
})

/** What root finds on the way to `path`, on a machine with these entries. */
function look(path: string, entries: Readonly<Record<string, Entry>>) {
  const all: Readonly<Record<string, Entry>> = { '/': folder(root), ...entries }
  return findUnsafePlace(path, [root, service], (at) => all[at])
}

test('a folder of root or of the owner of the data is safe, also if it is still missing', () => {
  const entries = { '/var': folder(root), '/var/data': folder(service, 0o700) }
  assert.equal(look('/var/data', entries), undefined)
  assert.equal(look('/var', entries), undefined)
  assert.equal(look('/var/data/new/one', entries), undefined)
})

test('a folder of another user is unsafe, and all folders in it', () => {
  const entries = { '/home': folder(root), '/home/ada': folder(ada), '/home/ada/a': folder(root) }
  const unsafe = { path: '/home/ada', type: 'folder', uid: ada } as const
  assert.deepEqual(look('/home/ada', entries), unsafe)
  assert.deepEqual(look('/home/ada/a', entries), unsafe)
  assert.deepEqual(look('/home/ada/a/../../ada/new', entries), unsafe)
  assert.equal(look('/home', entries), undefined)
})

test('a folder that all users or a group can write to is unsafe, except for the group of root', () => {
  const unsafe = { path: '/srv', type: 'folder' } as const
  assert.deepEqual(look('/srv/a', { '/srv': folder(root, 0o777) }), unsafe)
  assert.deepEqual(look('/srv', { '/srv': folder(root, 0o775, ada) }), unsafe)
  assert.deepEqual(look('/srv', { '/srv': folder(service, 0o2770) }), unsafe)
  assert.equal(look('/srv', { '/srv': folder(service, 0o775, root) }), undefined)
})

test('a folder with the sticky bit is safe for what belongs to root or the owner of the data', () => {
  const entries = {
    '/tmp': folder(root, 0o1777),
    '/tmp/mine': file(root),
    '/tmp/service': folder(service),
    '/tmp/hers': file(ada),
    '/tmp/link': link(ada, '/root'),
    '/root': folder(root, 0o700),
    '/root/hers': file(ada),
  }
  for (const path of ['/tmp', '/tmp/mine', '/tmp/service/a', '/tmp/new', '/root/hers'])
    assert.equal(look(path, entries), undefined, path)
  assert.equal(look('/tmp/hers', entries)?.path, '/tmp/hers')
  assert.equal(look('/tmp/link/a', entries)?.path, '/tmp/link')
  assert.equal(look('/tmp', { '/tmp': folder(ada, 0o1777) })?.uid, ada)
})

test('a link of root leads on, and each folder on its way is looked at too', () => {
  const entries = {
    '/var': link(root, 'private/var'),
    '/private': folder(root),
    '/private/var': folder(root),
    '/private/var/a': link(service, '/home/ada/a'),
    '/private/var/b': link(root, '../../private/new'),
    '/private/var/c': link(root, 'c'),
    '/home': folder(root),
    '/home/ada': folder(ada),
  }
  assert.equal(look('/var/new', entries), undefined)
  assert.equal(look('/var/a', entries)?.path, '/home/ada')
  assert.equal(look('/var/b/file', entries), undefined)
  // `..` is above the target of a link.
  assert.equal(look('/var/../../home/ada', entries)?.path, '/home/ada')
  assert.equal(look('/var/c', entries), undefined)
})

async function openFolder(t: TestContext): Promise<string> {
  const made = await mkdtemp(join(tmpdir(), 'einlass-safe-'))
  t.after(() => rm(made, { recursive: true, force: true }))
  return made
}

if (isRoot) {
  test('root trusts the owner of the SQLite file, or of its folder, or with PostgreSQL of the key file', async (t) => {
    const parent = await openFolder(t)
    const backups = join(parent, 'backups')
    const data = join(parent, 'data')
    for (const one of [backups, data]) {
      await mkdir(one)
      await chown(one, 12_345, 12_345)
    }
    const storage = { type: 'sqlite', file: join(data, 'einlass.db') } as const
    const inPostgres = { type: 'postgres', url: 'postgres://localhost/einlass' } as const
    const keyFile = join(data, 'einlass.key')
    requireSafe(backups, { storage })
    await writeFile(keyFile, 'key')
    const refused = {
      code: 'conflict',
      message: /^Root does not use .*backups belongs to 12345, who/,
    }
    assert.throws(() => requireSafe(backups, { storage: inPostgres, keyFile }), refused)
    await chown(keyFile, 12_345, 12_345)
    requireSafe(backups, { storage: inPostgres, keyFile })
    assert.throws(() => requireSafe(backups, { storage: inPostgres }), refused)
    await writeFile(storage.file, 'rows')
    assert.throws(() => requireSafe(backups, { storage }), refused)
  })
}

if (isRoot) {
  test('the message names the place and says as which user to run the command', async (t) => {
    const parent = await openFolder(t)
    const storage = { type: 'sqlite', file: join(parent, 'einlass.db') } as const
    const [open, linked] = [join(parent, 'open'), join(parent, 'linked')]
    await mkdir(open)
    await chmod(open, 0o777)
    await symlink(parent, linked)
    await lchown(linked, 12_345, 12_345)
    const say = (path: string): string => {
      try {
        requireSafe(path, { storage })
        return ''
      } catch (error) {
        return `${error}`
      }
    }
    assert.match(
      say(join(open, 'a')),
      /: other users can write to \S+open, and could .*as the user of/,
    )
    assert.match(say(join(linked, 'a')), /: the link \S+linked belongs to 12345, who could /)
    await writeFile(storage.file, 'rows')
    await chown(storage.file, 12_346, 12_346)
    assert.match(say(open), /Run this command as 12346, or use a folder that only root can change/)
  })
}
