/**
 * After a command has ended sessions: which of their apps are logged out by that, and which stay open in the user's browsers.
 */
import { protocols } from '../faces/protocols/index.ts'
import type { LogoutHearing } from '../faces/protocols/protocol.ts'
import { findProtocol } from '../identity/apps/app-protocol.ts'
import type { App } from '../identity/apps/apps.ts'
import type { Config } from '../platform/config/schema.ts'
import { escapeControls } from '../platform/kernel/text.ts'
import { withApps } from './app.ts'

export interface EndedApps {
  readonly lines: readonly string[]
  /** For the output with `--json`. */
  readonly apps: readonly { readonly id: string; readonly hearsOfLogout: LogoutHearing }[]
}

/** Reads the apps first, so that a wrong `key_file` stops the command before it changes anything. */
export async function openEndedApps(
  config: Config,
): Promise<(ids: readonly string[]) => EndedApps> {
  const all = await withApps(config, ({ db, apps }) => apps.list(db))
  return (ids) => describeApps(all.filter(({ id }) => ids.includes(id)))
}

const leftOpen = [
  ['browser', 'hears of a logout only in the browser of the user, at a logout there'],
  ['never', 'has no address for logouts'],
] as const

function describeApps(entered: readonly App[]): EndedApps {
  const hearing = entered.map((app) => ({ app, hearsOfLogout: findHearing(app) }))
  const name = (...kinds: LogoutHearing[]) =>
    hearing
      .filter(({ hearsOfLogout }) => kinds.includes(hearsOfLogout))
      .map(({ app }) => escapeControls(app.name))
  const [closed, notified] = [name('asks'), name('server')]
  const open = leftOpen.flatMap(([kind, why]) => name(kind).map((one) => `  ${one}: ${why}`))
  return {
    lines: [
      ...(closed.length === 0 ? [] : [`Closed at the next request: ${closed.join(', ')}.`]),
      ...(notified.length === 0
        ? []
        : [`Notified by the server within a minute, and again for a day: ${notified.join(', ')}.`]),
      ...(open.length === 0
        ? []
        : [
            'These apps stay open where the user has them open, until their own sessions end:',
            ...open,
          ]),
    ],
    apps: hearing.map(({ app: { id }, hearsOfLogout }) => ({ id, hearsOfLogout })),
  }
}

/** An app whose settings its protocol no longer understands gets no message. */
function findHearing({ protocol, settings }: App): LogoutHearing {
  const found = findProtocol(protocols, protocol)
  const { data } = found.settings.safeParse(settings)
  return data === undefined ? 'never' : found.describeLogout(data)
}
