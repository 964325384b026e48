/**
 * The pages of the device flow (RFC 8628): a person types the code of a device, sees the app and the address that the request
 * came from, and allows or denies it. Owns these three steps. The gate decides before the confirmation page, before the answer
 * takes effect, and when the device fetches its tokens.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { App, Apps } from '../../../identity/apps/apps.ts'
import type { LiveSession } from '../../../identity/sessions/session.ts'
import type { Gate, GateDecision } from '../../../login/decision/gate.ts'
import { Fault } from '../../../platform/kernel/fault.ts'
import type { Queries } from '../../../platform/storage/database.ts'
import { findAddress, type NodeHandler, redirect, sendPage } from '../answer.ts'
import type { ProtocolPages } from '../pages.ts'
import type { TryLimit } from '../request-rate-limit.ts'
import { readWishes } from './entry.ts'
import { deviceConfirmPath, devicePath } from './paths.ts'
import { formatUserCode, normalizeUserCode } from './user-codes.ts'
import type { WaitingRequest, WaitingRequests } from './waiting-requests.ts'

export interface DeviceFlowOptions {
  readonly publicUrl: string
  readonly db: Queries
  readonly apps: Apps
  readonly gate: Gate
  readonly pages: ProtocolPages
  readonly requests: WaitingRequests
  /** Limits codes that were typed or came with a link. */
  readonly tries: TryLimit
  findSession(request: IncomingMessage): Promise<LiveSession | undefined>
}

/** A valid code and its request. */
interface FoundDevice {
  readonly code: string
  readonly request: WaitingRequest
  readonly app: App
}

interface Exchange {
  readonly req: IncomingMessage
  readonly res: ServerResponse
}

/** Whether a path is one of these pages. The device itself uses another path, which the library serves. */
export function isDevicePath(path: string): boolean {
  return path === devicePath || path === deviceConfirmPath
}

export function createDevicePages(options: DeviceFlowOptions): NodeHandler {
  const { publicUrl, pages } = options
  return async (req, res) => {
    const address = findAddress(req, publicUrl)
    const exchange = { req, res }
    try {
      if (req.method === 'POST') return await takeForm(options, exchange, address.pathname)
      const code = address.searchParams.get('user_code') ?? ''
      if (address.pathname === deviceConfirmPath) return await showConfirm(options, exchange, code)
      const shown = code === '' ? {} : { code: code.slice(0, 20) }
      return sendPage(res, pages.renderDeviceCode(req, { action: devicePath, ...shown }))
    } catch (error) {
      if (!(error instanceof Fault) || error.status >= 500) throw error
      return sendPage(res, pages.renderFault(req, error))
    }
  }
}

async function takeForm(
  options: DeviceFlowOptions,
  exchange: Exchange,
  path: string,
): Promise<void> {
  const { pages } = options
  const { req, res } = exchange
  const { user_code: typed = '', answer } = await pages.readForm(req)
  if (path === deviceConfirmPath) return await takeAnswer(options, exchange, typed, answer)
  const found = await findDevice(options, exchange, typed)
  if (found !== undefined) return redirect(res, confirmAddress(found))
  tellUnknown(options, exchange, typed)
}

function tellUnknown({ pages }: DeviceFlowOptions, { req, res }: Exchange, typed: string): void {
  const code = typed.slice(0, 20)
  sendPage(res, pages.renderDeviceCode(req, { action: devicePath, code, isUnknown: true }))
}

async function showConfirm(
  options: DeviceFlowOptions,
  exchange: Exchange,
  typed: string,
): Promise<void> {
  const { pages } = options
  const found = await findDevice(options, exchange, typed)
  if (found === undefined) return tellUnknown(options, exchange, typed)
  const decision = await decide(options, exchange, found)
  if (decision.type !== 'enter') return sendOn(options, exchange, found, decision)
  const { request, app, code } = found
  const page = pages.renderDeviceConfirm(exchange.req, {
    action: deviceConfirmPath,
    code: formatUserCode(code),
    appName: app.name,
    username: decision.session.username,
    askedAt: request.begunAt,
    address: readAddress(request),
  })
  sendPage(exchange.res, page)
}

/** A person who may not enter can still end the request, so that the device does not wait in vain. */
async function takeAnswer(
  options: DeviceFlowOptions,
  exchange: Exchange,
  typed: string,
  answer: string | undefined,
): Promise<void> {
  const { pages, requests } = options
  const found = await findDevice(options, exchange, typed)
  if (found === undefined) return tellUnknown(options, exchange, typed)
  const decision = await decide(options, exchange, found)
  const isAllowed = answer === 'allow'
  if (decision.type === 'login' || (decision.type === 'refused' && isAllowed)) {
    return sendOn(options, exchange, found, decision)
  }
  const { request, app } = found
  const isAnswered =
    decision.type === 'enter' && isAllowed
      ? await requests.approve(request, decision.session)
      : await requests.deny(request, decision.session)
  if (!isAnswered) return tellUnknown(options, exchange, typed)
  sendPage(exchange.res, pages.renderDeviceDone(exchange.req, { appName: app.name, isAllowed }))
}

async function decide(
  { gate, findSession }: DeviceFlowOptions,
  { req }: Exchange,
  found: FoundDevice,
): Promise<GateDecision> {
  const { app, request } = found
  const { max_age: maxAge } = request.params
  const since = maxAge === undefined ? undefined : request.begunAt - Number(maxAge) * 1000
  return await gate.decide({
    app,
    session: await findSession(req),
    returnTo: confirmAddress(found),
    cancelTo: devicePath,
    ...readWishes(request.params, since),
  })
}

/** Redirects to the login, or to the page that says that the person may not enter. */
function sendOn(
  { pages }: DeviceFlowOptions,
  { req, res }: Exchange,
  { app, code }: FoundDevice,
  decision: Exclude<GateDecision, { readonly type: 'enter' }>,
): void {
  if (decision.type === 'login') {
    redirect(res, decision.location)
    return
  }
  const page = pages.renderDeviceRefused(req, {
    appName: app.name,
    username: decision.session.username,
    otherLoginUrl: decision.location,
    action: deviceConfirmPath,
    code: formatUserCode(code),
  })
  sendPage(res, page)
}

async function findDevice(
  { db, apps, requests, tries }: DeviceFlowOptions,
  { req }: Exchange,
  typed: string,
): Promise<FoundDevice | undefined> {
  const limited = tries.admit(req)
  if (limited !== undefined) throw new Fault('too_many_requests', 'Too many codes', limited)
  const code = normalizeUserCode(typed)
  const request = code && (await requests.findByUserCode(code))
  if (!code || !request) return undefined
  tries.takeBack(req)
  const app = await apps.find(db, request.clientId)
  return app && { code, request, app }
}

function confirmAddress({ code }: FoundDevice): string {
  return `${deviceConfirmPath}?${new URLSearchParams({ user_code: formatUserCode(code) })}`
}

function readAddress({ payload }: WaitingRequest): string {
  const { deviceInfo } = JSON.parse(payload)
  return `${Object(deviceInfo).address ?? ''}`
}
