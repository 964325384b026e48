/** A message to a person: a key of the catalogues and the values to fill in. Translated when it is rendered. */
import type { de } from './messages/de.ts'

export type MessageKey = keyof typeof de

/** A value may be a message itself, for example the device of a user whose phone has no name. */
export type MessageValues = Readonly<Record<string, string | number | Message>>

export interface Message {
  readonly key: MessageKey
  readonly values?: MessageValues
}

/**
 * Names a message of the catalogues.
 *
 *     message('password.hint', { min: 8 })
 */
export function message(key: MessageKey, values?: MessageValues): Message {
  return values === undefined ? { key } : { key, values }
}
