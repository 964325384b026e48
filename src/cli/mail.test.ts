import assert from 'node:assert/strict'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { mailUser, readHeader, readPart, startMailServer } from '../../test/support/mail-server.ts'
import { openTerminal, type Terminal } from '../dev/test-support/cli.ts'
import { silentLog } from '../platform/kernel/log.ts'
import { openDatabase } from '../platform/storage/open.ts'

const address = 'erika@example.org'

/** Configures a mail server on this machine, to which no encryption is required. */
function buildEnvironment(port: number, more: Record<string, string> = {}) {
  return {
    EINLASS_MAIL_FROM: 'login@example.org',
    EINLASS_MAIL_SMTP_HOST: 'localhost',
    EINLASS_MAIL_SMTP_PORT: `${port}`,
    EINLASS_MAIL_SMTP_SECURITY: 'none',
    EINLASS_MAIL_SMTP_USERNAME: mailUser.username,
    EINLASS_MAIL_SMTP_PASSWORD: mailUser.password,
    ...more,
  }
}

const startPlainServer = (t: TestContext) => startMailServer(t, { allowInsecureAuth: true })

test('the test mail arrives in the requested language', async (t) => {
  const terminal = await openTerminal(t)
  const server = await startPlainServer(t)
  const args = ['mail', 'test', address, '--language', 'en', '--json']
  const done = await terminal.einlass(args, { env: buildEnvironment(server.port) })
  assert.equal(done.code, 0, done.stderr)
  const [got] = server.received
  assert.ok(got)
  assert.deepEqual(got.to, [address])
  assert.deepEqual(done.json(), { address, messageId: readHeader(got, 'message-id') })
  assert.match(readPart(got, 'text/plain'), /It has arrived\./)
})

test('mail test explains a failure and shows no password', async (t) => {
  const terminal = await openTerminal(t)
  const server = await startPlainServer(t)
  const attempt = async (more: Record<string, string> = {}) => {
    const env = buildEnvironment(server.port, more)
    const { code, stdout, stderr } = await terminal.einlass(['mail', 'test', address], { env })
    assert.equal(code, 69)
    assert.equal(stdout, '')
    assert.ok(!stderr.includes(mailUser.password) && !stderr.includes('wrong-password'))
    return stderr
  }
  assert.match(
    await attempt({ EINLASS_MAIL_SMTP_SECURITY: 'starttls' }),
    /SELF_SIGNED.*No known authority/,
  )
  assert.match(await attempt({ EINLASS_MAIL_SMTP_PASSWORD: 'wrong-password' }), /AUTH.*refused/)
  server.fail('recipient', 550, '5.1.1 no such person')
  assert.match(await attempt(), /RCPT TO 550 5\.1\.1.*It said: 550 5\.1\.1 no such person/)
  server.fail('recipient', 451, '4.7.1 greylisted')
  assert.match(await attempt(), /RCPT TO 451 4\.7\.1.*now\..*later\. It said: 451 4\.7\.1 grey/)
  await server.close()
  assert.match(await attempt(), /ECONNREFUSED.*Nothing listens there/)
})

test('mail test fails without configured mail and with an invalid address', async (t) => {
  const terminal = await openTerminal(t)
  const without = await terminal.einlass(['mail', 'test', address])
  assert.equal(without.code, 78)
  assert.match(without.stderr, /mail.*\n.*nothing/)
  const wrong = await terminal.einlass(['mail', 'test', 'erika'], { env: buildEnvironment(1) })
  assert.equal(wrong.code, 64)
})

async function queued(t: TestContext, { folder }: Terminal) {
  const storage = { type: 'sqlite', file: join(folder, 'einlass.db') } as const
  const { db, close } = await openDatabase({ storage, log: silentLog })
  t.after(close)
  return await db.selectFrom('mail_queue').selectAll().execute()
}

test('setting a password at the terminal queues a notice that the server will send', async (t) => {
  const terminal = await openTerminal(t)
  const env = buildEnvironment(1)
  await terminal.einlass(['user', 'add', 'erika', '--email', address], { env })
  const set = await terminal.einlass(['user', 'set-password', 'erika', '--json'], { env })
  assert.equal(set.code, 0, set.stderr)
  const [notice, ...others] = await queued(t, terminal)
  assert.deepEqual(others, [])
  assert.deepEqual([notice?.kind, notice?.recipient], ['password_set', address])
  const { password } = set.json() as { password: string }
  assert.ok(!JSON.stringify(notice).includes(password))
})
