/** How a notification is wrapped for Amazon SNS, for FCM and for APNs. Sends nothing. */
import type { BuiltNotification, NotificationKind } from './notification.ts'

export interface Delivery extends BuiltNotification {
  /** For the system banner of an iPhone. */
  readonly text: string
  readonly kind: NotificationKind['type']
  /** After this time a delivery is useless. */
  readonly ttlSeconds: number
}

/** The `data` of an FCM message: both values are strings, and there is no `notification` block. */
export function fcmData({ messageId, message }: BuiltNotification) {
  return { message, messageId }
}

/** The body of `POST /v1/projects/<project>/messages:send` (FCM HTTP v1). */
export function fcmV1Body(token: string, delivery: Delivery) {
  return { message: { token, ...fcmV1Message(delivery) } }
}

function fcmV1Message(delivery: Delivery) {
  return {
    android: { priority: 'high', ttl: `${delivery.ttlSeconds}s` },
    data: fcmData(delivery),
  }
}

/** The payload of an APNs notification. The client looks for `messageId` and `data` inside `aps`, nowhere else. */
export function apnsPayload(delivery: Delivery) {
  const suffix = delivery.kind === 'default' ? '' : `_${delivery.kind}`
  return {
    aps: {
      alert: delivery.text,
      sound: 'default',
      category: `authentication${suffix}`,
      'interruption-level': 'time-sensitive',
      messageId: delivery.messageId,
      data: delivery.message,
      'content-available': 1,
      'mutable-content': 1,
    },
  }
}

/**
 * The `Message` of an SNS `Publish` with `MessageStructure=json`. The value of each platform is JSON inside a string.
 * @param fcm `legacy` is the form that AM sends; `v1` also passes the time to live on
 */
export function snsMessage(delivery: Delivery, fcm: 'legacy' | 'v1'): string {
  const gcm =
    fcm === 'v1'
      ? { fcmV1Message: { message: fcmV1Message(delivery) } }
      : { priority: 'high', data: fcmData(delivery) }
  const apns = JSON.stringify(apnsPayload(delivery))
  return JSON.stringify({
    default: delivery.text,
    GCM: JSON.stringify(gcm),
    APNS: apns,
    APNS_SANDBOX: apns,
  })
}
