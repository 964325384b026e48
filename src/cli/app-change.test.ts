import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { test } from 'node:test'
import { writeServiceProvider } from '#saml'
import { openTerminal } from '../dev/test-support/cli.ts'

type Einlass = Awaited<ReturnType<typeof openTerminal>>['einlass']

/** The names of the options of a command, as its help has them. */
async function listOptions(einlass: Einlass, ...command: string[]): Promise<string[]> {
  const { stdout } = await einlass([...command, '--help'])
  return [...stdout.matchAll(/^ *--([a-z-]+)/gm)].map(([, name = '']) => name)
}

test('app change has every option of app add, except for the protocol and the template of an app', async (t) => {
  const { einlass } = await openTerminal(t)
  const changed = await listOptions(einlass, 'app', 'change')
  const added = await listOptions(einlass, 'app', 'add')
  assert.ok(added.length > 50)
  const missing = added.filter((name) => !changed.includes(name))
  assert.deepEqual(missing.sort(), ['library', 'protocol', 'template', 'url'])
})

test('every option that the page of settings has is one of app add and of app change', async (t) => {
  const { einlass } = await openTerminal(t)
  const page = await readFile(resolve(import.meta.dirname, '../../docs/apps/settings.md'), 'utf8')
  const promised = [...page.matchAll(/^\| `--([a-z-]+)` \|/gm)].map(([, name = '']) => name)
  assert.ok(promised.length > 40)
  for (const command of ['add', 'change']) {
    const known = await listOptions(einlass, 'app', command)
    const missing = promised.filter((name) => !known.includes(name))
    assert.deepEqual(missing, [], command)
  }
})

test('app change turns the settings of a SAML app on and off, and keeps them when its metadata is read again', async (t) => {
  const { einlass, folder } = await openTerminal(t)
  const silent = writeServiceProvider({
    entityId: 'https://notes.example/',
    consumerUrls: ['https://notes.example/acs'],
  })
  await writeFile(join(folder, 'sp.xml'), silent)
  const address = [
    '--entity-id',
    'https://notes.example/',
    '--acs-url',
    'https://notes.example/acs',
  ]
  await einlass(['app', 'add', 'notes', '--protocol', 'saml', ...address])
  const change = async (...options: string[]) => {
    const changed = await einlass(['app', 'change', 'notes', ...options, '--json'])
    assert.equal(changed.code, 0, changed.stderr)
    const { settings } = changed.json() as { settings: Record<string, unknown> }
    return [settings.signedRequests, settings.unsolicited, settings.logoutBinding]
  }
  assert.deepEqual(await change('--signed-requests', '--unsolicited', '--logout-binding', 'post'), [
    ...['required', 'allowed', 'post'],
  ])
  assert.deepEqual(await change('--name', 'Notes'), ['required', 'allowed', 'post'])
  assert.deepEqual(await change('--metadata', 'sp.xml'), ['required', 'allowed', 'post'])
  assert.deepEqual(await change('--no-signed-requests', '--no-unsolicited'), [
    ...['optional', 'refused', 'post'],
  ])
  const addressOf = async () =>
    /metadata: +(\S+)/.exec((await einlass(['app', 'show', 'notes'])).stdout)?.[1]
  assert.equal(await addressOf(), 'https://login.example.org/saml/metadata')
  await change('--signed-requests')
  assert.equal(await addressOf(), 'https://login.example.org/saml/metadata/notes')
  const both = await einlass(['app', 'change', 'notes', '--unsolicited', '--no-unsolicited'])
  assert.match(both.stderr, /--no-unsolicited and --unsolicited exclude each other/)
})
