// How the product is started for a measurement. The cold start is that of production: the command `einlass serve`.

import { resolve } from 'node:path'
import { findFreePort } from '../free-port.ts'
import { makeFolder, serverCore, startScript, type Target } from '../process.ts'

const script = resolve(import.meta.dirname, 'server.ts')
const command = resolve(import.meta.dirname, '../../src/cli.ts')

export const product: Target = {
  name: 'product',
  start: async ({ hash, cores }) => {
    const { folder, remove } = await makeFolder('product')
    return startScript({ script, settings: { folder, hash }, cores, cleanUp: remove })
  },
  prepareColdStart: async () => {
    const { folder, remove } = await makeFolder('product')
    const settings = { folder, hash: true }
    const first = await startScript({ script, settings, cores: serverCore })
    await first.close()
    const port = await findFreePort()
    const url = `http://127.0.0.1:${port}`
    return {
      args: [command, 'serve'],
      env: {
        EINLASS_PUBLIC_URL: url,
        EINLASS_LISTEN_PORT: String(port),
        EINLASS_STORAGE_FILE: `${folder}/einlass.db`,
        EINLASS_KEY_FILE: `${folder}/einlass.key`,
      },
      url,
      cleanUp: remove,
    }
  },
}
