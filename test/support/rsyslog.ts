/** A real syslog server for tests: rsyslog with TLS on loopback, which writes what it parsed of each message, a line each. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { findPort } from '../../scripts/testing/ports.ts'
import type { Scope } from '../../src/dev/test-support/on-each-engine.ts'
import { createAuthority } from './certificate.ts'
import { isListening } from './is-listening.ts'

/** A message as rsyslog understood it. */
export interface SyslogLine {
  readonly severity: string
  readonly hostname: string
  readonly app: string
  readonly type: string
  readonly structuredData: string
  readonly message: string
}

const template =
  '%syslogseverity-text%\\t%hostname%\\t%app-name%\\t%msgid%\\t%structured-data%\\t%msg%\\n'

/** With an authority of its own, which has also issued a certificate for a client. */
export async function startRsyslog(t: Scope, options: { readonly wantsClient?: boolean } = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'einlass-rsyslog-'))
  const port = await findPort()
  const authority = createAuthority()
  const file = (name: string) => join(folder, name)
  const write = async (name: string, text: string) => {
    await writeFile(file(name), text, { mode: 0o600 })
    return file(name)
  }
  const [server, client] = [authority.issue(['localhost']), authority.issue(['einlass.example'])]
  const files = {
    authority: await write('authority.pem', authority.cert),
    certificate: await write('server.pem', server.cert),
    key: await write('server.key', server.key),
    clientCertificate: await write('client.pem', client.cert),
    clientKey: await write('client.key', client.key),
  }
  const peers = options.wantsClient
    ? 'streamDriver.authMode="x509/name" permittedPeer=["einlass.example"]'
    : 'streamDriver.authMode="anon"'
  const config = await write(
    'rsyslog.conf',
    `global(
  workDirectory="${folder}" maxMessageSize="64k"
  defaultNetstreamDriver="ossl"
  defaultNetstreamDriverCAFile="${files.authority}"
  defaultNetstreamDriverCertFile="${files.certificate}"
  defaultNetstreamDriverKeyFile="${files.key}"
)
module(load="imtcp" streamDriver.name="ossl" streamDriver.mode="1" ${peers})
input(type="imtcp" address="127.0.0.1" port="${port}")
template(name="parsed" type="string" string="${template}")
action(type="omfile" file="${file('received')}" template="parsed" fileCreateMode="0600" flushOnTXEnd="on")
`,
  )
  let process: ChildProcess | undefined

  async function start(): Promise<void> {
    process = spawn('rsyslogd', ['-n', '-f', config, '-i', file('pid'), '-C'], { stdio: 'ignore' })
    while (!(await isListening(port))) await sleep(20)
  }

  async function stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    const running = process
    process = undefined
    if (running === undefined || running.exitCode !== null) return
    const ended = once(running, 'exit')
    running.kill(signal)
    await ended
  }

  await start()
  t.after(async () => {
    await stop('SIGKILL')
    await rm(folder, { recursive: true, force: true })
  })
  return {
    port,
    files,
    start,
    stop,
    /** From now on clients believe another authority than the one that the server is of. */
    replaceAuthority: (pem: string) => write('authority.pem', pem),
    async read(): Promise<SyslogLine[]> {
      const text = await readFile(file('received'), 'utf8').catch(() => '')
      const lines = text.split('\n').filter((line) => line !== '')
      return lines.map(readLine).filter(({ app }) => app === 'einlass')
    },
  }
}

function readLine(line: string): SyslogLine {
  const [severity = '', hostname = '', app = '', type = '', structuredData = '', ...message] =
    line.split('\t')
  return { severity, hostname, app, type, structuredData, message: message.join('\t') }
}
