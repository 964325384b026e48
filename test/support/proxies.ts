/**
 * Real proxies in front of apps, with the configurations that docs/apps/forward-auth.md tells people to copy. Changed in them
 * are addresses, ports and files, and nothing of what they do.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Scope } from '../../src/dev/test-support/on-each-engine.ts'

export type ProxyName = 'nginx' | 'caddy' | 'haproxy'

export interface ProxyPlace {
  /** For its files. */
  readonly folder: string
  /** The name of the app, as browsers have it. */
  readonly host: string
  /** Where it listens, on 127.0.0.1. */
  readonly port: number
  readonly einlass: number
  readonly app: number
  /** PEM. */
  readonly certificate: { readonly cert: string; readonly key: string }
  /** Another configuration than that of the page. */
  readonly config?: string
}

const page = resolve(import.meta.dirname, '../../docs/apps/forward-auth.md')

/** The first block of a language on the page, for an app at another place. */
async function readBlock(language: string, place: ProxyPlace): Promise<string> {
  const { host, einlass, app, config } = place
  if (config !== undefined) return config
  const text = await readFile(page, 'utf8')
  const block = new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, 'ms').exec(text)?.[1]
  if (block === undefined) throw new Error(`no ${language} in ${page}`)
  return block
    .replaceAll('127.0.0.1:8080', `127.0.0.1:${einlass}`)
    .replaceAll('127.0.0.1:3000', `127.0.0.1:${app}`)
    .replaceAll('wiki.example.org', host)
}

/** In place of a text that has to be there. */
function put(text: string, before: string, after: string): string {
  if (!text.includes(before)) throw new Error(`the configuration has no ${before}`)
  return text.replaceAll(before, after)
}

const starters: Readonly<Record<ProxyName, (place: ProxyPlace) => Promise<ChildProcess>>> = {
  async nginx(place) {
    const { folder, host, port, certificate } = place
    await writeFile(join(folder, 'cert.pem'), certificate.cert)
    await writeFile(join(folder, 'key.pem'), certificate.key)
    let server = await readBlock('nginx', place)
    server = put(server, 'listen 443 ssl;', `listen 127.0.0.1:${port} ssl;`)
    server = put(server, `/etc/ssl/${host}.pem`, join(folder, 'cert.pem'))
    server = put(server, `/etc/ssl/${host}.key`, join(folder, 'key.pem'))
    const whole = `daemon off; user root; pid ${folder}/pid; error_log stderr; worker_processes 1;
      events {} http { access_log off; ${nginxPaths(folder)}\n${server} }`
    await writeFile(join(folder, 'nginx.conf'), whole)
    return launch('nginx', ['-e', 'stderr', '-c', join(folder, 'nginx.conf')])
  },

  async caddy(place) {
    const { folder, host, port, certificate } = place
    await writeFile(join(folder, 'cert.pem'), certificate.cert)
    await writeFile(join(folder, 'key.pem'), certificate.key)
    const tls = `tls ${join(folder, 'cert.pem')} ${join(folder, 'key.pem')}`
    const site = put(await readBlock('caddyfile', place), `${host} {`, `${host} {\n\t${tls}`)
    const options = `{\n\tadmin off\n\tauto_https disable_redirects\n\thttps_port ${port}\n}\n`
    await writeFile(join(folder, 'Caddyfile'), `${options}${site}`)
    const args = ['run', '--adapter', 'caddyfile', '--config', join(folder, 'Caddyfile')]
    return launch('caddy', args, { HOME: folder, XDG_DATA_HOME: folder, XDG_CONFIG_HOME: folder })
  },

  async haproxy(place) {
    const { folder, host, port, certificate } = place
    await writeFile(join(folder, 'both.pem'), `${certificate.cert}${certificate.key}`)
    await writeFile(join(folder, 'einlass.lua'), await readBlock('lua', place))
    let whole = await readBlock('haproxy', place)
    whole = put(whole, '/etc/haproxy/einlass.lua', join(folder, 'einlass.lua'))
    whole = put(whole, 'bind :443', `bind 127.0.0.1:${port}`)
    whole = put(whole, `/etc/ssl/${host}.pem`, join(folder, 'both.pem'))
    await writeFile(join(folder, 'haproxy.cfg'), whole)
    return launch('haproxy', ['-f', join(folder, 'haproxy.cfg'), '-db'])
  },
}

/** Where nginx keeps what does not fit into memory; without them in folders of the system. */
export const nginxPaths = (folder: string): string =>
  ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((name) => `${name}_temp_path ${folder}/${name};`)
    .join('\n')

export function launch(command: string, args: readonly string[], env: NodeJS.ProcessEnv = {}) {
  const { PATH, HOME } = process.env
  const path = `${PATH}:/usr/sbin:/sbin`
  return spawn(command, args, {
    env: { HOME, ...env, PATH: path },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
}

/** Starts one and waits until it takes connections. It ends with the test. */
export async function startProxy(t: Scope, name: ProxyName, place: ProxyPlace): Promise<void> {
  await mkdir(place.folder, { recursive: true })
  const child = await starters[name](place)
  let said = ''
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    said = `${said}${text}`.slice(-4000)
  })
  const ended = once(child, 'close')
  t.after(async () => {
    child.kill('SIGTERM')
    const impatience = setTimeout(() => child.kill('SIGKILL'), 3000)
    await ended
    clearTimeout(impatience)
  })
  for (let attempt = 0; attempt < 600; attempt += 1) {
    if (child.exitCode !== null) throw new Error(`${name} has ended: ${said}`)
    if (await takesConnections(place.port)) return
    await sleep(50)
  }
  throw new Error(`${name} does not listen: ${said}`)
}

function takesConnections(port: number): Promise<boolean> {
  return new Promise((done) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => {
      socket.destroy()
      done(true)
    })
    socket.once('error', () => done(false))
  })
}
