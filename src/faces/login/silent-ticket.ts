/** Whether the first page of a login asks its browser for a ticket before anybody presses a button. */
import type { RequestContext } from '../frame/context.ts'
import type { Frame } from '../frame/frame.ts'

/** Phones have no ticket, and some of their browsers ask their user for a password instead. */
const phones = ['iPhone', 'iPad', 'Android']

/**
 * Whether the page asks by itself. Not in a browser that was asked a moment ago, whose user has logged out, or whose
 * session has ended: otherwise the login would come back at once.
 */
export function asksForTicket(frame: Frame, { request, client }: RequestContext): boolean {
  const header = request.headers.get('cookie') ?? undefined
  const system = client.browser?.system
  if (system === undefined || phones.includes(system)) return false
  return (['ticket_tried', 'ticket_off', 'session'] as const).every(
    (name) => frame.cookies.read(header, name) === undefined,
  )
}
