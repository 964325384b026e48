import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { openTerminal, writeKeyCommand } from '../dev/test-support/cli.ts'
import type { Policy } from '../identity/policy/policy.ts'

const redirect = ['--redirect-uri', 'https://cloud.example.org/callback']

test('a new app gets a secret that is shown once, and the configured rule', async (t) => {
  const { einlass } = await openTerminal(t)
  const env = { EINLASS_DEFAULT_POLICY_SECOND_FACTOR: 'required' }
  const added = await einlass(['app', 'add', 'cloud', '--name', 'Cloud', ...redirect, '--json'], {
    env,
  })
  assert.equal(added.code, 0, added.stderr)
  const { client_id, client_secret, issuer } = added.json() as Record<string, string>
  assert.deepEqual([client_id, issuer], ['cloud', 'https://login.example.org/oidc'])
  assert.match(client_secret ?? '', /^[\w-]{43}$/)
  const list = await einlass(['app', 'list', '--json'], { env })
  assert.ok(!list.stdout.includes(client_secret ?? ''))
  const [app] = list.json() as { name: string; policy: unknown }[]
  assert.equal(app?.name, 'Cloud')
  assert.deepEqual(app?.policy, { secondFactor: 'required', skips: 3, decline: false })
})

test('app add says that everybody may enter the new app, and that the start page needs --start-url', async (t) => {
  const { einlass } = await openTerminal(t)
  const hidden = await einlass(['app', 'add', 'cloud', ...redirect])
  assert.match(hidden.stdout, /Everybody who can log in may enter this app/)
  assert.match(hidden.stdout, /Without --start-url it is not on people's start page/)
  const start = ['--start-url', 'https://wiki.example.org/']
  assert.doesNotMatch(
    (await einlass(['app', 'add', 'wiki', ...redirect, ...start])).stdout,
    /start page/,
  )
})

test('app add shows which groups may enter, and --default-policy does not change the allowed groups', async (t) => {
  const { einlass } = await openTerminal(t)
  const allowed = ['--allowed-group', 'board', '--allowed-group', 'office']
  const added = await einlass(['app', 'add', 'board', ...redirect, ...allowed, '--skips', '1'])
  assert.match(added.stdout, /Only members of one of the groups board, office may enter this app\./)
  assert.match(
    added.stdout,
    /Nobody is in the group office yet\. Of local users: einlass user group add NAME office/,
  )
  const show = async () =>
    (await einlass(['app', 'list', '--json'])).json() as [{ ownPolicy: object }]
  const groups = { allowedGroups: ['board', 'office'] }
  assert.deepEqual((await show())[0].ownPolicy, { skips: 1, ...groups })
  await einlass(['app', 'change', 'board', '--group', 'staff', '--skips', '9'])
  const changed = await einlass(['app', 'change', 'board', '--default-policy'])
  assert.equal(changed.code, 0, changed.stderr)
  assert.deepEqual((await show())[0].ownPolicy, groups)
  assert.match(
    (await einlass(['app', 'list'])).stdout,
    /PROTOCOL .* MAY ENTER .*\n.* oidc .* board, office .*who may enter/,
  )
  const one = await einlass(['app', 'change', 'board', '--allowed-group', 'board'])
  assert.match(one.stdout, /Only members of the group board may enter this app\./)
  const all = await einlass(['app', 'change', 'board', '--no-allowed-group'])
  assert.match(all.stdout, /Everybody who can log in may enter this app\./)
  assert.deepEqual((await show())[0].ownPolicy, {})
})

test('options take precedence over the configured rule', async (t) => {
  const { einlass } = await openTerminal(t)
  const rule = [
    '--second-factor',
    'optional',
    '--skips',
    '5',
    '--skip-until',
    '2031-01-31',
    '--decline',
  ]
  const added = await einlass(['app', 'add', 'spa', '--public', ...redirect, ...rule, '--json'])
  assert.deepEqual(Object.keys(added.json() as object), [
    'client_id',
    'issuer',
    'discovery',
    'token',
    'userinfo',
    'authorization',
    'end_session',
    'policy',
    'ownPolicy',
  ])
  const [app] = (await einlass(['app', 'list', '--json'])).json() as { policy: unknown }[]
  const policy = { secondFactor: 'optional', skips: 5, skipUntil: '2031-01-31', decline: true }
  assert.deepEqual(app?.policy, policy)
})

test('an app can require passkeys only if passkeys are possible, and an unknown level is refused', async (t) => {
  const { einlass } = await openTerminal(t)
  const add = (id: string, level: string, url = 'https://login.example.org') => {
    const rule = ['--second-factor', 'required', '--level', level]
    return einlass(['app', 'add', id, ...redirect, ...rule], { env: { EINLASS_PUBLIC_URL: url } })
  }
  for (const url of ['https://192.0.2.7', 'http://login.example.org']) {
    const refused = await add('bank', 'phishing_resistant', url)
    assert.equal(refused.code, 64)
    assert.match(refused.stderr, /needs passkeys/)
  }
  assert.equal((await add('bank', 'phishing_resistant')).code, 0)
  const [app] = (await einlass(['app', 'list', '--json'])).json() as { policy: Policy }[]
  assert.equal(app?.policy.level, 'phishing_resistant')
  const unknown = await add('cloud', 'strong')
  assert.equal(unknown.code, 64)
  assert.match(
    unknown.stderr,
    /allowed: possession, number, code, verified_code or phishing_resistant/,
  )
})

test('app add with invalid arguments adds no app', async (t) => {
  const { einlass } = await openTerminal(t)
  const wrong = [
    ['cloud'],
    ['cloud', '--redirect-uri', 'http://cloud.example.org/callback'],
    ['cloud', '--redirect-uri', 'https://*.example.org/callback'],
    ['cloud', ...redirect, '--skips', 'many'],
    ['cloud', ...redirect, '--skips', ''],
    ['cloud', ...redirect, '--second-factor', 'maybe'],
    ['../cloud', ...redirect],
  ]
  for (const args of wrong)
    assert.equal((await einlass(['app', 'add', ...args])).code, 64, args.join(' '))
  assert.deepEqual((await einlass(['app', 'list', '--json'])).json(), [])
})

test('an app id can be added only once, and an app can be removed only once', async (t) => {
  const { einlass } = await openTerminal(t)
  assert.equal((await einlass(['app', 'add', 'cloud', ...redirect])).code, 0)
  assert.equal((await einlass(['app', 'add', 'cloud', ...redirect])).code, 1)
  assert.equal((await einlass(['app', 'remove', 'cloud', '--yes'])).code, 0)
  assert.equal((await einlass(['app', 'remove', 'cloud', '--yes'])).code, 1)
  assert.match((await einlass(['audit', 'verify'])).stdout, /Events: 2/)
})

test('an error names the option as typed, the value that was found and the allowed values', async (t) => {
  const { einlass } = await openTerminal(t)
  const wrong = ['--redirect-uri', 'https://ok.example.org/', '--redirect-uri', 'http://a.example']
  const args = ['app', 'add', 'cloud', ...wrong, '--skips', 'many', '--second-factor', 'maybe']
  const { code, stderr } = await einlass(args)
  assert.equal(code, 64)
  assert.equal(
    stderr,
    `--redirect-uri
  found:   "http://a.example"
  allowed: https, or http on a loopback host; for a native app also a scheme such as com.example.app
--second-factor
  found:   "maybe"
  allowed: none, optional or required
--skips
  found:   "many"
  allowed: a whole number from 0 to 1000
`,
  )
  const none = await einlass(['app', 'add', '../cloud'])
  assert.match(none.stderr, /^ID\n {2}found: {3}"..\/cloud"\n {2}allowed: up to 100 letters/)
  assert.match(
    none.stderr,
    /--redirect-uri\n {2}found: {3}nothing\n {2}allowed: at least one address/,
  )
})

test('the rule of an app is changed, for everybody and for a group', async (t) => {
  const { einlass } = await openTerminal(t)
  await einlass(['app', 'add', 'wiki', '--redirect-uri', 'https://wiki.example.org/callback'])
  const change = async (...options: string[]) => {
    const { code, stdout, stderr } = await einlass(['app', 'change', 'wiki', ...options])
    assert.equal(code, 0, stderr)
    return stdout.split('\n')[0]
  }
  await einlass(['user', 'add', 'erika'])
  await einlass(['user', 'group', 'add', 'erika', 'board'])
  assert.equal(
    await change('--second-factor', 'optional', '--decline', '--decline-days', '90'),
    'wiki: optional, 3 skips, may decline for 90 days',
  )
  assert.equal(
    await change('--group', 'board', '--second-factor', 'required', '--level', 'number'),
    'wiki: optional, 3 skips, may decline for 90 days; board: required, number',
  )
  assert.equal(
    await change('--group', 'board', '--skips', '1', '--skip-until', '2030-12-31'),
    'wiki: optional, 3 skips, may decline for 90 days; board: required, number, 1 skip until 2030-12-31',
  )
  assert.match((await einlass(['app', 'list'])).stdout, /wiki .*board: required, number/)
  assert.equal(
    await change('--no-decline', '--remove-group', 'board', '--name', 'Wiki'),
    'wiki: optional, 3 skips',
  )
  const [app] = (await einlass(['app', 'list', '--json'])).json() as { name: string }[]
  assert.equal(app?.name, 'Wiki')
})

test('the error of an invalid change names the option, and nothing is changed', async (t) => {
  const { einlass } = await openTerminal(t)
  await einlass(['app', 'add', 'wiki', '--redirect-uri', 'https://wiki.example.org/callback'])
  const before = (await einlass(['app', 'list', '--json'])).stdout
  for (const [options, message] of [
    [['--level', 'high'], /--level\n {2}found: {3}"high"/],
    [['--group', 'board', '--skips', 'x'], /--skips\n {2}found: {3}"x"/],
    [['--decline-days', '0'], /--decline-days/],
  ] as const) {
    const { code, stderr } = await einlass(['app', 'change', 'wiki', ...options])
    assert.equal(code, 64)
    assert.match(stderr, message)
  }
  assert.equal((await einlass(['app', 'change', 'none', '--skips', '1'])).code, 1)
  assert.equal((await einlass(['app', 'list', '--json'])).stdout, before)
})

test('optional parts of a rule can be removed, for everybody and for a group', async (t) => {
  const { einlass } = await openTerminal(t)
  const rule = ['--level', 'number', '--skip-until', '2031-01-31', '--decline-days', '30']
  await einlass(['app', 'add', 'cloud', ...redirect, ...rule, '--plain-approval'])
  const change = async (...args: string[]) => {
    const done = await einlass(['app', 'change', 'cloud', ...args, '--json'])
    assert.equal(done.code, 0, done.stderr)
    return (done.json() as { policy: Policy }).policy
  }
  const general = { secondFactor: 'optional', skips: 3, decline: false }
  const board = ['--group', 'board']
  await change(...board, '--level', 'number', '--second-factor', 'required')
  const ofGroup = await change(...board, '--no-level')
  assert.equal(ofGroup.level, 'number')
  assert.deepEqual(ofGroup.groups, [{ group: 'board', secondFactor: 'required' }])
  const without = ['--no-level', '--no-skip-until', '--no-decline-days', '--no-plain-approval']
  const bare = { ...general, plainApproval: false }
  assert.deepEqual(await change(...without, '--remove-group', 'board'), bare)
  assert.deepEqual(await change('--no-level'), bare)
  const both = await einlass(['app', 'change', 'cloud', '--level', 'number', '--no-level'])
  assert.equal(both.code, 64)
  assert.match(both.stderr, /--no-level and --level exclude each other/)
})

test('an app gets the group rules of the configured default policy', async (t) => {
  const { einlass, folder } = await openTerminal(t)
  const file = join(folder, 'einlass.yaml')
  await writeFile(
    file,
    'default_policy:\n  level: number\n  decline_days: 30\n  groups:\n    - group: board\n      second_factor: required\n      skips: 0\n',
  )
  const config = ['--config', 'einlass.yaml']
  const added = await einlass(['app', 'add', 'cloud', ...redirect, ...config])
  assert.equal(added.code, 0, added.stderr)
  const listed = (await einlass(['app', 'list', '--json', ...config])).json()
  const [app] = listed as { policy: Policy }[]
  assert.deepEqual(app?.policy, {
    secondFactor: 'optional',
    level: 'number',
    skips: 3,
    decline: false,
    declineDays: 30,
    groups: [{ group: 'board', secondFactor: 'required', skips: 0 }],
  })
})

test('the commands show a complete rule: plain approval, declining without effect, limits of a group', async (t) => {
  const { einlass } = await openTerminal(t)
  await einlass(['app', 'add', 'cloud', ...redirect, '--decline', '--plain-approval'])
  const change = (...args: string[]) => einlass(['app', 'change', 'cloud', ...args])
  assert.match(
    (await change('--decline-days', '90')).stdout,
    /may decline for 90 days, old phone apps/,
  )
  const required = await change('--second-factor', 'required')
  assert.match(required.stdout, /required, .*may decline for 90 days \(without effect\)/)
  assert.match((await change('--group', 'board', '--no-decline')).stdout, /board: may not decline/)
  const list = await einlass(['app', 'list'])
  assert.match(list.stdout, /old phone apps without a number; board: may not decline/)
})

test('an empty change, a date in the past and a group without a rule are refused', async (t) => {
  const { einlass } = await openTerminal(t)
  await einlass(['app', 'add', 'cloud', ...redirect])
  for (const [args, code, said] of [
    [[], 64, /Nothing to change/],
    [['--group', 'board'], 64, /Nothing to change/],
    [['--skip-until', '2020-12-31'], 64, /2020-12-31 is over/],
    [['--remove-group', 'board'], 1, /cloud has no rule for the group "board"/],
  ] as const) {
    const refused = await einlass(['app', 'change', 'cloud', ...args])
    assert.equal(refused.code, code, args.join(' '))
    assert.match(refused.stderr, said)
  }
  const late = await einlass(['app', 'add', 'wiki', ...redirect, '--skip-until', '2020-12-31'])
  assert.equal(late.code, 64)
})

test('a rule for an empty group is made, and the command says that the group is empty', async (t) => {
  const { einlass } = await openTerminal(t)
  await einlass(['app', 'add', 'cloud', ...redirect])
  const change = ['app', 'change', 'cloud', '--group', 'board', '--skips', '0']
  const made = await einlass(change)
  assert.equal(made.code, 0)
  assert.match(made.stdout, /Nobody is in the group board yet/)
  await einlass(['user', 'add', 'erika'])
  await einlass(['user', 'group', 'add', 'erika', 'board'])
  assert.doesNotMatch((await einlass(change)).stdout, /Nobody/)
})

test('each kind of address of an app is replaced separately, and optional addresses can be removed', async (t) => {
  const { einlass } = await openTerminal(t)
  const start = ['--start-url', 'https://cloud.example.org/']
  const logout = ['--post-logout-redirect-uri', 'https://cloud.example.org/bye']
  await einlass(['app', 'add', 'cloud', ...redirect, ...start, ...logout])
  const change = async (...args: string[]) => {
    const done = await einlass(['app', 'change', 'cloud', ...args, '--json'])
    assert.equal(done.code, 0, done.stderr)
    return (done.json() as { settings: Record<string, unknown> }).settings
  }
  const moved = ['https://files.example.org/callback', 'https://cloud.example.org/callback']
  const settings = await change(...moved.flatMap((uri) => ['--redirect-uri', uri]))
  assert.deepEqual(settings, {
    redirectUris: moved,
    postLogoutRedirectUris: ['https://cloud.example.org/bye'],
    startUrl: 'https://cloud.example.org/',
    tokenEndpointAuthMethod: 'client_secret_basic',
    allowedOrigins: [],
    applicationType: 'web',
    signingAlgorithm: 'RS256',
    loginWindow: 'page',
    pkce: 'required',
    subjectType: 'public',
  })
  const gone = await change('--no-start-url', '--no-post-logout-redirect-uri', '--skips', '1')
  assert.deepEqual(gone, {
    redirectUris: moved,
    postLogoutRedirectUris: [],
    tokenEndpointAuthMethod: 'client_secret_basic',
    allowedOrigins: [],
    applicationType: 'web',
    signingAlgorithm: 'RS256',
    loginWindow: 'page',
    pkce: 'required',
    subjectType: 'public',
  })
  const wrong = await einlass(['app', 'change', 'cloud', '--redirect-uri', 'http://example.org/'])
  assert.equal(wrong.code, 64)
  assert.match(wrong.stderr, /--redirect-uri\n {2}found: {3}"http:\/\/example.org\/"/)
  const both = await einlass(['app', 'change', 'cloud', ...start, '--no-start-url'])
  assert.match(both.stderr, /--no-start-url and --start-url exclude each other/)
})

test('a new secret is shown once and differs from the earlier one, and a public app gets none', async (t) => {
  const { einlass } = await openTerminal(t)
  const added = (await einlass(['app', 'add', 'cloud', ...redirect, '--json'])).json()
  const renewed = await einlass(['app', 'change', 'cloud', '--new-secret', '--json'])
  const secretOf = (reply: unknown) => (reply as { client_secret: string }).client_secret
  const secret = secretOf(renewed.json())
  assert.match(secret, /^[\w-]{43}$/)
  assert.notEqual(secret, secretOf(added))
  const plain = await einlass(['app', 'change', 'cloud', '--new-secret'])
  assert.match(plain.stdout, /client_secret: [\w-]{43}\nIt is shown this once/)
  assert.ok(!(await einlass(['app', 'list', '--json'])).stdout.includes('secret"'))
  await einlass(['app', 'add', 'spa', '--public', ...redirect])
  const refused = await einlass(['app', 'change', 'spa', '--new-secret', '--name', 'Spa'])
  assert.equal(refused.code, 1)
  assert.match(refused.stderr, /public app, which has no secret/)
  assert.match((await einlass(['app', 'list'])).stdout, /spa +oidc +spa/)
})

test('app test runs the command of the keys once', async (t) => {
  const { einlass, folder } = await openTerminal(t)
  await einlass(['app', 'add', 'cloud', ...redirect])
  const { keys, calls } = await writeKeyCommand(folder)
  // Nothing listens at this port.
  const env = { ...keys, EINLASS_PUBLIC_URL: 'http://127.0.0.1:1' }
  const tested = await einlass(['app', 'test', 'cloud'], { env })
  assert.equal(tested.code, 1, tested.stderr)
  assert.match(tested.stdout, /^WRONG /m)
  assert.equal(await readFile(calls, 'utf8'), 'once\n')
  assert.match((await einlass(['audit', 'list', '--json'])).stdout, /"app_tested"/)
})
