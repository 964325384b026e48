/** What the app does with a link, scanned or opened. */
import { readLink } from '../protocol/links.ts'
import type { App, Place } from './app.ts'

/**
 * The screen that a link leads to. `undefined`: not a link of Einlass, or its request is unknown on this phone.
 * @param isScanned whether the camera of this app read it. Only then the secret of an `approve` link is used: another person
 * could send the link and would be logged in with one tap, but the QR code on the login page is in front of the person who logs
 * in.
 */
export function followLink(app: App, text: string, isScanned: boolean): Place | undefined {
  const link = readLink(text.trim())
  if (link?.type === 'enrol') return { type: 'link', text: text.trim() }
  if (link === undefined) return undefined
  const waiting = app.listWaiting().find(({ request }) => request.id === link.request)
  if (waiting === undefined) return undefined
  return { type: 'request', waiting, ...(isScanned && { scan: link.scan }) }
}
