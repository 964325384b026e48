/** Encrypts messages for a browser (RFC 8291) and addresses them to its push service (RFC 8030). */
import library from 'web-push'

export interface Subscription {
  readonly endpoint: string
  readonly keys: {
    /** An uncompressed point on P-256. */
    readonly p256dh: string
    readonly auth: string
  }
}

export interface EncryptedRequest {
  readonly headers: Record<string, string>
  readonly body: Buffer
}

/** The push service replaces a waiting message by a newer one of the same topic: only the newest can be answered. */
const topic = 'login'

/** `undefined`: the keys of the subscription are invalid. */
export function encryptMessage(
  { endpoint, keys }: Subscription,
  text: string,
  ttlSeconds: number,
): EncryptedRequest | undefined {
  try {
    const { headers, body } = library.generateRequestDetails(
      { endpoint, keys: { ...keys } },
      text,
      {
        TTL: ttlSeconds,
        urgency: 'high',
        topic,
        contentEncoding: 'aes128gcm',
      },
    )
    return { headers: headers as Record<string, string>, body: body ?? Buffer.alloc(0) }
  } catch {
    return undefined
  }
}
