/** Cuts the power of the disk with the database, at any moment of the work. */
import { setTimeout as pause } from 'node:timers/promises'
import type { Disk } from '../disk/disk.ts'
import type { Scene } from '../scene.ts'
import type { ChaosPostgres } from '../stage/postgres.ts'

/** Milliseconds of work between two cuts, at most. */
const longestPause = 400

export async function cutAgain(
  scene: Scene,
  { disk, postgres, times }: { disk: Disk; postgres?: ChaosPostgres; times: number },
): Promise<void> {
  const { stage, crowd, choices } = scene
  for (let done = 0; done < times; done += 1) {
    crowd.resume()
    await scene.untilLogin()
    await pause(choices.between(0, longestPause))
    scene.history.reopen()
    const restore = disk.cutPower()
    const ending = stage.running(0)?.end('SIGKILL')
    await postgres?.kill()
    // None, a random part, or half of the unflushed data survives.
    const survival = choices.pick([0, 0, choices.next(), 0.5]) ?? 0
    await restore({ seed: Math.floor(choices.between(0, 2 ** 31)), survival })
    await ending
    await crowd.settle()
    await postgres?.start()
    await (await stage.start(0)).ready
    await scene.check()
  }
}
