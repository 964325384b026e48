/** What the app does with a link, scanned or opened. */
import { readLink } from '../protocol/links.ts'
import type { App, Place } from './app.ts'

/**
 * Where a link leads. `undefined`: it is no link of Einlass, or its request is not known on this phone.
 * @param isScanned by the camera of this app. The secret of an `approve` link is believed only then: a link can be sent by
 * another person, who would be let in with one tap; the picture on the login page is in front of the one who logs in.
 */
export function followLink(app: App, text: string, isScanned: boolean): Place | undefined {
  const link = readLink(text.trim())
  if (link?.type === 'enrol') return { type: 'link', text: text.trim() }
  if (link === undefined) return undefined
  const waiting = app.listWaiting().find(({ request }) => request.id === link.request)
  if (waiting === undefined) return undefined
  return { type: 'request', waiting, ...(isScanned && { scan: link.scan }) }
}
