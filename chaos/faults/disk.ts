/** Disks that are full, slow or broken for a while, under a server that goes on. */
import { statfs } from 'node:fs/promises'
import { setTimeout as pause } from 'node:timers/promises'
import type { Disk } from '../disk/disk.ts'
import type { Scene } from '../scene.ts'
import { repeat } from './repeat.ts'

/** Milliseconds in which a server is ready again after there is room. */
const recoveryLimit = 30_000

/** Each is a disk as it was before and, after the function that it gives was called, as it is again. */
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

/** The server is the same process before, during and after it. */
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
