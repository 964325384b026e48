import assert from 'node:assert/strict'
import { IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import { test } from 'node:test'
import { Fault } from '../../../platform/kernel/fault.ts'
import { type Log, silentLog } from '../../../platform/kernel/log.ts'
import type { NodeHandler } from '../answer.ts'
import { type MountOptions, mount } from './mount.ts'
import { createUnavailableReply } from './unavailable.ts'

function mounted(handle: NodeHandler, log: Log = silentLog) {
  const failures: [number, string][] = []
  const handler = mount(handle, {
    publicUrl: 'https://login.example',
    prefix: '/oidc',
    log,
    fail: async (_req, _res, status, code) => void failures.push([status, code]),
    failUnavailable: async () => void failures.push([503, 'temporarily_unavailable']),
  })
  const call = async (url: string, headers: Record<string, string> = {}) => {
    const req = new IncomingMessage(new Socket())
    Object.assign(req, { url, headers })
    await handler(req, new ServerResponse(req))
    return req
  }
  return { call, failures }
}

test('the library gets the path below the prefix, and the public address instead of forwarded headers', async () => {
  const { call, failures } = mounted(async () => {})
  const forged = { 'x-forwarded-host': 'evil.example', 'x-forwarded-proto': 'http' }
  const req = await call('/oidc/auth?a=/oidc/b', forged)
  assert.equal(req.url, '/auth?a=/oidc/b')
  assert.equal((req as { originalUrl?: string }).originalUrl, '/oidc/auth?a=/oidc/b')
  assert.equal(req.headers['x-forwarded-host'], 'login.example')
  assert.equal(req.headers['x-forwarded-proto'], 'https')
  assert.deepEqual(failures, [])
})

test('a request outside the prefix does not reach the library', async () => {
  const { call, failures } = mounted(() => assert.fail('reached'))
  for (const url of ['/oidc', '/oidcx/auth', '/', '//oidc/auth', 'http://evil.example/oidc/auth']) {
    await call(url)
  }
  assert.deepEqual(failures, Array(5).fill([404, 'not_found']))
})

test('a query with too many parameters, or too long, does not reach the library', async () => {
  const { call, failures } = mounted(() => assert.fail('reached'))
  for (const path of ['me', 'auth', 'auth/abc', 'session/end', 'token', 'jwks', 'nothing']) {
    await call(`/oidc/${path}?${'a&'.repeat(64)}a`)
  }
  await call(`/oidc/me?${'&'.repeat(64)}`)
  await call(`/oidc/auth?state=${'a'.repeat(16_384)}`)
  assert.deepEqual(failures, Array(9).fill([400, 'invalid_request']))
})

test('a query with as many parameters as are allowed reaches the library', async () => {
  const reached: (string | undefined)[] = []
  const { call, failures } = mounted(async ({ url }) => void reached.push(url))
  const query = Array.from({ length: 64 }, (_, index) => `p${index}=a`).join('&')
  await call(`/oidc/auth?${query}`)
  assert.deepEqual(reached, [`/auth?${query}`])
  assert.deepEqual(failures, [])
})

test('an unexpected error becomes an error page', async () => {
  const { call, failures } = mounted(() => Promise.reject(new Error('secret detail')))
  await call('/oidc/auth')
  assert.deepEqual(failures, [[500, 'server_error']])
})

test('an unavailable database gives 503 and not 500', async () => {
  const away = mounted(async () => {
    throw new Error('no grant', { cause: new Fault('unavailable', 'away') })
  })
  await away.call('/oidc/token')
  assert.deepEqual(away.failures, [[503, 'temporarily_unavailable']])
})

test('while the database is unavailable, a browser gets a page and an app gets JSON', async () => {
  const pages = {
    renderUnavailable: () => ({ status: 503, headers: {}, cookies: [], body: 'page' }),
  }
  const bodies: unknown[] = []
  const headers: Record<string, string>[] = []
  const away = () => Promise.reject(new Fault('unavailable', 'away'))
  const options: MountOptions = {
    publicUrl: 'https://login.example',
    prefix: '/oidc',
    log: silentLog,
    fail: () => assert.fail('a fault of ours'),
    failUnavailable: async (req) => {
      const host = { publicUrl: 'https://login.example', pages: pages as never }
      const reply = createUnavailableReply(req, host)
      bodies.push(reply.body)
      headers.push(reply.headers)
    },
  }
  for (const handler of [mount(async () => {}, options, away), mount(away, options)]) {
    const forPeople = ['/oidc/auth?client_id=wiki', '/oidc/session/end', '/oidc/device/confirm']
    for (const url of [...forPeople, '/oidc/token', '/oidc/device/auth']) {
      const req = new IncomingMessage(new Socket())
      Object.assign(req, { url, headers: {} })
      await handler(req, new ServerResponse(req))
    }
  }
  const json = '{"error":"temporarily_unavailable"}'
  const answers = ['page', 'page', 'page', json, json]
  assert.deepEqual(bodies, [...answers, ...answers])
  for (const [index, body] of bodies.entries())
    if (body === json) assert.match(JSON.stringify(headers[index]), /nosniff.*strict-transport/)
})

test('a client that disconnects is no error in the log; a broken connection of the server is one', async () => {
  const levels: string[] = []
  const log: Log = {
    ...silentLog,
    debug: () => void levels.push('debug'),
    error: () => void levels.push('error'),
  }
  const broken = Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' })
  const own = mounted(() => Promise.reject(broken), log)
  await own.call('/oidc/token')
  assert.deepEqual(own.failures, [[500, 'server_error']])
  const left = mounted(async (req) => {
    req.socket.destroy()
    throw broken
  }, log)
  await left.call('/oidc/token')
  const faulty = mounted(async (req) => {
    req.socket.destroy()
    throw new Error('a fault of ours')
  }, log)
  await faulty.call('/oidc/token')
  assert.deepEqual(levels, ['error', 'debug', 'error'])
  assert.deepEqual(left.failures, [])
})
