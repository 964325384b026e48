/**
 * A disk whose power can be cut: a file system in a thread of this process, mounted through /dev/fuse, so it needs Linux and
 * root. The disk can also be full, slow or broken.
 */
import { execFile, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync, statSync } from 'node:fs'
import { mkdtemp, open, rmdir, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { Worker } from 'node:worker_threads'
import type { Scope } from '../../src/dev/test-support/on-each-engine.ts'
import { type Controls, createControlMemory, openControls } from './controls.ts'

const run = promisify(execFile)

/** 2 GiB. */
const enough = 2 ** 31

export interface Disk {
  /** Where it is mounted. */
  readonly folder: string
  readonly controls: Controls
  /** Makes everything on the disk durable, as in an installation that was made long ago. */
  flushAll(): Promise<void>
  /**
   * From now on nothing is flushed or answered, and processes that use the disk hang. Kill them, then call the returned
   * function with the probability that unflushed data survives. It mounts the disk again, in the state that the cut left.
   */
  cutPower(): (cut: { readonly seed: number; readonly survival: number }) => Promise<void>
}

export async function mountDisk(t: Scope): Promise<Disk> {
  const folder = await mkdtemp(join(tmpdir(), 'einlass-disk-'))
  const memory = createControlMemory()
  const controls = openControls(memory)
  controls.capacity = enough
  const worker = new Worker(new URL('./serve.ts', import.meta.url), {
    workerData: memory,
    // The worker closes files that were opened here.
    trackUnmanagedFds: false,
  })
  const failed = once(worker, 'error').then(([error]) => {
    throw error
  })
  failed.catch(() => undefined)
  // A mount whose process has ended blocks nobody, but has to be removed.
  const detach = () => {
    controls.isUnplugged = true
    try {
      statSync(join(folder, 'poke'))
    } catch {
      // The expected answer is an error: the connection has ended.
    }
    execFileSync('umount', ['-l', folder], { stdio: 'ignore' })
  }
  process.on('exit', detach)

  async function mount(): Promise<void> {
    controls.isOff = false
    controls.isUnplugged = false
    const fd = openSync('/dev/fuse', 'r+')
    await attach(fd, folder).catch((error: unknown) => {
      closeSync(fd)
      throw error
    })
    worker.postMessage({ fd })
  }

  /** Sends a request, because the thread notices only after reading one that it has to end. */
  async function unplug(): Promise<void> {
    const ended = Promise.race([once(worker, 'message'), failed])
    controls.isUnplugged = true
    await stat(join(folder, 'poke')).catch(() => undefined)
    await ended
    await run('umount', ['-l', folder])
  }

  await mount()
  t.after(async () => {
    process.off('exit', detach)
    await unplug()
    await worker.terminate()
    await rmdir(folder)
  })
  return {
    ...{ folder, controls },
    async flushAll() {
      controls.flushesAll = true
      const handle = await open(folder, 'r')
      await handle.sync()
      await handle.close()
      controls.flushesAll = false
    },
    cutPower() {
      controls.isOff = true
      return async (cut) => {
        await unplug()
        worker.postMessage({ cut })
        await Promise.race([once(worker, 'message'), failed])
        await mount()
      }
    },
  }
}

/** The kernel takes the open file as the connection; in the child it is the fourth file. */
async function attach(fd: number, folder: string): Promise<void> {
  const options = 'fd=3,rootmode=40000,user_id=0,group_id=0,default_permissions,allow_other'
  const child = spawn('mount', ['-i', '-t', 'fuse', '-o', options, 'einlass-chaos', folder], {
    stdio: ['ignore', 'ignore', 'pipe', fd],
  })
  let output = ''
  child.stderr?.on('data', (chunk: Buffer) => {
    output += chunk.toString()
  })
  const [code] = await once(child, 'close')
  if (code !== 0) throw new Error(`the disk cannot be mounted: ${output}`)
}
