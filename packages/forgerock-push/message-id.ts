/** Message ids: `<TYPE>:<uuid><epoch ms>`. Phones treat them as opaque; the type decides who may answer them. */

export type MessageType = 'REGISTER' | 'AUTHENTICATE'

export interface MessageId {
  readonly type: MessageType
  readonly uuid: string
  /** Milliseconds since the epoch. */
  readonly createdAt: number
}

/**
 * Writes a message id.
 * @param uuid lower case, with hyphens (RFC 9562)
 * @param ms milliseconds since the epoch
 *
 *     makeMessageId('AUTHENTICATE', '4a1f0c2e-…', 1800000000000) // AUTHENTICATE:4a1f0c2e-…1800000000000
 */
export function makeMessageId(type: MessageType, uuid: string, ms: number): string {
  return `${type}:${uuid}${ms}`
}

/** Reads what `makeMessageId` wrote; anything else gives `undefined`. */
export function parseMessageId(text: string): MessageId | undefined {
  const match =
    /^(REGISTER|AUTHENTICATE):([\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12})(\d{1,15})$/.exec(
      text,
    )
  if (match === null) return undefined
  return { type: match[1] as MessageType, uuid: match[2] ?? '', createdAt: Number(match[3]) }
}
