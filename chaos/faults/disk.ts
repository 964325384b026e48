/** Makes the disk full, slow or broken for a while, under a running server. */
import { statfs } from 'node:fs/promises'
import { setTimeout as pause } from 'node:timers/promises'
import type { Disk } from '../disk/disk.ts'
import type { Scene } from '../scene.ts'
import { repeat } from './repeat.ts'

/** Milliseconds within which a server must be ready again after the trouble ends. */
const recoveryLimit = 30_000

/** Starts a trouble of the disk. Resolves with the function that ends it. */
export type Trouble = (disk: Disk) => Promise<() => void>

export const fillDisk: Trouble = async ({ folder, controls }) => {
  const { capacity } = controls
  const { blocks, bfree, bsize } = await statfs(folder)
  controls.capacity = (blocks - bfree) * bsize
  return () => {
    controls.capacity = capacity
  }
}

export const slowDisk: Trouble = async ({ controls }) => {
  controls.delay = 250
  return () => {
    controls.delay = 0
  }
}

/** Each flush fails. */
export const breakDisk: Trouble = async ({ controls }) => {
  controls.failsFlush = true
  return () => {
    controls.failsFlush = false
  }
}

/** The same server process runs before, during and after the trouble. */
export async function troubleAgain(
  scene: Scene,
  { disk, trouble, times }: { disk: Disk; trouble: Trouble; times: number },
): Promise<void> {
  const { stage, choices } = scene
  const node = stage.running(0)
  await repeat(scene, times, async () => {
    const end = await trouble(disk)
    await pause(choices.between(500, 2_500))
    end()
    await untilReady(`${node?.url}/readyz`)
  })
  if (node !== stage.running(0)) throw new Error(`the server has ended:\n${node?.output()}`)
}

async function untilReady(url: string): Promise<void> {
  const end = performance.now() + recoveryLimit
  while (!(await fetch(url).catch(() => undefined))?.ok) {
    if (performance.now() > end) throw new Error('the server does not get ready again')
    await pause(50)
  }
}
