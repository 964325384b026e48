/**
 * The environment of a command of the service desk whose configuration is named with `--config`. An operator may be allowed such a
 * command, with that file, and nothing else: then the variables of the operator's shell must not say which database it uses, which
 * rules apply, or which program it runs for a secret. So the file alone says it.
 */
import { secretPlaces } from '../platform/config/environment.ts'
import { configFields } from '../platform/config/fields.ts'
import type { Io } from '../platform/kernel/io.ts'

/** What a service desk does for a caller; all other commands are for administrators. */
export const deskCommands: ReadonlySet<string> = new Set([
  ...['verify-caller', 'why', 'login show', 'user show', 'user list', 'user unlock'],
  ...['user disable', 'user enable', 'user set-password', 'user reset-password'],
  ...['session list', 'session end', 'factor list', 'factor remove', 'factor reset'],
  ...['pass issue', 'pass request', 'pass approve', 'pass list', 'pass revoke'],
])

/** Says on standard error what it takes no notice of. */
export function withoutSettings(io: Io): Io {
  const names = new Set(
    configFields.flatMap(({ variable }) => ['', ...secretPlaces].map((end) => `${variable}${end}`)),
  )
  const ignored = Object.keys(io.env)
    .filter((name) => names.has(name) && io.env[name])
    .sort()
  if (ignored.length === 0) return io
  io.stderr.write(
    `--config names the configuration of this command, so these variables are ignored: ${ignored.join(', ')}\n`,
  )
  const remaining = Object.entries(io.env).filter(([name]) => !names.has(name))
  return { ...io, env: Object.fromEntries(remaining) }
}
