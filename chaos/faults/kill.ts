/** Kills servers without warning: at any moment of their work, and while they start. */
import { setTimeout as pause } from 'node:timers/promises'
import type { Scene } from '../scene.ts'

/** Milliseconds of work between two kills, at most. */
const longestPause = 400
/** The share of kills that hit a starting server. */
const shareAtStart = 0.1

export async function killAgain(scene: Scene, kills: number, nodes = 1): Promise<void> {
  const { stage, crowd, choices } = scene
  for (let done = 0; done < kills; done += 1) {
    crowd.resume()
    await scene.untilLogin()
    await pause(choices.between(0, longestPause))
    const index = Math.floor(choices.between(0, nodes))
    scene.history.reopen()
    await stage.running(index)?.end('SIGKILL')
    await crowd.settle()
    if (done + 1 < kills && choices.isTrue(shareAtStart)) {
      const early = await stage.start(index)
      await pause(choices.between(0, 2 * longestPause))
      await early.end('SIGKILL')
      done += 1
    }
    await (await stage.start(index)).ready
    await scene.check()
  }
}
