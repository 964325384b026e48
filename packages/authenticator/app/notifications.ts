/**
 * Web Push: the subscription with which a server wakes this phone. The app has one subscription, which is bound to the key of
 * one server (RFC 8292 section 4.1), so only one server at a time can wake it.
 */
import { type Account, hasEnded } from '../device/account.ts'
import { sendChange } from '../device/change.ts'
import type { App } from './app.ts'
import { isSameKey, readVapidKey, subscribe } from './subscription.ts'

/** Whether this browser can be woken, and the person has not blocked notifications. */
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

/** Whether its server can wake this phone. */
export async function canBeWoken(account: Account): Promise<boolean> {
  const key = readVapidKey(account)
  if (account.isWoken !== true || key === undefined || !hasNotifications()) return false
  const registration = await navigator.serviceWorker.getRegistration()
  const made = await registration?.pushManager.getSubscription()
  return isSameKey(made?.options.applicationServerKey ?? null, key)
}

/** An account of another server that wakes this phone now and could not after `turnOnNotifications`. */
export async function findOtherWoken(app: App, account: Account): Promise<Account | undefined> {
  for (const other of await listOthers(app, account)) if (await canBeWoken(other)) return other
  return undefined
}

const listOthers = async ({ database }: App, { vapid }: Account): Promise<readonly Account[]> =>
  (await database.list()).filter(
    (one) => one.isWoken === true && one.vapid !== vapid && !hasEnded(one),
  )

/**
 * Asks the person, subscribes, and informs the server. Has to be called from a click. Also informs the servers that can no
 * longer wake this phone, so that their pages ask the person to open the app.
 * @returns `false`: the person or the browser declined, or the server could not be informed
 */
export async function turnOnNotifications(app: App, account: Account): Promise<boolean> {
  const key = readVapidKey(account)
  if (key === undefined || !canNotify()) return false
  if ((await Notification.requestPermission()) !== 'granted') return false
  const others = await listOthers(app, account)
  const subscription = await subscribeAnew(key)
  await Promise.all(others.map((one) => sayNotWoken(app, one)))
  if (subscription === undefined) return false
  const { type } = await sendChange(app.device, account, { subscription })
  if (type !== 'done') return false
  await app.database.update(account.id, (now) => ({ ...now, isWoken: true }))
  return true
}

/** A server that cannot be reached now learns it from the push service with its next message. */
async function sayNotWoken({ database, device }: App, other: Account): Promise<void> {
  await database.update(other.id, (now) => ({ ...now, isWoken: false }))
  await sendChange(device, other, { subscription: 'none' })
}

async function subscribeAnew(key: Uint8Array<ArrayBuffer>) {
  const { pushManager } = await navigator.serviceWorker.ready
  return await subscribe(pushManager, key)
}
