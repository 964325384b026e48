import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { type TestContext, test } from 'node:test'
import type { OathPart } from '#forgerock-push'
import { startStandIn } from '../stand-ins/push-server.ts'
import { runPhoneCommand } from './commands.ts'

const challenge = { type: 'challenge', numbers: [17, 42, 88] } as const

/** A writer that remembers its text and says when a part of it has come. */
function createScreen() {
  let text = ''
  let check = () => {}
  return {
    text: () => text,
    write(more: string) {
      text += more
      check()
    },
    shows(part: string | RegExp): Promise<void> {
      const there = () => (typeof part === 'string' ? text.includes(part) : part.test(text))
      return new Promise((resolve) => {
        const before = check
        check = () => {
          before()
          if (there()) resolve()
        }
        check()
      })
    },
  }
}

async function freePort(): Promise<string> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  return typeof address === 'object' && address !== null ? `${address.port}` : ''
}

async function setUp(t: TestContext, oath?: OathPart) {
  const folder = await mkdtemp(join(tmpdir(), 'phone-'))
  const server = await startStandIn(oath)
  const stop = new AbortController()
  t.after(() => {
    stop.abort()
    return Promise.all([server.close(), rm(folder, { recursive: true })])
  })
  const port = await freePort()
  const start = (...args: string[]) => startAs('phone.json', ...args)
  function startAs(file: string, ...args: string[]) {
    const stdin = new PassThrough()
    const stdout = createScreen()
    const stderr = createScreen()
    const env = { EINLASS_PHONE_FILE: join(folder, file) }
    const io = { stdin, stdout, stderr, env, signal: stop.signal }
    const code = runPhoneCommand(args, io)
    return { stdin, stdout, stderr, code, type: (line: string) => stdin.write(`${line}\n`) }
  }
  return { server, stop, port, start, startAs }
}

test('scan --once registers, shows the test request with its numbers, and ends with its answer', async (t) => {
  const { server, port, start } = await setUp(t)
  const phone = start('scan', server.uri, '--once', '--name', 'Erikas iPhone', '--port', port)
  await phone.stdout.shows('Waiting for the first request.')
  assert.equal(server.phone()?.deviceName, 'Erikas iPhone')
  assert.equal(server.phone()?.deviceId, `http://127.0.0.1:${port}/`)
  assert.equal(await server.push(challenge, 42), 200)
  await phone.stdout.shows('Which number? 1, 2 or 3')
  for (const part of ['1) 17    2) 42    3) 88', 'Wiki', 'Firefox', '203.0.113.7'])
    assert.ok(phone.stdout.text().includes(part), part)
  phone.type('9')
  phone.type('2')
  assert.equal(await phone.code, 0)
  assert.match(
    phone.stdout.text(),
    /Sent: 42\..* only the page says whether it was the right number/,
  )
  assert.deepEqual(server.outcomes, ['registered', 'approved'])
})

test('a test request that arrives before the reply to the registration is not lost', async (t) => {
  const { server, port, start } = await setUp(t)
  server.onRegistered(async () => {
    await server.push({ type: 'default' })
  })
  const phone = start('scan', server.uri, '--once', '--port', port, '--answer', 'approve')
  assert.equal(await phone.code, 0)
  assert.deepEqual(server.outcomes, ['registered', 'approved'])
})

test('scan leaves the requests to the same phone if it already listens on the port', async (t) => {
  const { server, stop, port, start } = await setUp(t)
  const listening = start('listen', '--port', port)
  await listening.stdout.shows('Listening on')
  const scanning = start('scan', server.uri, '--port', port)
  assert.equal(await scanning.code, 0)
  await server.push(challenge, 88)
  await listening.stdout.shows('3) 88')
  listening.type('88')
  await listening.stdout.shows('Sent: 88.')
  assert.deepEqual(server.outcomes, ['registered', 'approved'])
  stop.abort()
  assert.equal(await listening.code, 0)
})

test('scan registers nothing while another phone listens on the port, and suggests another port', async (t) => {
  const { server, stop, port, start, startAs } = await setUp(t)
  const listening = start('listen', '--port', port)
  await listening.stdout.shows('Listening on')
  const scanning = startAs('second.json', 'scan', server.uri, '--port', port)
  assert.equal(await scanning.code, 1)
  assert.ok(scanning.stderr.text().includes(`Take another one: --port ${Number(port) + 1}`))
  assert.deepEqual(server.outcomes, [])
  stop.abort()
  assert.equal(await listening.code, 0)
})

test('after a denied or wrong first answer the phone listens for the next request', async (t) => {
  const { server, stop, port, start } = await setUp(t)
  const phone = start('scan', server.uri, '--port', port)
  await phone.stdout.shows('Waiting')
  await server.push(challenge, 42)
  await phone.stdout.shows('d to deny')
  phone.type('d')
  await phone.stdout.shows(/Sent: denied\..*Listening for further requests/s)
  await server.push(challenge, 42)
  await phone.stdout.shows(/d to deny.*d to deny/s)
  phone.type('17')
  await phone.stdout.shows(/Sent: 17\..*only the page says/s)
  await server.push(challenge, 42)
  await phone.stdout.shows(/d to deny.*d to deny.*d to deny/s)
  phone.type('42')
  await phone.stdout.shows('Sent: 42.')
  assert.ok(!phone.stdout.text().includes('pproved'))
  stop.abort()
  assert.equal(await phone.code, 0)
  assert.deepEqual(server.outcomes, ['registered', 'denied', 'wrong_number', 'approved'])
})

test('the error of a refused scan names possible causes, also on the server', async (t) => {
  const { server, port, start } = await setUp(t)
  server.answerWith({ status: 400, body: '{}' })
  const phone = start('scan', server.uri, '--port', port)
  assert.equal(await phone.code, 1)
  const why = phone.stderr.text()
  assert.match(
    why,
    /the server said 400\. It may have expired or been used\. Or the server may not/,
  )
  assert.ok(why.includes(`to http://127.0.0.1:${port}: push.senders.http.allowed_origins`), why)
})

test('scan fails if the first request is denied or the URI is wrong', async (t) => {
  const { server, port, start } = await setUp(t)
  const wrong = start('scan', 'https://login.example.test', '--port', port)
  assert.equal(await wrong.code, 1)
  assert.match(wrong.stderr.text(), /no registration/)
  const phone = start('scan', server.uri, '--once', '--port', port, '--answer', 'deny')
  await phone.stdout.shows('Waiting')
  await server.push(challenge, 42)
  assert.equal(await phone.code, 1)
  assert.deepEqual(server.outcomes, ['registered', 'denied'])
})

test('listen --json writes each event as a line of JSON', async (t) => {
  const { server, stop, port, start } = await setUp(t)
  const scanning = start(
    'scan',
    server.uri,
    '--once',
    '--port',
    port,
    '--answer',
    'approve',
    '--json',
  )
  await scanning.stdout.shows('registered')
  await server.push({ type: 'default' })
  assert.equal(await scanning.code, 0)
  const phone = start('listen', '--port', port, '--json')
  await phone.stdout.shows('listening')
  await server.push(challenge, 17)
  await phone.stdout.shows('"event":"request"')
  phone.type('1')
  await phone.stdout.shows('answered')
  stop.abort()
  assert.equal(await phone.code, 0)
  const events = phone.stdout
    .text()
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  assert.deepEqual(
    events.map(({ event }) => event),
    ['listening', 'request', 'answered'],
  )
  assert.deepEqual(events[1].numbers, [17, 42, 88])
  assert.deepEqual(events[2].choice, { type: 'approve', number: 17 })
  assert.equal(phone.stderr.text(), '')
})

test('a newer request of an account replaces the one on the screen', async (t) => {
  const { server, stop, port, start } = await setUp(t)
  const phone = start('scan', server.uri, '--port', port)
  await phone.stdout.shows('Waiting')
  await server.push({ type: 'default' })
  await phone.stdout.shows('a to approve')
  await server.push(challenge, 42)
  await phone.stdout.shows('A newer request replaces this one.')
  await phone.stdout.shows('1) 17')
  phone.type('42')
  await phone.stdout.shows('Sent: 42.')
  assert.deepEqual(server.outcomes, ['registered', 'approved'])
  stop.abort()
  assert.equal(await phone.code, 0)
})

test('an answer can be sent again if the server was down, but not if it refused', async (t) => {
  const { server, stop, port, start } = await setUp(t)
  const phone = start('scan', server.uri, '--port', port)
  await phone.stdout.shows('Waiting')
  await server.push({ type: 'default' })
  server.answerWith({ status: 503, body: '' })
  await phone.stdout.shows('a to approve')
  phone.type('a')
  await phone.stderr.shows('the server said 503')
  server.answerWith()
  phone.type('a')
  await phone.stdout.shows('connected')
  server.answerWith({ status: 400, body: '' })
  await server.push({ type: 'default' })
  phone.type('d')
  await phone.stderr.shows('the server said 400')
  stop.abort()
  assert.equal(await phone.code, 0)
})

test('the phone skips an expired request, and answers nothing after its input has ended', async (t) => {
  const { server, stop, port, start } = await setUp(t)
  const phone = start('scan', server.uri, '--port', port)
  await phone.stdout.shows('Waiting')
  const expired = server.notify({ type: 'default' }, 0, { createdAt: Date.now() - 121_000 })
  const headers = { 'Content-Type': 'application/json' }
  const address = `http://127.0.0.1:${port}/`
  await fetch(address, { method: 'POST', headers, body: JSON.stringify(expired) })
  await phone.stdout.shows('This request has expired.')
  phone.stdin.end()
  await server.push({ type: 'default' })
  await phone.stdout.shows('The input has ended')
  stop.abort()
  assert.equal(await phone.code, 1)
  assert.deepEqual(server.outcomes, ['registered'])
})

test('listen ignores messages for other accounts and says so', async (t) => {
  const { server, stop, port, start } = await setUp(t)
  const phone = start('listen', '--port', port)
  await phone.stdout.shows('Listening on')
  const body = JSON.stringify(server.notify({ type: 'default' }))
  const headers = { 'Content-Type': 'application/json' }
  await fetch(`http://127.0.0.1:${port}/`, { method: 'POST', headers, body })
  await phone.stderr.shows('not on this phone. Ignored.')
  const second = start('listen', '--port', port)
  assert.equal(await second.code, 1)
  stop.abort()
  assert.equal(await phone.code, 0)
})

test('the accounts are listed, refreshed and removed', async (t) => {
  const { server, port, start } = await setUp(t)
  assert.match((await finished(start('list'))).stdout, /No accounts yet/)
  const scanning = start(
    'scan',
    server.uri,
    '--port',
    port,
    '--once',
    '--client',
    'ios',
    '--answer',
    'approve',
  )
  await scanning.stdout.shows('Waiting')
  await server.push({ type: 'default' })
  await scanning.code
  const listed = await finished(start('list', '--json'))
  const account = JSON.parse(listed.stdout)
  assert.equal(account.client, 'ios')
  assert.equal(account.secret, undefined)
  assert.match((await finished(start('list'))).stdout, /erika at Müller & Söhne/)
  assert.equal((await finished(start('refresh', '--port', '9999'))).code, 0)
  assert.equal(server.phone()?.deviceId, 'http://127.0.0.1:9999/')
  server.answerWith({ status: 500, body: '' })
  assert.equal((await finished(start('refresh'))).code, 1)
  assert.equal((await finished(start('remove', 'nobody'))).code, 1)
  assert.equal((await finished(start('remove', account.id))).code, 0)
  assert.match((await finished(start('list'))).stdout, /No accounts yet/)
})

test('code shows the current codes of all accounts or of one named account', async (t) => {
  const oath = { kind: 'totp', secret: 'U7UM4RRNF4L37QG6SD2MFDO7ZSBOWCOP', digits: 8 } as const
  const { server, port, start } = await setUp(t, oath)
  const none = start('code')
  assert.equal(await none.code, 1)
  assert.match(none.stderr.text(), /No account on this phone has codes/)
  const scanning = start('scan', server.uri, '--port', port, '--once', '--answer', 'approve')
  await scanning.stdout.shows('Registered erika at Müller & Söhne, with a code.')
  await scanning.stdout.shows('Waiting')
  await server.push({ type: 'default' })
  assert.equal(await scanning.code, 0)
  assert.match((await finished(start('list'))).stdout, /android, with a code\)/)
  for (const name of [[], ['erika'], ['Müller & Söhne']]) {
    const { code, stdout } = await finished(start('code', ...name))
    assert.equal(code, 0)
    assert.match(stdout, /^\d{8} {2}erika at Müller & Söhne, for \d+ s more\n$/)
  }
  const json = JSON.parse((await finished(start('code', '--json'))).stdout)
  assert.match(json.code, /^\d{8}$/)
  const other = start('code', 'max')
  assert.equal(await other.code, 1)
  assert.match(other.stderr.text(), /No account max on this phone has codes/)
})

test('hints name the command as the user called it', async () => {
  const screen = createScreen()
  const env = { EINLASS_COMMAND: './einlass' }
  const io = { stdin: new PassThrough(), stdout: screen, stderr: screen, env }
  assert.equal(await runPhoneCommand(['--help'], io), 0)
  assert.match(screen.text(), /^ {2}\.\/einlass phone listen /m)
  assert.equal(await runPhoneCommand(['lisen'], io), 64)
  assert.match(screen.text(), /"\.\/einlass phone --help" lists/)
})

test('a usage error has its own exit code', async (t) => {
  const { start } = await setUp(t)
  for (const args of [
    ['dial'],
    ['scan'],
    ['scan', 'a', 'b'],
    ['list', 'a'],
    ['code', 'a', 'b'],
    ['remove'],
    ['listen', '--port', '0'],
    ['listen', '--answer', 'maybe'],
    ['scan', 'a', '--client', 'symbian'],
    ['listen', '--loud'],
  ])
    assert.equal((await finished(start(...args))).code, 64, args.join(' '))
  assert.equal((await finished(start('--help'))).code, 0)
  assert.match((await finished(start())).stdout, /phone scan 'URI'/)
})

test('short messages explain a truncated URI, a usage error and a phone without accounts', async (t) => {
  const { server, port, start, stop } = await setUp(t)
  const cut = start('scan', server.uri.split('&')[0] ?? '', '--port', port)
  assert.equal(await cut.code, 1)
  assert.match(cut.stderr.text(), /put it between single quotes/)
  const mistake = start('remove')
  assert.equal(await mistake.code, 64)
  assert.equal(mistake.stderr.text().trim().split('\n').length, 2)
  const listening = start('listen', '--port', port)
  await listening.stdout.shows('There is no account on this phone yet')
  stop.abort()
  await listening.code
})

test('the error for a mistyped command or option suggests the right one', async (t) => {
  const { start } = await setUp(t)
  const said = async (...args: string[]) => {
    const phone = start(...args)
    assert.equal(await phone.code, 64)
    return phone.stderr.text()
  }
  assert.match(
    await said('lisen'),
    /^There is no command phone lisen\. Did you mean phone listen\?/,
  )
  assert.match(
    await said('listen', '--prot', '1'),
    /^There is no option --prot\. Did you mean --port\?/,
  )
  assert.match(await said('scan', 'a', '--client', 'symbian'), /android or ios, not "symbian"/)
})

async function finished(run: {
  code: Promise<number>
  stdout: { text(): string }
}): Promise<{ code: number; stdout: string }> {
  return { code: await run.code, stdout: run.stdout.text() }
}
