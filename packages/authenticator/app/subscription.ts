/** The subscription of this phone at the push service of its browser. Used by the app and by its service worker. */
import { type Account, hasEnded } from '../device/account.ts'
import { sendChange } from '../device/change.ts'
import type { RequestsOptions } from '../device/requests.ts'
import { decodeBase64Url, encodeBase64Url } from '../protocol/base64url.ts'
import type { Subscription } from '../protocol/messages.ts'

/**
 * Subscribes again after the browser has ended the subscription, and informs the server. Without a new one the server learns it
 * from the push service with its next message.
 */
export async function renewSubscription(
  pushManager: PushManager,
  device: RequestsOptions,
): Promise<void> {
  const all = await device.store.list()
  const woken = all.filter((one) => one.isWoken === true && !hasEnded(one))
  const [first] = woken
  const key = first && readVapidKey(first)
  const subscription = key && (await subscribe(pushManager, key))
  if (subscription === undefined) return
  const ofServer = woken.filter(({ vapid }) => vapid === first?.vapid)
  await Promise.all(ofServer.map((one) => sendChange(device, one, { subscription })))
}

/** The bytes of the VAPID key, in the form for `pushManager.subscribe`. */
export const readVapidKey = ({ vapid }: Account): Uint8Array<ArrayBuffer> | undefined =>
  vapid === undefined ? undefined : decodeBase64Url(vapid)

/** A browser has one subscription for a page; subscribing with another server's key replaces the previous one. */
export async function subscribe(
  pushManager: PushManager,
  key: Uint8Array<ArrayBuffer>,
): Promise<Subscription | undefined> {
  try {
    const options = { userVisibleOnly: true, applicationServerKey: key }
    const before = await pushManager.getSubscription()
    const isSame = before !== null && isSameKey(before.options.applicationServerKey, key)
    if (before !== null && !isSame) await before.unsubscribe()
    const made = isSame ? before : await pushManager.subscribe(options)
    return readSubscription(made)
  } catch {
    return undefined
  }
}

export function isSameKey(one: ArrayBuffer | null, other: Uint8Array<ArrayBuffer>): boolean {
  return one !== null && encodeBase64Url(new Uint8Array(one)) === encodeBase64Url(other)
}

function readSubscription(made: PushSubscription): Subscription | undefined {
  const { endpoint, keys } = made.toJSON()
  const [p256dh, auth] = [trim(keys?.p256dh), trim(keys?.auth)]
  const isWhole = decodeBase64Url(p256dh)?.length === 65 && decodeBase64Url(auth)?.length === 16
  return endpoint !== undefined && isWhole ? { endpoint, keys: { p256dh, auth } } : undefined
}

/** Some browsers pad base64url. */
const trim = (text = ''): string => text.replaceAll('=', '')
