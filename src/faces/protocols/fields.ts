/** Settings that apps of several protocols have, and the fields that ask for them. */
import type { SettingField } from './protocol.ts'

/** The rule for addresses, in words. */
export const addressRule = 'an https address; http only on a loopback host'

export const startUrlField: SettingField = {
  kind: 'text',
  option: 'start-url',
  value: 'URL',
  help: 'Where the list of apps leads to',
  allowed: addressRule,
}
