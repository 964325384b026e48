// Starts the floor for a measurement.

import { join, resolve } from 'node:path'
import { findFreePort } from '../free-port.ts'
import { makeFolder, serverCore, startScript, type Target } from '../process.ts'

const script = resolve(import.meta.dirname, 'server.ts')

export const floor: Target = {
  name: 'floor',
  start: async ({ hash, cores }) => {
    const { folder, remove } = await makeFolder('floor')
    const settings = { file: join(folder, 'floor.db'), hash, seed: true }
    return startScript({ script, settings, cores, cleanUp: remove })
  },
  prepareColdStart: async () => {
    const { folder, remove } = await makeFolder('floor')
    const file = join(folder, 'floor.db')
    const settings = { file, hash: true, seed: true }
    const first = await startScript({ script, settings, cores: serverCore })
    await first.close()
    const port = await findFreePort()
    return {
      args: [script, JSON.stringify({ ...settings, seed: false, port })],
      env: {},
      url: `http://127.0.0.1:${port}`,
      cleanUp: remove,
    }
  },
}
