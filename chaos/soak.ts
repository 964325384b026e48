/** Hours of work without a fault: a server's memory and handles must stop growing. */

import { readdir, readFile } from 'node:fs/promises'
import { setTimeout as pause } from 'node:timers/promises'
import { sql } from 'kysely'
import type { Scene } from './scene.ts'
import type { Stage } from './stage/stage.ts'

/** Milliseconds between two measurements of the process, and between two checks of what people saw. */
const interval = 5_000
const checkInterval = 60_000
/** The largest allowed ratio of the memory in the last quarter to that in the second. */
const growthLimit = 1.2
/** Allowed growth of handles, as sockets and files come and go. */
const handleLimit = 25

interface Sample {
  /** Milliseconds since the start. */
  readonly at: number
  readonly kibibytes: number
  readonly handles: number
}

export type SoakFigures = Readonly<Record<string, number>>

/** @param order `minutes` by the clock of the servers; `speed`: how many times as fast it runs as the real one */
export async function soak(
  scene: Scene,
  { minutes, speed }: { readonly minutes: number; readonly speed: number },
  say: (text: string) => void,
): Promise<SoakFigures> {
  const { stage, crowd, counts } = scene
  const pid = stage.running(0)?.pid ?? 0
  const samples: Sample[] = []
  const begin = performance.now()
  const end = begin + minutes * 60_000
  const sizeBefore = await measureSize(stage)
  const loginsBefore = counts.get('logins') ?? 0
  let checks = 0
  while (performance.now() < end) {
    const checkAt = performance.now() + checkInterval * speed
    crowd.resume()
    while (performance.now() < Math.min(checkAt, end)) {
      await pause(interval * speed)
      samples.push({ at: performance.now() - begin, ...(await look(pid)) })
    }
    await scene.untilLogin()
    await crowd.settle()
    await scene.check()
    scene.forget()
    checks += 1
    const passed = Math.round((performance.now() - begin) / 60_000)
    if (checks % 10 === 0) say(`  ${passed} minutes: ${describe(samples.at(-1), counts)}`)
  }
  const logins = (counts.get('logins') ?? 0) - loginsBefore
  const grown = (await measureSize(stage)) - sizeBefore
  return judge(samples, { 'bytes of the database for each login': Math.round(grown / logins) })
}

const describe = (sample: Sample | undefined, counts: Scene['counts']): string =>
  `${counts.get('logins')} logins, ${Math.round((sample?.kibibytes ?? 0) / 1024)} MiB, ${sample?.handles} handles`

function judge(samples: readonly Sample[], figures: SoakFigures): SoakFigures {
  const quarter = Math.floor(samples.length / 4)
  const early = samples.slice(quarter, 2 * quarter)
  const late = samples.slice(-quarter)
  const settled = samples.slice(quarter)
  const memory = [early, late].map((part) =>
    findMean(part.map(({ kibibytes }) => kibibytes / 1024)),
  )
  const handles = [early, late].map((part) => findMean(part.map(({ handles }) => handles)))
  const perHour = findSlope(settled, ({ kibibytes }) => kibibytes / 1024) * 3_600_000
  const result = {
    ...figures,
    'MiB of memory in the second quarter': Math.round(memory[0] ?? 0),
    'MiB of memory in the last quarter': Math.round(memory[1] ?? 0),
    'MiB of memory an hour, by the slope without the first quarter': Math.round(perHour),
    'handles in the second quarter': Math.round(handles[0] ?? 0),
    'handles in the last quarter': Math.round(handles[1] ?? 0),
  }
  const hasGrown = (memory[1] ?? 0) > (memory[0] ?? 0) * growthLimit
  if (hasGrown || (handles[1] ?? 0) > (handles[0] ?? 0) + handleLimit)
    throw new Error(`it grows: ${JSON.stringify(result)}`)
  return result
}

async function look(pid: number): Promise<Omit<Sample, 'at'>> {
  const [status, descriptors] = await Promise.all([
    readFile(`/proc/${pid}/status`, 'utf8'),
    readdir(`/proc/${pid}/fd`),
  ])
  const kibibytes = Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1])
  return { kibibytes, handles: descriptors.length }
}

/** The size of the database without its write-ahead log. */
async function measureSize({ inspect }: Stage): Promise<number> {
  const ask = sql<{ size: number }>`
    select page_count * page_size as size from pragma_page_count(), pragma_page_size()`
  return await inspect(async ({ db }) => (await ask.execute(db)).rows[0]?.size ?? 0)
}

const findMean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length

/** The slope of the least-squares line, per millisecond. */
export function findSlope<Point extends { readonly at: number }>(
  points: readonly Point[],
  read: (point: Point) => number,
): number {
  const middle = findMean(points.map(({ at }) => at))
  const mean = findMean(points.map(read))
  const sum = (value: (point: Point) => number) =>
    points.reduce((all, point) => all + value(point), 0)
  return (
    sum((point) => (point.at - middle) * (read(point) - mean)) / sum(({ at }) => (at - middle) ** 2)
  )
}
