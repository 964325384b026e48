/**
 * nginx and HAProxy in front of two nodes, by the files in examples/two-nodes. Changed in them are addresses, ports and what
 * needs a certificate, and nothing of how they treat the nodes.
 */
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Scope } from '../../src/dev/test-support/on-each-engine.ts'
import { stopProcess } from './installation.ts'
import { launch, nginxPaths } from './proxies.ts'

export type BalancerName = 'nginx' | 'haproxy'

export interface BalancerPlace {
  /** Where it listens, on 127.0.0.1. */
  readonly port: number
  /** The ports of the two nodes. */
  readonly nodes: readonly [number, number]
  /** It waits only a second in place of fifteen for a node that is silent. */
  readonly isHasty?: boolean
}

const folder = resolve(import.meta.dirname, '../../examples/two-nodes')

/** In place of a text that has to be there. */
function put(text: string, before: string | RegExp, after: string): string {
  const found = typeof before === 'string' ? text.includes(before) : before.test(text)
  if (!found) throw new Error(`the example has no ${before}`)
  return text.replaceAll(before, after)
}

async function readExample(name: string, nodes: BalancerPlace['nodes']): Promise<string> {
  const text = await readFile(join(folder, name), 'utf8')
  const one = put(text, '192.0.2.11:8080', `127.0.0.1:${nodes[0]}`)
  return put(one, '192.0.2.12:8080', `127.0.0.1:${nodes[1]}`)
}

type Start = (place: BalancerPlace, at: string) => Promise<ChildProcess>

const starters: Readonly<Record<BalancerName, Start>> = {
  async nginx({ port, nodes, isHasty = false }, at) {
    let site = await readExample('nginx.conf', nodes)
    if (isHasty) site = put(site, 'proxy_read_timeout 30s;', 'proxy_read_timeout 1s;')
    site = put(site, 'listen 443 ssl;', `listen 127.0.0.1:${port};`)
    site = put(site, /^ +ssl_certificate.*$/gm, '')
    const whole = `daemon off; user root; pid ${at}/pid; error_log stderr; worker_processes 2;
      events {} http { access_log off; ${nginxPaths(at)}\n${site} }`
    await writeFile(join(at, 'nginx.conf'), whole)
    return launch('nginx', ['-e', 'stderr', '-c', join(at, 'nginx.conf')])
  },
  async haproxy({ port, nodes, isHasty = false }, at) {
    let whole = await readExample('haproxy.cfg', nodes)
    if (isHasty) whole = put(whole, 'timeout server 30s', 'timeout server 1s')
    whole = put(whole, /bind :443 ssl .*$/gm, `bind 127.0.0.1:${port}`)
    whole = put(whole, 'log /dev/log local0', 'log stderr format raw local0')
    // Only root may change who it is.
    if (process.getuid?.() !== 0) whole = put(whole, /^ +(?:user|group|chroot) .*$/gm, '')
    await writeFile(join(at, 'haproxy.cfg'), whole)
    return launch('haproxy', ['-f', join(at, 'haproxy.cfg'), '-db'])
  },
}

export interface Balancer {
  /** What it said of its trouble. */
  said(): string
}

/** Starts one and waits until nodes answer through it. It ends with the test. */
export async function startBalancer(
  t: Scope,
  name: BalancerName,
  place: BalancerPlace,
): Promise<Balancer> {
  const at = await mkdtemp(join(tmpdir(), `einlass-${name}-`))
  const child = await starters[name](place, at)
  let said = ''
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    said = `${said}${text}`.slice(-8000)
  })
  t.after(async () => {
    await stopProcess(child, 'SIGTERM')
    await rm(at, { recursive: true, force: true })
  })
  for (let attempt = 0; attempt < 600; attempt += 1) {
    if (child.exitCode !== null) throw new Error(`${name} has ended: ${said}`)
    const answers = await fetch(`http://127.0.0.1:${place.port}/readyz`).then(
      ({ ok }) => ok,
      () => false,
    )
    if (answers) return { said: () => said }
    await sleep(50)
  }
  await once(child, 'close')
  throw new Error(`nothing answers behind ${name}: ${said}`)
}
