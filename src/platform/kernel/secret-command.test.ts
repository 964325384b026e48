import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readFromCommand, runSecretCommand, splitCommand } from './secret-command.ts'

const node = (script: string) => [process.execPath, '-e', script]
const secret = 'hunter2'

/** Commands that fail, with a part of the message. Most of them print a secret first. */
const said = `process.stdout.write('${secret}');process.stderr.write('${secret}');`
const failures: readonly (readonly [readonly string[], RegExp])[] = [
  [node(`${said}process.exitCode = 3`), /ended with exit code 3$/],
  [
    node(`${said}process.kill(process.pid, 'SIGTERM');setTimeout(() => {}, 9000)`),
    /ended by SIGTERM$/,
  ],
  [node(`${said}setTimeout(() => {}, 60000)`), /took longer than 0\.5 seconds$/],
  [node(`process.stdout.write('${secret}'.repeat(20000))`), /printed more than 64 KiB$/],
  [node(`process.stderr.write('${secret}')`), /printed nothing$/],
  [['/nowhere/at-all', secret], /^the program "\/nowhere\/at-all" is not there$/],
  [['/etc/passwd'], /^the program "\/etc\/passwd" may not be run$/],
]

for (const [name, run] of [
  [
    'at a start',
    async (command: readonly string[], limit: number) => runSecretCommand(command, limit),
  ],
  ['while running', readFromCommand],
] as const) {
  test(`the secret is the output of the command without its last line end (${name})`, async () => {
    assert.equal(await run(node(`console.log('a\\nb')`), 20_000), 'a\nb')
  })

  test(`each failure of a command is reported without its output (${name})`, async () => {
    for (const [command, expected] of failures) {
      const limit = /0\\.5/.test(expected.source) ? 500 : 20_000
      await assert.rejects(run(command, limit), (error: Error) => {
        assert.match(error.message, expected)
        assert.ok(!error.message.includes(secret))
        return true
      })
    }
  })

  test(`a program that a command leaves behind does not delay the time limit (${name})`, async () => {
    const left = `require('child_process').spawn('sleep', ['5'], { stdio: 'inherit' });setTimeout(() => {}, 9000)`
    await assert.rejects(run(node(left), 500), /took longer/)
  })
}

test('a command is written as words with spaces between them, or as a JSON list', () => {
  assert.deepEqual(splitCommand(' vault read  -field=x a '), ['vault', 'read', '-field=x', 'a'])
  assert.deepEqual(splitCommand('["cat", "/a file"]'), ['cat', '/a file'])
  for (const wrong of ['["a"', '[1]']) assert.throws(() => splitCommand(wrong))
})
