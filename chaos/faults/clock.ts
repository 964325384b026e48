/** Makes the server's clock jump, and jump back, while people log in. */
import { readFile, writeFile } from 'node:fs/promises'
import { setTimeout as pause } from 'node:timers/promises'
import type { Scene } from '../scene.ts'
import { repeat } from './repeat.ts'

/** The largest offset in milliseconds: less than the lifetime of sessions. */
const furthest = 30 * 60_000

/** The environment that a server needs for clock jumps. */
export const prepareClock = (file: string): NodeJS.ProcessEnv => ({
  NODE_OPTIONS: `--import=${new URL('./clock-offset.js', import.meta.url).href}`,
  EINLASS_CHAOS_CLOCK: file,
})

/** @param file the file from `prepareClock` */
export async function jumpAgain(scene: Scene, file: string, times: number): Promise<void> {
  const { stage, choices, history } = scene
  await repeat(scene, times, async (done) => {
    // Every second jump goes back to the right time.
    const offset = done % 2 === 1 ? 0 : Math.floor(choices.between(-furthest, furthest))
    await writeFile(file, String(offset))
    const moment = performance.now()
    history.lapse(moment)
    scene.wallClock.offset = offset
    process.kill(stage.running(0)?.pid ?? 0, 'SIGUSR2')
    await untilJumped(file, offset)
    // Things made between the two moments may be from before or after the jump.
    history.lapse(moment)
    await pause(choices.between(200, 1_500))
  })
}

/** Waits until the server has written that it jumped. */
async function untilJumped(file: string, offset: number): Promise<void> {
  const read = () => readFile(`${file}.done`, 'utf8').catch(() => '')
  while ((await read()) !== String(offset)) await pause(10)
}
