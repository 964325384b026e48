/** Processes that stop for seconds and go on as if nothing had been, and a PostgreSQL that is killed and comes back. */
import type { Scene } from '../scene.ts'
import type { ChaosPostgres } from '../stage/postgres.ts'
import type { Pair } from '../stage/standby.ts'

const pause = (milliseconds: number) => new Promise<void>((go) => setTimeout(go, milliseconds))

/** Milliseconds. Longer than a statement may take. */
const longestFreeze = 12_000

/** One of two servers; the other one goes on, also where the frozen one holds locks in the database. */
export async function freezeNodesAgain(scene: Scene, times: number, nodes: number): Promise<void> {
  const { stage, crowd, choices } = scene
  for (let done = 0; done < times; done += 1) {
    crowd.resume()
    await scene.untilLogin()
    const node = stage.running(Math.floor(choices.between(0, nodes)))
    node?.freeze()
    await pause(choices.between(1_000, longestFreeze))
    node?.thaw()
    await scene.untilLogin()
    await crowd.settle()
    await scene.check()
  }
}

export async function freezePostgresAgain(
  scene: Scene,
  postgres: ChaosPostgres,
  times: number,
): Promise<void> {
  const { crowd, choices } = scene
  for (let done = 0; done < times; done += 1) {
    crowd.resume()
    await scene.untilLogin()
    await postgres.freeze()
    await pause(choices.between(1_000, longestFreeze))
    await postgres.thaw()
    await scene.untilLogin()
    await crowd.settle()
    await scene.check()
  }
}

/** The servers stay, and find it again. */
export async function killPostgresAgain(
  scene: Scene,
  postgres: ChaosPostgres,
  times: number,
): Promise<void> {
  const { crowd, choices } = scene
  for (let done = 0; done < times; done += 1) {
    crowd.resume()
    await scene.untilLogin()
    await pause(choices.between(0, 400))
    await postgres.kill()
    await postgres.start()
    await scene.untilLogin()
    await crowd.settle()
    await scene.check()
  }
}

/** Once for a pair: nothing stands by any more then. */
export async function failOver(scene: Scene, pair: Pair): Promise<void> {
  const { crowd, choices } = scene
  crowd.resume()
  await scene.untilLogin()
  await pause(choices.between(0, 1_000))
  await pair.failOver()
  await scene.untilLogin()
  await crowd.settle()
  await scene.check()
}
