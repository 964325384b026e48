// How the floor is started for a measurement.

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { findFreePort } from '../free-port.ts'
import { startScript, type Target } from '../process.ts'

const script = resolve(import.meta.dirname, 'server.ts')

const makeFolder = async () => {
  const folder = await mkdtemp(join(tmpdir(), 'einlass-floor-'))
  return { folder, cleanUp: () => rm(folder, { recursive: true, force: true }) }
}

export const floor: Target = {
  name: 'floor',
  start: async ({ hash, cores }) => {
    const { folder, cleanUp } = await makeFolder()
    const settings = { file: join(folder, 'floor.db'), hash, seed: true }
    const running = await startScript(script, settings, cores)
    return {
      ...running,
      close: async () => {
        await running.close()
        await cleanUp()
      },
    }
  },
  prepareColdStart: async () => {
    const { folder, cleanUp } = await makeFolder()
    const file = join(folder, 'floor.db')
    const first = await startScript(script, { file, hash: true, seed: true }, '0')
    await first.close()
    const port = await findFreePort()
    const settings = { file, hash: true, seed: false, port }
    return {
      args: [script, JSON.stringify(settings)],
      env: {},
      url: `http://127.0.0.1:${port}`,
      cleanUp,
    }
  },
}
