import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { openTerminal } from '../dev/test-support/cli.ts'
import { listIconNames } from '../identity/apps/app-icons.ts'
import { readAudit } from '../identity/audit/chain.ts'
import { silentLog } from '../platform/kernel/log.ts'
import { openDatabase } from '../platform/storage/open.ts'

const drawing = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><circle r="4"/></svg>'

async function openWiki(t: Parameters<typeof openTerminal>[0]) {
  const { einlass, folder } = await openTerminal(t)
  const added = await einlass(['app', 'add', 'wiki', '--redirect-uri', 'https://w.example/'])
  assert.equal(added.code, 0, added.stderr)
  const save = async (name: string, text: string) => {
    await writeFile(join(folder, name), text)
    return join(folder, name)
  }
  const read = async () => {
    const storage = { type: 'sqlite', file: join(folder, 'einlass.db') } as const
    const { db, close } = await openDatabase({ storage, log: silentLog })
    const icons = [...(await listIconNames(db))].map(([id]) => id)
    const events = (await readAudit(db, { limit: 10 })).map(({ type }) => type).sort()
    await close()
    return { icons, events }
  }
  return { einlass, save, read }
}

test('a picture of an app is set and removed, each with an audit event', async (t) => {
  const { einlass, save, read } = await openWiki(t)
  const file = await save('wiki.svg', drawing)
  const set = await einlass(['app', 'icon', 'wiki', '--file', file])
  assert.equal(set.stdout, 'wiki has a picture now.\n', set.stderr)
  assert.deepEqual((await read()).icons, ['wiki'])
  for (const _ of [1, 2]) {
    const removed = await einlass(['app', 'icon', 'wiki', '--remove'])
    assert.equal(removed.stdout, 'wiki has no picture now.\n', removed.stderr)
  }
  assert.deepEqual(await read(), {
    icons: [],
    events: ['app_changed', 'app_changed', 'app_created'],
  })
})

test('removing an app removes its picture', async (t) => {
  const { einlass, save, read } = await openWiki(t)
  await einlass(['app', 'icon', 'wiki', '--file', await save('wiki.svg', drawing)])
  const removed = await einlass(['app', 'remove', 'wiki', '--yes'])
  assert.equal(removed.code, 0, removed.stderr)
  assert.deepEqual((await read()).icons, [])
})

test('a bad picture, a missing file or an unknown app is refused with the reason', async (t) => {
  const { einlass, save, read } = await openWiki(t)
  const script = await save('bad.svg', drawing.replace('<circle', '<script/><circle'))
  const wrong: [string[], number, RegExp][] = [
    [['wiki', '--file', script], 64, /cannot be the picture of an app: it has <script\/>/],
    [['wiki', '--file', '/nowhere.svg'], 64, /\/nowhere\.svg: /],
    [['wiki'], 64, /--file, or take it away with --remove/],
    [['wiki', '--file', script, '--remove'], 64, /--file, or take it away with --remove/],
    [['mail', '--file', await save('wiki.svg', drawing)], 1, /There is no app "mail"/],
  ]
  for (const [args, code, said] of wrong) {
    const result = await einlass(['app', 'icon', ...args])
    assert.equal(result.code, code)
    assert.match(result.stderr, said)
  }
  assert.deepEqual((await read()).icons, [])
})
