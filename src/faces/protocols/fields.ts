/** Settings that apps of several protocols have, and how they are asked for. */
import type { SettingField } from './protocol.ts'

/** What is allowed as an address, in words. */
export const addressRule = 'an https address; http only on a loopback host'

export const startUrlField: SettingField = {
  kind: 'text',
  option: 'start-url',
  value: 'URL',
  help: 'Where the list of apps links to',
  allowed: addressRule,
}
