import type { Scene } from '../scene.ts'

/** Repeats a fault while people log in. After each one a login must succeed, and what clients saw must be possible. */
export async function repeat(
  scene: Scene,
  times: number,
  fault: (done: number) => Promise<void>,
): Promise<void> {
  const { crowd } = scene
  for (let done = 0; done < times; done += 1) {
    crowd.resume()
    await scene.untilLogin()
    await fault(done)
    await scene.untilLogin()
    await crowd.settle()
    await scene.check()
  }
}
