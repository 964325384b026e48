/** Web Push: where this phone can be woken. */
import type { Account } from '../device/account.ts'
import { sendChange } from '../device/requests.ts'
import { decodeBase64Url, encodeBase64Url } from '../protocol/base64url.ts'
import type { Subscription } from '../protocol/messages.ts'
import type { App } from './app.ts'

/** Whether this browser can be woken, and was not told never to ask. */
export function canNotify(): boolean {
  return (
    'serviceWorker' in navigator &&
    'PushManager' in window &&
    'Notification' in window &&
    Notification.permission !== 'denied'
  )
}

export const hasNotifications = (): boolean =>
  'Notification' in window && Notification.permission === 'granted'

/**
 * Asks the person, subscribes, and tells the server. Has to begin with a click.
 * @returns `false`: the person or the browser did not want to, or the server could not be told
 */
export async function turnOnNotifications(app: App, account: Account): Promise<boolean> {
  const key = readVapidKey(account)
  if (key === undefined || !canNotify()) return false
  if ((await Notification.requestPermission()) !== 'granted') return false
  const subscription = await subscribe(key)
  if (subscription === undefined) return false
  return (await sendChange(app.device, account, { subscription })).type === 'done'
}

/** The bytes of the VAPID key, as `pushManager.subscribe` takes it. */
const readVapidKey = ({ vapid }: Account): Uint8Array<ArrayBuffer> | undefined =>
  vapid === undefined ? undefined : decodeBase64Url(vapid)

/** A browser has one subscription for a page; with another server's key it takes the place of the one before. */
async function subscribe(key: Uint8Array<ArrayBuffer>): Promise<Subscription | undefined> {
  try {
    const { pushManager } = await navigator.serviceWorker.ready
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

function isSameKey(one: ArrayBuffer | null, other: Uint8Array<ArrayBuffer>): boolean {
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
