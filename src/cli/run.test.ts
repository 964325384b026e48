import assert from 'node:assert/strict'
import { once } from 'node:events'
import { chmod, readdir, writeFile } from 'node:fs/promises'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'
import { openTerminal } from '../dev/test-support/cli.ts'

test('without a command the program prints the list of commands as an error', async (t) => {
  const { einlass } = await openTerminal(t)
  const bare = await einlass([])
  assert.deepEqual([bare.code, bare.stdout], [64, ''])
  assert.match(bare.stderr, /user set-password/)
  const asked = await einlass(['--help'])
  assert.deepEqual([asked.code, asked.stderr], [0, ''])
  assert.equal(asked.stdout, bare.stderr)
})

test('the error for an unknown command names the nearest command', async (t) => {
  const { einlass } = await openTerminal(t)
  const { code, stderr } = await einlass(['usr', 'add', 'erika'])
  assert.equal(code, 64)
  assert.match(stderr, /user add/)
  assert.equal((await einlass(['__proto__'])).code, 64)
})

test('the error for an incomplete command lists the commands that begin with it', async (t) => {
  const { einlass } = await openTerminal(t)
  const { code, stderr } = await einlass(['app'])
  assert.equal(code, 64)
  assert.match(stderr, /app remove/)
  assert.ok(!stderr.includes('user add'))
})

test('the help of a subgroup of commands lists only the commands of this subgroup', async (t) => {
  const { einlass } = await openTerminal(t)
  const help = await einlass(['user', 'group', '--help'])
  assert.equal(help.code, 0)
  assert.match(help.stdout, /user group add/)
  assert.doesNotMatch(help.stdout, /user list/)
  const half = await einlass(['user', 'group'])
  assert.equal(half.code, 64)
  assert.match(half.stderr, /user group remove/)
})

test('a missing operand, an extra operand and an unknown option are usage errors', async (t) => {
  const { einlass } = await openTerminal(t)
  for (const args of [[], ['a', 'b'], ['a', '--colour'], ['a', '--email']]) {
    const { code, stdout, stderr } = await einlass(['user', 'add', ...args])
    assert.deepEqual([code, stdout], [64, ''])
    assert.match(stderr, /Usage: einlass user add NAME/)
  }
})

test('the overview and the help of a command with many options have headings', async (t) => {
  const { einlass } = await openTerminal(t)
  const { stdout: overview } = await einlass(['--help'])
  const headings = overview.match(/^[A-Z].*(?=\n {2}\S)/gm)
  assert.deepEqual(headings, [
    ...['Server', 'Users', 'Rolling out', 'Service desk', 'Apps', 'Audit log'],
    ...['Database and keys', 'Phones and code apps'],
  ])
  const { stdout: help } = await einlass(['app', 'add', '--help'])
  assert.match(help, /^SAML\n {2}--entity-id/m)
  assert.match(help, /--protocol .*\n.*--start-url .*\n(?: {2}--\S.*\n)*\nOpenID Connect\n/)
  assert.match(help, /^All commands\n {2}--config/m)
  const { stdout: short } = await einlass(['user', 'list', '--help'])
  assert.doesNotMatch(short, /All commands/)
})

test('--help of every command shows its usage', async (t) => {
  const { einlass } = await openTerminal(t)
  const { stdout: overview } = await einlass(['--help'])
  const names = [...overview.matchAll(/^ {2}(\S+(?: \S+)*) {2}/gm)].map(([, name = '']) => name)
  assert.ok(names.length > 50, `${names}`)
  // The phone in the terminal reads its own arguments.
  for (const name of names.filter((one) => one !== 'phone')) {
    const { code, stdout } = await einlass([...name.split(' '), '--help'])
    assert.equal(code, 0, name)
    assert.ok(stdout.startsWith(`Usage: einlass ${name}`), stdout)
  }
})

test('every command reports every error of the configuration, as `config check` does', async (t) => {
  const { einlass, folder } = await openTerminal(t)
  await writeFile(join(folder, 'wrong.yaml'), 'listen:\n  port: 99999\nbrand: { colour: red }\n')
  for (const command of ['config check', 'user list', 'serve']) {
    const { code, stderr } = await einlass([...command.split(' '), '--config', 'wrong.yaml'])
    assert.equal(code, 78)
    assert.match(stderr, /listen\.port \(wrong\.yaml, line 2\)/)
    assert.match(stderr, /brand\.colour/)
  }
  const json = await einlass(['config', 'check', '--config', 'wrong.yaml', '--json'])
  assert.equal(json.code, 78)
  assert.equal((json.json() as { mistakes: unknown[] }).mistakes.length, 2)
})

test('config check warns of a brand colour with too little contrast, and names the colour used instead', async (t) => {
  const { einlass, folder } = await openTerminal(t)
  const check = async (colour: string) => {
    const text = `public_url: https://login.example.org\nbrand: { colour: '${colour}' }\n`
    await writeFile(join(folder, 'brand.yaml'), text)
    return (await einlass(['config', 'check', '--config', 'brand.yaml'])).stdout
  }
  assert.match(
    await check('#ffd400'),
    /Warning: brand\.colour: #ffd400 has a contrast of 1\.\d+ .* 4\.5; .* #[0-9a-f]{6}/,
  )
  assert.doesNotMatch(await check('#0b5089'), /brand\.colour/)
})

test('the configuration is the named file, else EINLASS_CONFIG, else einlass.yaml', async (t) => {
  const { einlass, folder } = await openTerminal(t)
  const fileOf = async (args: string[], env = {}) =>
    ((await einlass(['config', 'check', '--json', ...args], { env })).json() as { file: unknown })
      .file
  assert.equal(await fileOf([]), null)
  for (const name of ['einlass.yaml', 'b.yaml', 'c.yaml']) await writeFile(join(folder, name), '')
  assert.equal(await fileOf([]), 'einlass.yaml')
  assert.equal(await fileOf([], { EINLASS_CONFIG: 'b.yaml' }), 'b.yaml')
  assert.equal(await fileOf(['--config', 'c.yaml'], { EINLASS_CONFIG: 'b.yaml' }), 'c.yaml')
})

test('serve does not start without a public address', async (t) => {
  const { einlass } = await openTerminal(t)
  const { code, stderr } = await einlass(['serve'], { env: { EINLASS_PUBLIC_URL: '' } })
  assert.equal(code, 78)
  assert.match(stderr, /public_url/)
})

test('a database that cannot be opened is reported as unavailable, without any secret', async (t) => {
  const { einlass } = await openTerminal(t)
  const sqlite = await einlass(['user', 'list'], { env: { EINLASS_STORAGE_FILE: '/dev/null/x' } })
  assert.equal(sqlite.code, 69)
  const env = {
    EINLASS_STORAGE_TYPE: 'postgres',
    EINLASS_STORAGE_URL: 'postgres://einlass:hunter2@127.0.0.1:1/einlass',
  }
  const postgres = await einlass(['user', 'list', '--json'], { env })
  assert.equal(postgres.code, 69)
  assert.match(postgres.stderr, /127\.0\.0\.1:1\/einlass/)
  assert.ok(!postgres.stderr.includes('hunter2'))
})

test('serve fails and names the metrics port if another process uses it', async (t) => {
  const { einlass } = await openTerminal(t)
  const other = createServer().listen(0, '127.0.0.1')
  t.after(() => other.close())
  await once(other, 'listening')
  const { port } = other.address() as AddressInfo
  const env = { EINLASS_LISTEN_PORT: '0', EINLASS_METRICS_PORT: `${port}` }
  const { code, stderr } = await einlass(['serve'], { env })
  assert.equal(code, 69)
  const warning = `No metrics on 127.0.0.1, port ${port} (metrics.port): another process has it.\n`
  assert.equal(stderr, warning)
})

test('commands report a missing database and create no file', async (t) => {
  const { einlass, folder } = await openTerminal(t, { empty: true })
  const redirect = ['--redirect-uri', 'https://cloud.example.org/']
  const commands = [
    ['user', 'list'],
    ['user', 'add', 'erika'],
    ['app', 'add', 'cloud', ...redirect],
    ['audit', 'verify'],
  ]
  for (const args of commands) {
    const { code, stderr } = await einlass(args)
    assert.equal(code, 69)
    assert.match(stderr, /There is no database at \/.*einlass\.db.*"einlass serve"/s)
  }
  assert.deepEqual(await readdir(folder), [])
})

test('the error for a mistyped command or option suggests the right one', async (t) => {
  const { einlass } = await openTerminal(t)
  const said = async (...args: string[]) => {
    const { code, stderr } = await einlass(args)
    assert.equal(code, 64)
    return stderr
  }
  assert.match(await said('config', 'chek'), /"config chek"\. Did you mean config check\?/)
  assert.match(
    await said('user', 'delete', 'bob'),
    /no command "user delete".*user has the commands user add, /s,
  )
  assert.match(await said('sevre'), /Did you mean serve\?/)
  assert.match(
    await said('--json', 'user', 'list'),
    /Options come after the command: einlass user list/,
  )
  assert.match(
    await said('user', 'add', 'bob', '--mail', 'x'),
    /no option --mail\. Did you mean --email\?/,
  )
  assert.match(
    await said('user', 'add', 'bob', '--email'),
    /--email needs a value: --email ADDRESS/,
  )
  assert.match(await said('user', 'add'), /^NAME is missing\./)
  assert.match(await said('user', 'group', 'add'), /^NAME and GROUP are missing\./)
  assert.match(await said('user', 'list', 'bob'), /^One too many: "bob"\./)
})

test('--version prints the version, and -h is the same as --help', async (t) => {
  const { einlass } = await openTerminal(t)
  const version = await einlass(['--version'])
  assert.equal(version.code, 0)
  assert.match(version.stdout, /^einlass \d+\.\d+\.\d+\n$/)
  assert.equal((await einlass(['-h'])).stdout, (await einlass(['--help'])).stdout)
  const command = await einlass(['user', 'list', '-h'])
  assert.equal(command.code, 0)
  assert.match(command.stdout, /else einlass\.yaml/)
})

test('config check finds a missing logo file, and names unknown variables in addition to errors', async (t) => {
  const { einlass } = await openTerminal(t)
  const logo = { EINLASS_BRAND_LOGO: 'nothing.svg', EINLASS_BRAND_NAMES: 'x' }
  const { code, stderr } = await einlass(['config', 'check'], { env: logo })
  assert.equal(code, 78)
  assert.match(stderr, /brand\.logo .*\n {4}found: {3}"nothing\.svg", which cannot be read/)
  assert.match(stderr, /Warning: The environment variable EINLASS_BRAND_NAMES is not known/)
  const wrong = { EINLASS_LISTEN_PORT: 'x', EINLASS_BRAND_NAMES: 'x' }
  const both = await einlass(['config', 'check'], { env: wrong })
  assert.match(both.stderr, /listen\.port[\s\S]*Warning: .*EINLASS_BRAND_NAMES/)
})

test('config check warns of a configuration file with secrets that everybody can read', async (t) => {
  const { einlass, folder } = await openTerminal(t)
  const text = 'events: { webhook: { url: https://siem.example.org, secret: sechzehn Zeichen } }\n'
  const file = join(folder, 'einlass.yaml')
  await writeFile(file, text)
  await chmod(file, 0o644)
  const open = await einlass(['config', 'check'])
  assert.equal(open.code, 0)
  assert.match(open.stdout, /Warning: einlass\.yaml has the mode 0644: .* events\.webhook\.secret/)
  await chmod(file, 0o600)
  assert.doesNotMatch((await einlass(['config', 'check'])).stdout, /mode/)
})
