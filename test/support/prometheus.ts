/**
 * A Prometheus that reads the metrics of one server, with the rules of ops/alerts.yaml. Changed in them is only how long a trouble has
 * to last, as a test does not wait for minutes.
 */
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { findPort } from '../../scripts/testing/ports.ts'
import type { Scope } from '../../src/dev/test-support/on-each-engine.ts'
import { launch } from './proxies.ts'

export const ops = resolve(import.meta.dirname, '../../ops')

export interface Prometheus {
  /** The names of the alerts that go off now. */
  listFiring(): Promise<string[]>
  /** Waits until an alert goes off. */
  untilFiring(name: string): Promise<void>
  /** Waits until it has seen so many samples of a series, which begin with what is there now. */
  untilSeen(series: string): Promise<void>
}

/** @param target host and port of the metrics */
export async function startPrometheus(t: Scope, target: string): Promise<Prometheus> {
  const folder = await mkdtemp(join(tmpdir(), 'einlass-prometheus-'))
  const rules = await readFile(join(ops, 'alerts.yaml'), 'utf8')
  await writeFile(join(folder, 'alerts.yaml'), rules.replaceAll(/^ +for: .*$/gm, ''))
  const example = await readFile(join(ops, 'prometheus.yaml'), 'utf8')
  const config = example
    .replaceAll(/_interval: 15s/g, '_interval: 1s')
    .replace(/targets: .*/, `targets: ['${target}']`)
  await writeFile(join(folder, 'prometheus.yaml'), config)
  const port = await findPort()
  const child = launch('prometheus', [
    `--config.file=${join(folder, 'prometheus.yaml')}`,
    `--storage.tsdb.path=${join(folder, 'data')}`,
    `--web.listen-address=127.0.0.1:${port}`,
    '--log.level=error',
  ])
  const ended = once(child, 'close')
  t.after(async () => {
    child.kill('SIGKILL')
    await ended
    await rm(folder, { recursive: true, force: true })
  })

  async function ask<Data>(path: string): Promise<Data | undefined> {
    const response = await fetch(`http://127.0.0.1:${port}/api/v1/${path}`).catch(() => undefined)
    if (response?.ok !== true) return undefined
    return ((await response.json()) as { data: Data }).data
  }

  async function until(what: string, isSo: () => Promise<boolean>): Promise<void> {
    for (let attempt = 0; attempt < 300; attempt += 1) {
      if (child.exitCode !== null) throw new Error('prometheus has ended')
      if (await isSo()) return
      await sleep(100)
    }
    throw new Error(`prometheus waits in vain: ${what}`)
  }

  async function listFiring(): Promise<string[]> {
    const found = await ask<{ alerts: { state: string; labels: { alertname: string } }[] }>(
      'alerts',
    )
    const firing = found?.alerts.filter(({ state }) => state === 'firing') ?? []
    return firing.map(({ labels }) => labels.alertname)
  }

  return {
    listFiring,
    untilFiring: (name) => until(name, async () => (await listFiring()).includes(name)),
    untilSeen: (series) =>
      until(series, async () => {
        const query = encodeURIComponent(`count_over_time(${series}[1m])`)
        const found = await ask<{ result: { value: [number, string] }[] }>(`query?query=${query}`)
        return found?.result.some(({ value }) => Number(value[1]) >= 2) === true
      }),
  }
}
