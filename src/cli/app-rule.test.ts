import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { openTerminal } from '../dev/test-support/cli.ts'
import { readAudit } from '../identity/audit/chain.ts'
import type { OwnPolicy, Policy } from '../identity/policy/policy.ts'
import { silentLog } from '../platform/kernel/log.ts'
import { openDatabase } from '../platform/storage/open.ts'

const redirect = ['--redirect-uri', 'https://cloud.example.org/callback']

interface Shown {
  readonly policy: Policy
  readonly ownPolicy: OwnPolicy
}

type Env = Readonly<Record<string, string>>

async function openApps(t: Parameters<typeof openTerminal>[0]) {
  const { einlass, folder } = await openTerminal(t)
  const done = async (args: readonly string[], env: Env = {}) => {
    const result = await einlass(['app', ...args], { env })
    assert.equal(result.code, 0, result.stderr)
    return result
  }
  const shown = async (env: Env = {}) => {
    const list = (await done(['list', '--json'], env)).json() as Shown[]
    assert.ok(list[0])
    return list[0]
  }
  return { einlass, folder, done, shown }
}

const general = { secondFactor: 'optional', skips: 3, decline: false }
const tight = {
  EINLASS_DEFAULT_POLICY_SECOND_FACTOR: 'required',
  EINLASS_DEFAULT_POLICY_SKIPS: '0',
  EINLASS_DEFAULT_POLICY_LEVEL: 'number',
  EINLASS_DEFAULT_POLICY_GROUPS: '[{"group":"board","level":"phishing_resistant"}]',
}

test('settings that an app does not name follow default_policy, also after later changes to it', async (t) => {
  const { done, shown } = await openApps(t)
  const added = await done(['add', 'cloud', ...redirect, '--skips', '5'])
  assert.match(
    added.stdout,
    /second factor: optional, 5 skips\nIts own: skips\. The rest is default/,
  )
  assert.deepEqual(await shown().then(({ policy }) => policy), { ...general, skips: 5 })
  const { policy, ownPolicy } = await shown(tight)
  assert.deepEqual(ownPolicy, { skips: 5 })
  assert.deepEqual(policy, {
    secondFactor: 'required',
    level: 'number',
    skips: 5,
    decline: false,
    groups: [{ group: 'board', level: 'phishing_resistant' }],
  })
  const list = await done(['list'], tight)
  assert.match(list.stdout, /ITS OWN/)
  assert.match(list.stdout, /required, number, 5 skips; board: phishing_resistant {2}skips {2}/)
})

test('the command says that an app has no own rule, and --default-policy removes its own rule', async (t) => {
  const { einlass, done, shown } = await openApps(t)
  const added = await done(['add', 'cloud', ...redirect])
  assert.match(added.stdout, /All of it is default_policy, also when that is changed/)
  assert.match((await done(['list'])).stdout, /optional, 3 skips {2}-/)
  await done(['change', 'cloud', '--second-factor', 'none', '--decline'])
  await done(['change', 'cloud', '--group', 'board', '--skips', '1'])
  const both = ['app', 'change', 'cloud', '--default-policy', '--group', 'board']
  assert.match((await einlass(both)).stderr, /--default-policy and --group exclude/)
  await done(['change', 'cloud', '--default-policy', '--skips', '2'])
  assert.deepEqual((await shown()).ownPolicy, { skips: 2 })
  const back = await done(['change', 'cloud', '--default-policy'])
  assert.match(back.stdout, /^cloud: optional, 3 skips\nAll of it is default_policy/)
})

test('changing the rule of one group leaves the default rules of the other groups in force', async (t) => {
  const { done, shown } = await openApps(t)
  const groups = '[{"group":"board","level":"number"},{"group":"staff","skips":0}]'
  const env = { EINLASS_DEFAULT_POLICY_GROUPS: groups }
  await done(['add', 'cloud', ...redirect])
  await done(['change', 'cloud', '--group', 'board', '--second-factor', 'required'], env)
  assert.deepEqual((await shown()).ownPolicy, {
    groups: [
      { group: 'board', level: 'number', secondFactor: 'required' },
      { group: 'staff', skips: 0 },
    ],
  })
  await done(['change', 'cloud', '--remove-group', 'board'], env)
  assert.deepEqual((await shown(env)).policy.groups, [{ group: 'staff', skips: 0 }])
})

test('an app whose last own group rule is removed follows the default again', async (t) => {
  const { done, shown } = await openApps(t)
  await done(['add', 'cloud', ...redirect])
  await done(['change', 'cloud', '--group', 'board', '--skips', '1'])
  const back = await done(['change', 'cloud', '--remove-group', 'board'])
  assert.match(back.stdout, /^cloud: optional, 3 skips\nAll of it is default_policy/)
  assert.deepEqual((await shown()).ownPolicy, {})
})

test('removing a default group rule from an app leaves it with no group rules, and the command says so', async (t) => {
  const { done, shown } = await openApps(t)
  const env = { EINLASS_DEFAULT_POLICY_GROUPS: '[{"group":"staff","skips":0}]' }
  await done(['add', 'cloud', ...redirect])
  const removed = await done(['change', 'cloud', '--remove-group', 'staff'], env)
  assert.match(removed.stdout, /^cloud: optional, 3 skips\nIts own: no groups\. The rest is/)
  assert.deepEqual((await shown(env)).policy.groups, [])
  assert.match((await done(['list'], env)).stdout, /optional, 3 skips {2}no groups/)
})

test('the command warns that --decline-days has no effect if declining is not allowed', async (t) => {
  const { done } = await openApps(t)
  const added = await done(['add', 'cloud', ...redirect, '--decline-days', '9'])
  assert.match(added.stdout, /Warning: --decline-days 9 does nothing without --decline/)
  const ofBoard = ['change', 'cloud', '--group', 'board', '--decline-days', '5']
  const changed = await done([...ofBoard, '--json'])
  assert.deepEqual((changed.json() as { warnings: string[] }).warnings, [
    'Warning: --decline-days 5 does nothing for the group board without --decline',
    'Nobody is in the group board yet. Of local users: einlass user group add NAME board',
  ])
  assert.doesNotMatch((await done([...ofBoard, '--decline'])).stdout, /Warning/)
  const allowed = { EINLASS_DEFAULT_POLICY_DECLINE: 'true' }
  assert.doesNotMatch((await done(ofBoard, allowed)).stdout, /Warning/)
  assert.doesNotMatch((await done(['change', 'cloud', '--skips', '1'])).stdout, /Warning/)
})

test('the audit log says which settings of an app changed, with old and new values, and who changed them', async (t) => {
  const { folder, done } = await openApps(t)
  await done(['add', 'cloud', ...redirect])
  const moved = ['--redirect-uri', 'https://files.example.org/callback', '--name', 'Files']
  await done(['change', 'cloud', '--level', 'number', ...moved, '--new-secret'])
  // Nothing is different, so there is no event.
  await done(['change', 'cloud', '--name', 'Files'])
  await done(['change', 'cloud', '--group', 'board', '--skips', '0'])
  await done(['change', 'cloud', '--default-policy', '--no-decline'])
  for (const group of ['board', 'office']) await done(['change', 'cloud', '--allowed-group', group])
  await done(['change', 'cloud', '--no-allowed-group'])
  const storage = { type: 'sqlite', file: join(folder, 'einlass.db') } as const
  const database = await openDatabase({ storage, log: silentLog })
  t.after(() => database.close())
  const events = await readAudit(database.db, { after: 0, limit: 100 })
  const changed = events.filter(({ type }) => type === 'app_changed')
  assert.deepEqual(
    changed.map(({ data }) => data.changes),
    [
      [
        'name: cloud → Files',
        'redirectUris: removed https://cloud.example.org/callback',
        'redirectUris: added https://files.example.org/callback',
        'level: default → number',
      ],
      ['groups: default → own', 'groups.board.skips: general → 0'],
      [
        'level: number → default',
        'decline: default → false',
        'groups: own → default',
        'groups.board.skips: 0 → general',
      ],
      ['allowedGroups: everybody → board'],
      ['allowedGroups: removed board', 'allowedGroups: added office'],
      ['allowedGroups: office → everybody'],
    ],
  )
  assert.ok(changed.every(({ data }) => `${data.by}`.startsWith('cli:')))
})

test('a level that no configured factor achieves is refused when typed, and warned of when it is the default', async (t) => {
  const { einlass, done } = await openApps(t)
  const env = { EINLASS_PUBLIC_URL: 'https://192.0.2.7' }
  const args = ['app', 'add', 'cloud', ...redirect, '--second-factor', 'required']
  const refused = await einlass([...args, '--level', 'number'], { env })
  assert.equal(refused.code, 64)
  assert.match(refused.stderr, /needs approval on the phone, and push.senders has no sender/)
  const sender = { EINLASS_PUSH_SENDERS_HTTP_ALLOWED_ORIGINS: '["https://push.example.org"]' }
  const warned = await done(args.slice(1), { ...env, EINLASS_DEFAULT_POLICY_LEVEL: 'number' })
  assert.match(
    warned.stdout,
    /Warning: level number needs .*approval on the phone.* Nobody gets in\./,
  )
  const change = ['change', 'cloud', '--level', 'number']
  assert.doesNotMatch((await done(change, { ...env, ...sender })).stdout, /Warning/)
})

test('config check warns of a level that no configured factor achieves', async (t) => {
  const { einlass } = await openTerminal(t)
  const check = (env: Env) => einlass(['config', 'check'], { env })
  const url = { EINLASS_PUBLIC_URL: 'https://192.0.2.7' }
  assert.doesNotMatch((await check(tight)).stdout, /level/)
  const { code, stdout } = await check({ ...url, ...tight })
  assert.equal(code, 0)
  assert.match(stdout, /Warning: default_policy: level number needs .*approval on the phone/)
  assert.match(
    stdout,
    /default_policy: level phishing_resistant for the group board needs passkeys/,
  )
})

test('for a level name from a token the command suggests the right name', async (t) => {
  const { einlass } = await openTerminal(t)
  for (const typed of ['phishing-resistant', 'urn:einlass:acr:phishing-resistant']) {
    const { code, stderr } = await einlass(['app', 'add', 'cloud', ...redirect, '--level', typed])
    assert.equal(code, 64)
    assert.match(stderr, /Did you mean phishing_resistant\?/)
  }
})

test('a rule without a second factor shows no level', async (t) => {
  const { done } = await openApps(t)
  await done(['add', 'cloud', ...redirect, '--level', 'number'])
  const { stdout } = await done(['change', 'cloud', '--second-factor', 'none'])
  assert.match(stdout, /^cloud: none\n/)
})

test('an app is removed after its id was typed, and without a terminal only with --yes', async (t) => {
  const { einlass, done } = await openApps(t)
  await done(['add', 'cloud', ...redirect])
  const remove = ['app', 'remove', 'cloud']
  const silent = await einlass(remove)
  assert.equal(silent.code, 64)
  assert.match(silent.stderr, /There is no terminal to ask on\. .*add --yes/)
  const other = await einlass(remove, { isTerminal: true, stdin: 'wiki\n' })
  assert.equal(other.code, 1)
  assert.match(other.stderr, /Nothing was changed/)
  assert.equal((await einlass(remove, { isTerminal: true, stdin: 'cloud\n' })).code, 0)
})
