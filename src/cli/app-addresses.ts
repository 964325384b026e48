/** The addresses of an app as options, and what they change. */

import type { OidcAppSettings } from '../identity/apps/apps.ts'
import { Fault } from '../platform/kernel/fault.ts'

export const addressOptions = {
  'redirect-uri': { type: 'string', multiple: true, value: 'URI', help: 'Where a login may end' },
  'post-logout-redirect-uri': {
    type: 'string',
    multiple: true,
    value: 'URI',
    help: 'Where a logout may end',
  },
  'backchannel-logout-uri': { type: 'string', value: 'URI', help: 'Told when a session ends' },
  'start-url': { type: 'string', value: 'URL', help: 'Where the list of apps links to' },
} as const

/** There is always a place where a login may end. */
export const withdrawAddressOptions = {
  'no-post-logout-redirect-uri': { type: 'boolean', help: 'Take back --post-logout-redirect-uri' },
  'no-backchannel-logout-uri': { type: 'boolean', help: 'Take back --backchannel-logout-uri' },
  'no-start-url': { type: 'boolean', help: 'Take back --start-url' },
} as const

type Values = {
  readonly [Name in keyof typeof addressOptions | keyof typeof withdrawAddressOptions]?:
    | string
    | readonly string[]
    | boolean
}

const settingOf = {
  'redirect-uri': 'redirectUris',
  'post-logout-redirect-uri': 'postLogoutRedirectUris',
  'backchannel-logout-uri': 'backchannelLogoutUri',
  'start-url': 'startUrl',
} as const satisfies Record<keyof typeof addressOptions, keyof OidcAppSettings>

/** The settings with the addresses that are named in place of the earlier ones. Not checked yet. */
export function changedSettings(
  settings: OidcAppSettings,
  values: Values,
): Record<string, unknown> {
  const changed: Record<string, unknown> = { ...settings }
  for (const name of Object.keys(settingOf) as (keyof typeof settingOf)[]) {
    const isGone = name !== 'redirect-uri' && values[`no-${name}`] === true
    if (isGone && values[name] !== undefined) {
      throw new Fault('bad_request', `--no-${name} and --${name} exclude each other.`)
    }
    if (isGone) delete changed[settingOf[name]]
    else if (values[name] !== undefined) changed[settingOf[name]] = values[name]
  }
  return changed
}
