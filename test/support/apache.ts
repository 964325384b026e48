/** An Apache of its own for one test: Debian's, with a configuration, a folder and a port of its own. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { Scope } from '../../src/dev/test-support/on-each-engine.ts'
import type { TestCertificate } from './certificate.ts'

const modules = '/usr/lib/apache2/modules'

/** What every one of them needs. */
const usual = [
  ...['mpm_event', 'authn_core', 'authz_core', 'authz_user', 'auth_basic', 'alias', 'dir'],
  ...['env', 'include', 'mime', 'headers', 'socache_shmcb', 'ssl'],
]

export interface ApacheOptions {
  readonly certificate: TestCertificate
  /** A loopback address. */
  readonly host: string
  readonly port: number
  /** Names without `mod_`, or with it where the module has it in its own name. */
  readonly modules: readonly string[]
  /** Files below the folder, before the server starts. */
  readonly files: Readonly<Record<string, string>>
  /** Lines of the configuration; `DIR` stands for the folder. */
  readonly config: string
}

export interface Apache {
  readonly folder: string
  readonly origin: string
  /** What it has logged. */
  log(): Promise<string>
}

/** A folder that other users may read, as servers give up their rights. */
export async function createServerFolder(t: Scope): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'einlass-apache-'))
  await chmod(folder, 0o755)
  t.after(() => rm(folder, { recursive: true, force: true }))
  return folder
}

export async function startApache(
  t: Scope,
  folder: string,
  options: ApacheOptions,
): Promise<Apache> {
  const { host, port, certificate } = options
  const files = {
    'tls.key': certificate.key,
    'tls.crt': certificate.cert,
    'apache.conf': describeServer(folder, options),
    ...options.files,
  }
  await writeFiles(folder, files)
  const child = spawn('apache2', ['-f', join(folder, 'apache.conf'), '-D', 'FOREGROUND'], {
    stdio: 'ignore',
  })
  t.after(() => endProcess(child))
  const log = () => readFile(join(folder, 'error.log'), 'utf8').catch(() => '')
  await untilListening(child, `http://${host}:${port}/`, log)
  return { folder, origin: `https://${host}:${port}`, log }
}

export async function writeFiles(
  folder: string,
  files: Readonly<Record<string, string>>,
): Promise<void> {
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true })
    await writeFile(join(folder, name), text)
  }
}

function describeServer(folder: string, options: ApacheOptions): string {
  const { host, port, config } = options
  const loaded = [...usual, ...options.modules].map((name) =>
    name.startsWith('mod_')
      ? `LoadModule ${name} ${modules}/${name}.so`
      : `LoadModule ${name}_module ${modules}/mod_${name}.so`,
  )
  const lines = [
    `ServerRoot ${folder}`,
    `ServerName https://${host}:${port}`,
    'UseCanonicalName On',
    `PidFile ${folder}/apache.pid`,
    `ErrorLog ${folder}/error.log`,
    'LogLevel info',
    `Mutex file:${folder} default`,
    ...loaded,
    'User www-data',
    'Group www-data',
    'TypesConfig /etc/mime.types',
    `Listen ${host}:${port}`,
    'SSLEngine on',
    `SSLCertificateFile ${folder}/tls.crt`,
    `SSLCertificateKeyFile ${folder}/tls.key`,
    `DocumentRoot ${folder}/html`,
    `<Directory ${folder}/html>`,
    'Options +Includes',
    'Require all granted',
    '</Directory>',
    'AddType text/html .shtml',
    'AddOutputFilter INCLUDES .shtml',
    'DirectoryIndex index.shtml',
    config.replaceAll('DIR', folder),
  ]
  return `${lines.join('\n')}\n`
}

/** SIGTERM, and waits for the end. */
export async function endProcess(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  child.kill('SIGTERM')
  const impatience = setTimeout(() => child.kill('SIGKILL'), 10_000)
  await ended
  clearTimeout(impatience)
}

async function untilListening(
  child: ChildProcess,
  address: string,
  log: () => Promise<string>,
): Promise<void> {
  for (let attempt = 0; attempt < 400; attempt += 1) {
    if (child.exitCode !== null) throw new Error(`Apache has ended:\n${await log()}`)
    const answer = await fetch(address).catch(() => undefined)
    if (answer !== undefined) return
    await new Promise((go) => setTimeout(go, 50))
  }
  throw new Error(`Apache does not get ready:\n${await log()}`)
}
