// Starts the product as in production, with data in a folder, for measurements of apps.

import { join } from 'node:path'
import { start } from '../src/main.ts'
import { configSchema } from '../src/platform/config/schema.ts'
import { createLog } from '../src/platform/kernel/json-log.ts'
import { findFreePort } from './free-port.ts'

/** `url`: where it listens, which may differ from the address that browsers see. */
export const startProduction = async (folder: string, publicUrl: string) => {
  const port = await findFreePort()
  const config = configSchema.parse({
    listen: { host: '127.0.0.1', port },
    storage: { file: join(folder, 'einlass.db') },
    key_file: join(folder, 'einlass.key'),
    trusted_proxies: ['127.0.0.1/32'],
  })
  const { parts } = await start({ config, publicUrl, log: createLog('warn', process.stderr) })
  const { platform } = parts
  return { config, platform, db: platform.database.db, url: `http://127.0.0.1:${port}` }
}
