/** A clock of the server that jumps, and jumps back, while people log in. */
import { readFile, writeFile } from 'node:fs/promises'
import { setTimeout as pause } from 'node:timers/promises'
import type { Scene } from '../scene.ts'
import { repeat } from './repeat.ts'

/** Milliseconds by which it is off at most: sessions last longer than that. */
const furthest = 30 * 60_000

/** What a server needs to be able to jump. */
export const prepareClock = (file: string): NodeJS.ProcessEnv => ({
  NODE_OPTIONS: `--import=${new URL('./clock-offset.js', import.meta.url).href}`,
  EINLASS_CHAOS_CLOCK: file,
})

/** @param file as the servers were given it */
export async function jumpAgain(scene: Scene, file: string, times: number): Promise<void> {
  const { stage, choices, history } = scene
  await repeat(scene, times, async (done) => {
    // Each second time back to what it should be.
    const offset = done % 2 === 1 ? 0 : Math.floor(choices.between(-furthest, furthest))
    await writeFile(file, String(offset))
    const moment = performance.now()
    history.lapse(moment)
    scene.wallClock.offset = offset
    process.kill(stage.running(0)?.pid ?? 0, 'SIGUSR2')
    await untilJumped(file, offset)
    // What was made between the two is from before the jump or from after it.
    history.lapse(moment)
    await pause(choices.between(200, 1_500))
  })
}

/** The server writes down that it has. */
async function untilJumped(file: string, offset: number): Promise<void> {
  const read = () => readFile(`${file}.done`, 'utf8').catch(() => '')
  while ((await read()) !== String(offset)) await pause(10)
}
