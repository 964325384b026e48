import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createTestFrame } from '../../dev/test-support/frame.ts'
import type { RequestContext } from '../frame/context.ts'
import { asksForTicket } from './silent-ticket.ts'

const frame = createTestFrame()

/** Whether the login page asks for a ticket by itself in such a browser; without a system it is a program. */
function asks(cookie: string | null, system = 'Windows'): boolean {
  const browser = system === '' ? undefined : { name: 'Chrome', system }
  const context = { request: { headers: { get: () => cookie } }, client: { browser } }
  return asksForTicket(frame, context as unknown as RequestContext)
}

test('the login page asks a computer once for a Kerberos ticket, and never a phone or a program', () => {
  assert.equal(asks(null), true)
  assert.equal(asks('einlass_browser=abc; einlass_device=def', 'Linux'), true)
  for (const phone of ['iPhone', 'iPad', 'Android']) assert.equal(asks(null, phone), false)
  assert.equal(asks(null, ''), false)
  assert.equal(asks('einlass_ticket_tried=1'), false)
})

test('the login page asks for no Kerberos ticket after a logout or the end of a session', () => {
  assert.equal(asks('einlass_ticket_off=1'), false)
  assert.equal(asks('einlass_session=one_that_has_ended'), false)
})
