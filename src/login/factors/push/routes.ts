/**
 * The HTTP route of phones with the ForgeRock protocol. A phone always gets `200 {}` or a short JSON error, and never a page, a
 * redirect, a cookie or a reason, because clients treat some other replies as success. Owns methods, sizes and status codes;
 * phone-requests.ts owns the decisions.
 */
import { readText } from '../../../platform/http/body.ts'
import type { Reply } from '../../../platform/http/reply.ts'
import type { PageRequest } from '../../../platform/http/request.ts'
import { Fault } from '../../../platform/kernel/fault.ts'
import type { Log } from '../../../platform/kernel/log.ts'
import type { PhoneReply, PhoneRequests } from './phone-requests.ts'

/** Phones keep the address from their QR code: of a server at `/am`, at `/openam` or at the root, with any realm. */
export const phonePaths = [
  '/am/json/**/push/sns/message',
  '/openam/json/**/push/sns/message',
  '/json/**/push/sns/message',
] as const

/** In bytes. The largest request of a real phone is much smaller. */
const maxBody = 8 * 1024

export interface PhoneRoutesOptions {
  readonly requests: PhoneRequests
  readonly log: Log
}

export function createPhoneRoute({ requests, log }: PhoneRoutesOptions) {
  const actions: Readonly<Record<string, (body: string) => Promise<PhoneReply>>> = {
    register: requests.register,
    authenticate: requests.authenticate,
    refresh: requests.refresh,
  }

  return async (request: PageRequest): Promise<Reply> => {
    if (request.method !== 'POST') return reply(405)
    const action = readAction(request)
    const handle = Object.hasOwn(actions, action) ? actions[action] : undefined
    if (handle === undefined) return reply(400)
    try {
      const result = await handle(await readText(request, maxBody))
      if (result.type === 'ok') return reply(200)
      logRefusal(log, action, result.reason)
      return reply(400)
    } catch (error) {
      if (error instanceof Fault && error.status < 500) return reply(400)
      log.error({ action, error }, 'a phone could not be answered')
      return reply(503)
    }
  }
}

/** Empty when it is missing or given twice. */
function readAction(request: PageRequest): string {
  const [action = '', ...others] = new URL(request.url).searchParams.getAll('_action')
  return others.length > 0 ? '' : action
}

function logRefusal(log: Log, action: string, reason: string): void {
  // This is the only reason that a change of the configuration can resolve.
  const level = reason === 'address_not_allowed' ? 'warn' : 'info'
  log[level]({ action, reason }, refusedText[level])
}

const refusedText = {
  info: 'a phone was refused',
  warn: 'a phone was refused: no sender in push.senders takes its address',
} as const

const replies = {
  200: {},
  400: { code: 400, reason: 'Bad Request', message: 'Bad request.' },
  405: { code: 405, reason: 'Method Not Allowed', message: 'Method not allowed.' },
  503: { code: 503, reason: 'Service Unavailable', message: 'Please try again.' },
} as const

function reply(status: keyof typeof replies): Reply {
  return {
    status,
    headers: {
      'content-type': 'application/json',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      ...(status === 405 && { allow: 'POST' }),
    },
    cookies: [],
    body: JSON.stringify(replies[status]),
  }
}
