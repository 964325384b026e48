/** Freezes processes for seconds, then lets them continue; kills PostgreSQL and starts it again. */
import { setTimeout as pause } from 'node:timers/promises'
import type { Scene } from '../scene.ts'
import type { ChaosPostgres } from '../stage/postgres.ts'
import type { Pair } from '../stage/standby.ts'
import { repeat } from './repeat.ts'

/** Milliseconds. Longer than a statement may take. */
const longestFreeze = 12_000
const shortestFreeze = 1_000

/** Freezes one of several servers. The others must continue, even if the frozen one holds locks in the database. */
export async function freezeNodesAgain(scene: Scene, times: number, nodes: number): Promise<void> {
  const { stage, choices } = scene
  await repeat(scene, times, async () => {
    const node = stage.running(Math.floor(choices.between(0, nodes)))
    node?.freeze()
    await pause(choices.between(shortestFreeze, longestFreeze))
    node?.thaw()
  })
}

export async function freezePostgresAgain(
  scene: Scene,
  postgres: ChaosPostgres,
  times: number,
): Promise<void> {
  await repeat(scene, times, async () => {
    await postgres.freeze()
    await pause(scene.choices.between(shortestFreeze, longestFreeze))
    await postgres.thaw()
  })
}

/** The servers keep running and must reconnect. */
export async function killPostgresAgain(
  scene: Scene,
  postgres: ChaosPostgres,
  times: number,
): Promise<void> {
  await repeat(scene, times, async () => {
    await pause(scene.choices.between(0, 400))
    await postgres.kill()
    await postgres.start()
  })
}

/** Only once for a pair, as no standby is left afterwards. */
export async function failOver(scene: Scene, pair: Pair): Promise<void> {
  await repeat(scene, 1, async () => {
    await pause(scene.choices.between(0, 1_000))
    await pair.failOver()
  })
}
