// Secrets that are shown once, when standard output takes nothing.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { type TestContext, test } from 'node:test'
import { openTerminal } from '../dev/test-support/cli.ts'

const full = () =>
  new Writable({
    write: (_chunk, _encoding, done) => done(Object.assign(new Error('full'), { code: 'ENOSPC' })),
  }).on('error', () => {})

const redirect = ['--redirect-uri', 'https://cloud.example.org/callback']
const reason = ['--reason', 'phone stolen']

/** Users, an app and a file of apps. */
async function setUp(t: TestContext) {
  const terminal = await openTerminal(t)
  for (const args of [
    ['user', 'add', 'erika'],
    ['app', 'add', 'wiki', ...redirect],
  ])
    assert.equal((await terminal.einlass(args)).code, 0)
  const one = (id: string) =>
    `  ${id}:\n    name: ${id}\n    settings:\n      redirect_uris: [https://${id}.example.org/callback]\n`
  await writeFile(join(terminal.folder, 'apps.yaml'), `apps:\n${one('mail')}${one('notes')}`)
  return terminal
}

for (const [args, advice] of [
  [['app', 'add', 'cloud', ...redirect], /einlass app change cloud --new-secret$/m],
  [['app', 'change', 'wiki', '--new-secret'], /einlass app change wiki --new-secret$/m],
  [
    ['app', 'apply', 'apps.yaml'],
    /app change mail --new-secret\n.*app change notes --new-secret$/m,
  ],
  [['pass', 'issue', 'erika', ...reason], /einlass pass revoke erika$/m],
  [['registration-token', 'issue'], /einlass registration-token revoke rgt_\S+$/m],
  [['scim-token', 'create', 'entra'], /einlass scim-token remove pvt_\S+$/m],
  [['user', 'add', 'max'], /einlass user set-password max$/m],
  [['user', 'set-password', 'erika'], /einlass user set-password erika$/m],
] as const) {
  test(`${args.slice(0, 2).join(' ')} says that its secret was not shown, and what to do`, async (t) => {
    const { einlass } = await setUp(t)
    const { code, stderr } = await einlass(args, { stdout: full() })
    assert.equal(code, 74, stderr)
    assert.match(stderr, /was not shown\./)
    assert.match(stderr, advice)
  })
}

test('with --json, what to do about a secret that was not shown is JSON', async (t) => {
  const { einlass } = await openTerminal(t)
  const { stderr } = await einlass(['scim-token', 'create', 'okta', '--json'], { stdout: full() })
  const { error } = JSON.parse(stderr) as { error: { code: string; message: string } }
  assert.equal(error.code, 'not_shown')
  assert.match(error.message, /was not shown/)
})

test('a command without a secret says nothing of one', async (t) => {
  const { einlass } = await setUp(t)
  for (const args of [
    ['app', 'change', 'wiki', '--name', 'Wiki'],
    ['app', 'add', 'public', ...redirect, '--public'],
  ]) {
    const { code, stderr } = await einlass(args, { stdout: full() })
    assert.deepEqual([code, stderr], [0, ''], args.join(' '))
  }
})

for (const [what, redirection] of [
  ['a full disk', '>/dev/full'],
  ['a reader that has gone', '| true'],
  ['a closed output', '>&-'],
] as const) {
  test(`einlass says that a secret was not shown: ${what}`, async (t) => {
    const { folder } = await openTerminal(t)
    const script = `{ sleep 0.2; "$0" scim-token create entra; echo "code $?" >&2; } ${redirection}`
    const einlass = join(import.meta.dirname, '..', '..', 'einlass')
    const env = {
      PATH: process.env.PATH,
      EINLASS_PUBLIC_URL: 'https://login.example.org',
      EINLASS_STORAGE_FILE: join(folder, 'einlass.db'),
      EINLASS_KEY_FILE: join(folder, 'einlass.key'),
    }
    const stderr = await new Promise<string>((resolve) => {
      execFile('sh', ['-c', script, einlass], { cwd: folder, env }, (_error, _out, err) =>
        resolve(err),
      )
    })
    assert.match(stderr, /The token was not shown\. .*einlass scim-token remove pvt_/)
    assert.match(stderr, /^code 74$/m)
  })
}
