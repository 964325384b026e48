// docs/backup.md as it stands: each command is run in a shell, with folders of this test in place of those of a server.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { type TestContext, test } from 'node:test'
import { promisify } from 'node:util'
import { stringify } from 'yaml'
import { silentLog as log } from '../src/platform/kernel/log.ts'
import { loadOrCreateKeys } from '../src/platform/storage/key-file.ts'
import { openDatabase } from '../src/platform/storage/open.ts'
import { createPostgresDatabase } from './support/installation.ts'

const root = resolve(import.meta.dirname, '..')
const run = promisify(execFile)

/** The commands of a section, in their order. */
async function readCommands(heading: string): Promise<string[]> {
  const page = await readFile(join(root, 'docs/backup.md'), 'utf8')
  const [, section = ''] = page.split(new RegExp(`^##+ ${heading}$`, 'm'))
  const [text = ''] = section.split(/^##+ /m)
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => /^(\.\/einlass|install|cd|runuser|PGPASSWORD=)/.test(line))
}

async function openMachine(t: TestContext) {
  const machine = await mkdtemp(join(tmpdir(), 'einlass-walk-'))
  t.after(() => rm(machine, { recursive: true, force: true }))
  const data = join(machine, 'lib')
  for (const folder of [data, join(machine, 'backups')]) await mkdir(folder)
  await symlink(join(root, 'einlass'), join(data, 'einlass'))
  const config = join(machine, 'einlass.yaml')
  const file = join(data, 'einlass.db')
  const whole = {
    public_url: 'https://login.example.org',
    storage: { type: 'sqlite', file },
    key_file: join(data, 'einlass.key'),
  }
  await writeFile(config, stringify(whole))
  // As the first start of a server does.
  await loadOrCreateKeys({ file: whole.key_file })
  await (await openDatabase({ storage: { type: 'sqlite', file }, log })).close()
  const { PATH, HOME } = process.env
  const env = { PATH, HOME, EINLASS_CONFIG: config }
  const names: readonly (readonly [string | RegExp, string])[] = [
    ['runuser -u einlass -- /opt/einlass/einlass', './einlass'],
    ['-o einlass -g einlass ', ''],
    ['/etc/einlass/einlass.yaml', config],
    [/\/var\/backups\/einlass/g, join(machine, 'backups')],
    ['/var/lib/einlass', data],
  ]
  return {
    /** Lines of one shell, in the folder of the service. */
    shell: async (lines: readonly string[], changes: typeof names = []) => {
      let script = lines.join('\n')
      for (const [from, to] of [...names, ...changes]) script = script.replace(from, to)
      return (await run('/bin/sh', ['-ec', script], { cwd: data, env })).stdout
    },
    /** The machine loses its database. */
    async lose() {
      for (const end of ['', '-wal', '-shm'])
        await rename(`${file}${end}`, `${file}${end}.lost`).catch(() => {})
    },
  }
}

test('the commands of docs/backup.md make, export and restore a backup, with and without a key', async (t) => {
  const { shell, lose } = await openMachine(t)
  await shell(['./einlass user add erika --email erika@example.org'])
  const made = await shell(await readCommands('Make a backup'))
  assert.match(made, /It was read back and compared/)
  const exported = await shell(await readCommands('What was taken away since'))
  assert.equal(exported, '')

  const [makeKey = '', encrypt = '', decrypt = ''] = await readCommands('Encrypted backups')
  const recipient = (await shell([makeKey])).trim()
  await shell([encrypt], [['age1…', recipient]])
  await lose()
  assert.match(await shell([decrypt]), /is as the backup has it/)
  assert.match(await shell(['./einlass user list']), /erika/)

  await lose()
  const today = new Date().toISOString().slice(0, 10)
  const restored = await shell(await readCommands('Restore'), [['2026-11-27', today]])
  assert.match(restored, /is as the backup has it/)
  assert.match(await shell(['./einlass user list']), /erika/)
  assert.match(await shell(['./einlass audit verify']), /intact/)

  const ends: (() => Promise<void>)[] = []
  const url = await createPostgresDatabase((end) => ends.push(end))
  t.after(async () => {
    for (const end of ends) await end()
  })
  const copied = await shell(await readCommands('From SQLite to PostgreSQL, or back'), [
    ['PGPASSWORD=… ', ''],
    ['postgres://einlass@db.example.org/einlass', `'${url}'`],
  ])
  assert.match(copied, /tables, each compared/)
})
