import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { parse } from 'yaml'
import { openTerminal } from '../dev/test-support/cli.ts'
import { readAudit } from '../identity/audit/chain.ts'
import { silentLog } from '../platform/kernel/log.ts'
import { openDatabase } from '../platform/storage/open.ts'

async function openApps(t: Parameters<typeof openTerminal>[0]) {
  const { einlass, folder } = await openTerminal(t)
  const done = async (args: readonly string[], stdin = '') => {
    const result = await einlass(['app', ...args], { stdin })
    assert.equal(result.code, 0, result.stderr)
    return result
  }
  /** The audit events of apps, sorted. */
  async function listEvents(): Promise<string[]> {
    const storage = { type: 'sqlite', file: join(folder, 'einlass.db') } as const
    const { db, close } = await openDatabase({ storage, log: silentLog })
    const events = await readAudit(db, { limit: 100 })
    await close()
    return events.map(({ type, data }) => `${type} ${data.appId}`).sort()
  }
  /** As if the app had registered itself. */
  async function markRegistered(id: string): Promise<void> {
    const storage = { type: 'sqlite', file: join(folder, 'einlass.db') } as const
    const { db, close } = await openDatabase({ storage, log: silentLog })
    const registration = JSON.stringify({ tokenId: 'reg_1', accessHash: 'hash', contacts: [] })
    await db.updateTable('apps').set({ registration }).where('id', '=', id).execute()
    await close()
  }
  return { einlass, folder, done, listEvents, markRegistered }
}

const wiki = `apps:
  wiki:
    name: Wiki
    settings:
      redirect_uris: [https://wiki.example.org/callback]
`

const board = `apps:
  wiki:
    name: Board
    settings:
      redirect_uris: [https://wiki.example.org/callback]
      start_url: https://wiki.example.org/
    policy:
      second_factor: required
      groups:
        - { group: board, level: number }
`

test('a file adds apps, and applying the same file again changes nothing', async (t) => {
  const { done, listEvents } = await openApps(t)
  const added = await done(['apply', '-'], wiki)
  assert.match(added.stdout, /^\+ wiki \(Wiki\): added\n1 added\.\nclient_secret of wiki: \S{43}\n/)
  assert.equal((await done(['apply', '-'], wiki)).stdout, '1 unchanged.\n')
  assert.deepEqual(await listEvents(), ['app_created wiki'])
})

test('a dry run says what would change and changes nothing', async (t) => {
  const { done, listEvents } = await openApps(t)
  const added = await done(['apply', '-', '--dry-run'], wiki)
  assert.equal(added.stdout, '+ wiki (Wiki): added\nNothing was written. It would be: 1 added.\n')
  assert.deepEqual((await done(['list', '--json'])).json(), [])
  await done(['apply', '-'], wiki)
  const changed = await done(['apply', '-', '--dry-run'], board)
  assert.match(
    changed.stdout,
    /^~ wiki \(Board\): changed\n {4}name: Wiki → Board\n {4}startUrl: none → https:/,
  )
  assert.match(changed.stdout, /secondFactor: default → required\n.*\n {4}groups\.board\.level/)
  const removed = await done(['apply', '-', '--dry-run', '--prune'], 'apps: {}')
  assert.match(removed.stdout, /^- wiki \(Wiki\): removed\nNothing was written.*1 removed\.$/m)
  assert.deepEqual(await listEvents(), ['app_created wiki'])
})

test('apply writes an audit event for each app, and apps that the file does not name stay unless pruned', async (t) => {
  const { done, listEvents } = await openApps(t)
  await done(['add', 'old', '--redirect-uri', 'https://old.example.org/'])
  await done(['apply', '-'], wiki)
  const changed = await done(['apply', '-'], board)
  assert.doesNotMatch(changed.stdout, /client_secret/)
  assert.match(changed.stdout, /Warning: Nobody is in the group board yet/)
  assert.match((await done(['list'])).stdout, /^old /m)
  const pruned = await done(['apply', '-', '--prune', '--yes'], board)
  assert.match(pruned.stdout, /^- old \(old\): removed\n1 removed, 1 unchanged\.\n/)
  assert.deepEqual(await listEvents(), [
    'app_changed wiki',
    'app_created old',
    'app_created wiki',
    'app_removed old',
  ])
})

test('--prune removes apps after confirmation, and self-registered apps only with --prune-registered', async (t) => {
  const { einlass, done, folder, markRegistered } = await openApps(t)
  for (const id of ['old', 'self'])
    await done(['add', id, '--redirect-uri', `https://${id}.example/`])
  await markRegistered('self')
  await writeFile(join(folder, 'wiki.yaml'), wiki)
  const prune = ['app', 'apply', 'wiki.yaml', '--prune']
  const listIds = async () =>
    ((await done(['list', '--json'])).json() as { id: string }[]).map(({ id }) => id)
  const silent = await einlass(prune)
  assert.equal(silent.code, 64)
  assert.match(
    silent.stderr,
    /will be removed, .*\n {2}- old \(old\)\nThere is no terminal .* --yes/,
  )
  const no = await einlass(prune, { isTerminal: true, stdin: 'yes\n' })
  assert.deepEqual([no.code, await listIds()], [1, ['old', 'self']])
  const yes = await einlass(prune, { isTerminal: true, stdin: 'remove\n' })
  assert.match(yes.stdout, /1 added, 1 removed\.\nLeft as they are: 1 that registered themselves/)
  assert.deepEqual(await listIds(), ['self', 'wiki'])
  assert.equal((await einlass(['app', 'apply', 'wiki.yaml', '--prune-registered'])).code, 64)
  const all = await einlass([...prune, '--prune-registered', '--dry-run'])
  assert.match(all.stdout, /^- self \(self\): removed$/m)
  const asked = await einlass([...prune, '--prune-registered'])
  assert.match(asked.stderr, /- self \(self, registered itself\)/)
  await done(['apply', '-', '--prune', '--prune-registered', '--yes'], wiki)
  assert.deepEqual(await listIds(), ['wiki'])
})

test('a single mistake in a file leaves all apps unchanged', async (t) => {
  const { einlass, done } = await openApps(t)
  const text = `${wiki}  mail:\n    settings: { redirect_uris: [] }\n`
  const result = await einlass(['app', 'apply', '-'], { stdin: text })
  assert.equal(result.code, 65)
  assert.match(
    result.stderr,
    /^The file has one mistake\.\n\n {2}apps\.mail\.settings\.redirect_uris/,
  )
  assert.deepEqual((await done(['list', '--json'])).json(), [])
  const json = await einlass(['app', 'apply', '-', '--json'], { stdin: text })
  const { error } = JSON.parse(json.stderr)
  assert.equal(error.code, 'wrong_file')
  assert.equal(error.mistakes[0].path, 'apps.mail.settings.redirect_uris')
})

const behind = (id: string) => `apps:
  ${id}:
    name: Intranet
    protocol: forward-auth
    settings:
      addresses: [https://intra.example.org]
`

test('two apps cannot share an address, also in a dry run, but a new app can get the address of a pruned app', async (t) => {
  const { einlass, done } = await openApps(t)
  await done(['apply', '-'], behind('intra'))
  for (const more of [['--dry-run'], []]) {
    const result = await einlass(['app', 'apply', '-', ...more], { stdin: behind('aintra') })
    assert.notEqual(result.code, 0)
    assert.match(result.stderr, /https:\/\/intra\.example\.org belongs to the app intra\./)
  }
  const added = ['aintra', '--protocol', 'forward-auth', '--protected-address']
  const result = await einlass(['app', 'add', ...added, 'https://INTRA.example.org/'])
  assert.match(result.stderr, /https:\/\/intra\.example\.org belongs to the app intra\./)
  const renamed = await done(['apply', '-', '--prune', '--yes'], behind('aintra'))
  assert.match(renamed.stdout, /^\+ aintra .*\n- intra /)
})

test('the error names a file that cannot be read', async (t) => {
  const { einlass } = await openApps(t)
  const result = await einlass(['app', 'apply', '/nowhere/apps.yaml'])
  assert.equal(result.code, 64)
  assert.match(result.stderr, /^\/nowhere\/apps\.yaml: /)
})

test('an export contains no secret, is the same each time, and changes nothing when applied', async (t) => {
  const { done, folder } = await openApps(t)
  const added = await done([
    'add',
    'cloud',
    '--template',
    'nextcloud',
    '--url',
    'https://c.example',
  ])
  const [, secret = '?'] = /client_secret: +(\S+)/.exec(added.stdout) ?? []
  await done(['apply', '-'], board)
  await done(['change', 'wiki', '--group', 'staff', '--skips', '0'])
  await done(['change', 'cloud', '--skip-until', '2039-12-31', '--decline'])
  const file = join(folder, 'apps.yaml')
  const { stdout } = await done(['export', '--file', file])
  assert.match(stdout, /^Wrote 2 apps to .*apps\.yaml\. It has no secrets and no pictures: /)
  const text = await readFile(file, 'utf8')
  assert.ok(!text.includes(secret))
  assert.match(text, /^# Apps of Einlass/)
  assert.match(text, /# Where the browser may go after a login\n +redirect_uris:/)
  assert.deepEqual(Object.keys(parse(text).apps), ['cloud', 'wiki'])
  const applied = await done(['apply', '-', '--prune'], text)
  assert.match(applied.stdout, /^2 unchanged\.\n/)
  assert.equal((await done(['export'])).stdout, text)
  const one = await done(['export', 'wiki'])
  assert.deepEqual(Object.keys(parse(one.stdout).apps), ['wiki'])
})

test('an export omits an app that registered itself, so that no file ever adopts it', async (t) => {
  const { einlass, done, folder, markRegistered } = await openApps(t)
  await done(['apply', '-'], wiki)
  await done(['add', 'self', '--redirect-uri', 'https://evil.example/cb'])
  await markRegistered('self')
  const { stdout } = await done(['export'])
  assert.deepEqual(Object.keys(parse(stdout).apps), ['wiki'])
  assert.match(stdout, /^# Not in here: 1 that registered themselves/m)
  const written = await done(['export', '--file', join(folder, 'apps.yaml')])
  assert.match(written.stdout, /^Wrote 1 app to .*\nNot in it: 1 that registered themselves/)
  assert.deepEqual(((await done(['export', '--json'])).json() as { apps: unknown }).apps, ['wiki'])
  // The app removes its own registration; the file that was written before does not bring it back.
  await done(['remove', 'self', '--yes'])
  await done(['apply', '-'], stdout)
  const ids = ((await done(['list', '--json'])).json() as { id: string }[]).map(({ id }) => id)
  assert.deepEqual(ids, ['wiki'])
  await done(['add', 'self', '--redirect-uri', 'https://evil.example/cb'])
  await markRegistered('self')
  const named = await einlass(['app', 'export', 'self'])
  assert.notEqual(named.code, 0)
  assert.match(named.stderr, /self registered itself\. .* einlass app adopt self/)
  await done(['adopt', 'self'])
  assert.match((await done(['export', 'self'])).stdout, /evil\.example/)
})

test('an export of an unknown app fails and names it', async (t) => {
  const { einlass } = await openApps(t)
  const result = await einlass(['app', 'export', 'wiki', 'mail'])
  assert.equal(result.code, 1)
  assert.match(result.stderr, /There is no app "wiki"/)
})

test('a template derives the settings from one address, and says what to enter in the app', async (t) => {
  const { done, einlass } = await openApps(t)
  const args = ['add', 'monitor', '--template', 'grafana', '--url', 'https://grafana.example.org/']
  const added = await done([...args, '--start-url', 'https://grafana.example.org/home'])
  const [, secret = '?'] = /client_secret: +(\S+)/.exec(added.stdout) ?? []
  assert.match(added.stdout, /On the side of the app \(Grafana\):\n\n1\. In grafana\.ini/)
  assert.ok(added.stdout.includes(`   client_secret = ${secret}\n`))
  const shown = await done(['show', 'monitor'])
  assert.match(
    shown.stdout,
    /redirect-uri: +https:\/\/grafana\.example\.org\/login\/generic_oauth\n/,
  )
  assert.match(shown.stdout, /auth_url = https:\/\/login\.example\.org\/oidc\/auth\n/)
  assert.match(shown.stdout, /start-url: +https:\/\/grafana\.example\.org\/home\n/)
  assert.ok(!shown.stdout.includes(secret))
  const { template, addresses } = (await done(['show', 'monitor', '--json'])).json() as {
    template: string
    addresses: { issuer: string }
  }
  assert.deepEqual([template, addresses.issuer], ['grafana', 'https://login.example.org/oidc'])
  const wrong: [string[], RegExp][] = [
    [['--template', 'gravana', '--url', 'https://a.example'], /Did you mean grafana\?/],
    [['--template', 'grafana'], /--template needs --url as well/],
    [['--url', 'https://a.example'], /--url needs --template or --library/],
    [['--template', 'grafana', '--url', 'http://a.example'], /--url\n {2}found: {3}"http:/],
    [['--template', 'grafana', '--url', 'https://a.example/?x=1'], /without a query/],
  ]
  for (const [options, said] of wrong) {
    const result = await einlass(['app', 'add', 'x', ...options])
    assert.equal(result.code, 64)
    assert.match(result.stderr, said)
  }
})
