// Starts the product for a measurement. The cold start is that of production: the command `einlass serve` of a package.

import { execFile } from 'node:child_process'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { findPacked } from '../../scripts/packaging/packed.ts'
import { findFreePort } from '../free-port.ts'
import { makeFolder, startScript, type Target } from '../process.ts'
import { packScript } from './packed-script.ts'

/** The flags of the script `einlass`. */
export const flags = ['--min-semi-space-size=16']

const resolvePath = (name: string) => resolve(import.meta.dirname, name)

export const makeData = async (waiters: number) => {
  const { folder, remove } = await makeFolder('product')
  const settings = JSON.stringify({ folder, waiters })
  await promisify(execFile)(process.execPath, [resolvePath('seed.ts'), settings])
  return { folder, remove }
}

export const product: Target = {
  name: 'product',
  start: async ({ hash, cores, waiters = 0, host = '127.0.0.1' }) => {
    const { folder, remove } = await makeData(waiters)
    const settings = { folder, hash, host }
    return startScript({
      script: await packScript(resolvePath('server.ts')),
      flags,
      settings,
      cores,
      cleanUp: remove,
    })
  },
  prepareColdStart: async () => {
    const { folder, remove } = await makeData(0)
    const port = await findFreePort()
    const url = `http://127.0.0.1:${port}`
    return {
      args: [...flags, join(await findPacked(), 'src/cli/cli.js'), 'serve'],
      env: {
        EINLASS_PUBLIC_URL: url,
        EINLASS_LISTEN_PORT: String(port),
        EINLASS_STORAGE_FILE: join(folder, 'einlass.db'),
        EINLASS_KEY_FILE: join(folder, 'einlass.key'),
      },
      url,
      cleanUp: remove,
    }
  },
}
