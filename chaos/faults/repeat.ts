import type { Scene } from '../scene.ts'

/** A fault so many times while people log in; after each a login succeeds, and what clients saw can have happened. */
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
