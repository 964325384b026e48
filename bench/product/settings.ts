// Settings that the parts of the product's measurement share.

import { join } from 'node:path'
import { configSchema } from '../../src/platform/config/schema.ts'
import type { Waiter } from '../control.ts'

export type SeededWaiter = Waiter & { topic: string }

/** Here a login ends with the password; all other settings are defaults, or come from `more`. */
export const buildConfig = (folder: string, more: object = {}) =>
  configSchema.parse({
    storage: { file: join(folder, 'einlass.db') },
    key_file: join(folder, 'einlass.key'),
    default_policy: { second_factor: 'none' },
    ...more,
  })

export const locateWaitersFile = (folder: string) => join(folder, 'waiters.json')

/** The app of the measurements of OpenID Connect, with its secret. */
export const locateClientFile = (folder: string) => join(folder, 'client.json')
