// What systemd gets from a server: over the socket that the unit opens for it, and by systemd-notify where none is open.
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { type TestContext, test } from 'node:test'
import { findPort } from '../scripts/testing/ports.ts'
import { stopProcess } from './support/installation.ts'

const cli = resolve(import.meta.dirname, '../src/cli/cli.js')

/**
 * Plays systemd: a datagram socket, each message of which it prints as JSON with the sender's process, and the program
 * that it starts with this socket at descriptor 3 or only its path in the environment.
 */
const receiver = `
import json, os, socket, struct, sys
path, how, args = sys.argv[1], sys.argv[2], sys.argv[3:]
server = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
server.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
server.bind(path)
child = os.fork()
if child == 0:
  env = dict(os.environ, NOTIFY_SOCKET=path, WATCHDOG_USEC='400000', WATCHDOG_PID=str(os.getpid()))
  if how == 'descriptor':
    mine = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    mine.connect(path)
    os.dup2(mine.fileno(), 3)
    os.set_inheritable(3, True)
    env.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS='1', LISTEN_FDNAMES='notify', PATH='/nowhere')
  os.execve(args[0], args, env)
print(json.dumps({'child': child}), flush=True)
while True:
  data, ancillary, flags, address = server.recvmsg(4096, 256)
  pids = [struct.unpack('3i', value)[0] for level, kind, value in ancillary if kind == socket.SCM_CREDENTIALS]
  # systemd-notify waits until a descriptor that it sends is closed.
  for level, kind, value in ancillary:
    if kind == socket.SCM_RIGHTS:
      os.close(struct.unpack('i', value[:4])[0])
  print(json.dumps({'text': data.decode(), 'pid': pids[0]}), flush=True)
`

interface Message {
  readonly text: string
  readonly pid: number
}

interface Watched {
  readonly pid: number
  readonly messages: readonly Message[]
  until(pattern: RegExp): Promise<Message>
  log(): Promise<string>
  readonly config: (more: string) => Promise<void>
}

async function startWatched(t: TestContext, how: 'descriptor' | 'path'): Promise<Watched> {
  const folder = await mkdtemp(join(tmpdir(), 'einlass-notify-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  const port = await findPort()
  const file = join(folder, 'einlass.yaml')
  const writeConfig = (more: string) =>
    writeFile(
      file,
      `public_url: http://localhost:${port}
listen: { port: ${port} }
storage: { file: ${folder}/einlass.db }
key_file: ${folder}/einlass.key
${more}`,
    )
  await writeConfig('')
  await writeFile(join(folder, 'receiver.py'), receiver)
  const log = join(folder, 'log')
  const command = `exec ${process.execPath} ${cli} serve --config ${file} > ${log} 2>&1`
  const args = [join(folder, 'receiver.py'), join(folder, 'notify'), how, '/bin/sh', '-c', command]
  const python: ChildProcess = spawn('/usr/bin/python3', args, {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  t.after(() => stopProcess(python, 'SIGKILL'))
  assert.ok(python.stdout)
  const lines = createInterface({ input: python.stdout })
  const messages: Message[] = []
  const [first] = await once(lines, 'line')
  const { child: pid } = JSON.parse(`${first}`)
  t.after(() => {
    try {
      process.kill(pid, 'SIGKILL')
    } catch {
      // It has ended by itself.
    }
  })
  lines.on('line', (line) => messages.push(JSON.parse(line)))
  const until = async (pattern: RegExp): Promise<Message> => {
    for (;;) {
      const index = messages.findIndex(({ text }) => pattern.test(text))
      const [found] = messages.splice(0, index + 1).slice(-1)
      if (index !== -1 && found !== undefined) return found
      await once(lines, 'line')
    }
  }
  return { pid, messages, until, log: () => readFile(log, 'utf8'), config: writeConfig }
}

for (const how of ['descriptor', 'path'] as const) {
  test(`the server notifies systemd by ${how} when it is ready, alive, reloading and stopping`, async (t) => {
    const { pid, until, log, config } = await startWatched(t, how)
    const ready = await until(/^READY=1$/m)
    if (how === 'descriptor') assert.equal(ready.pid, pid)
    await until(/^WATCHDOG=1$/m)
    await until(/^WATCHDOG=1$/m)

    await config('log: { level: warn }\nsessions: { idle: 2h }\n')
    process.kill(pid, 'SIGHUP')
    assert.match((await until(/^RELOADING=1$/m)).text, /^MONOTONIC_USEC=\d+$/m)
    await until(/^READY=1$/m)
    assert.doesNotMatch(await log(), /was read again/)

    await config('log: { level: info }\nsessions: { idle: 2h }\n')
    process.kill(pid, 'SIGHUP')
    await until(/^RELOADING=1$/m)
    await until(/^READY=1$/m)
    assert.match(
      await log(),
      /"restartFor":\["sessions"\],"msg":"the configuration was read again"/,
    )

    await config('sessions: { idle: soon }\n')
    process.kill(pid, 'SIGHUP')
    await until(/^RELOADING=1$/m)
    await until(/^READY=1$/m)
    assert.match(await log(), /"sessions\.idle".*the one of before stays in force/)

    process.kill(pid, 'SIGTERM')
    await until(/^STOPPING=1$/m)
  })
}
