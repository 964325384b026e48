// An app for libraries that leave requests, sessions and pages to it: sessions in memory, by a cookie.

import { randomUUID } from 'node:crypto'
import { text } from 'node:stream/consumers'
import { createRemoteJWKSet, jwtVerify } from 'jose'
import { clientId, issuer, origin, serve, writePage } from './environment.js'

const cookie = 'session'
const sessions = new Map()

const findSession = ({ headers }) => {
  const id = /(?:^|; )session=([^;]*)/.exec(headers.cookie ?? '')?.[1]
  return { id, session: sessions.get(id) }
}

const redirect = (response, location, id) => {
  if (id)
    response.setHeader('set-cookie', `${cookie}=${id}; Path=/; HttpOnly; Secure; SameSite=Lax`)
  response.writeHead(303, { location }).end()
}

/** OpenID Connect Back-Channel Logout 1.0 section 2.6, for libraries that do not check logout tokens. */
const endSessions = async (body, jwksUri) => {
  const token = new URLSearchParams(body).get('logout_token') ?? ''
  const keys = createRemoteJWKSet(new URL(jwksUri))
  const { payload } = await jwtVerify(token, keys, { issuer, audience: clientId })
  if (!payload.events?.['http://schemas.openid.net/event/backchannel-logout']) throw new Error()
  for (const [id, { claims }] of sessions) if (claims?.sid === payload.sid) sessions.delete(id)
}

/**
 * @param party `begin(parameters)` gives the address of the request and what its answer is checked with, `finish(url,
 *   checks)` the claims and the ID token, `findLogoutUrl(idToken)` where a logout is asked for
 */
export const startApp = ({ begin, finish, findLogoutUrl, jwksUri }) => {
  const routes = {
    async '/login'(_request, response, url) {
      const { address, checks } = await begin(Object.fromEntries(url.searchParams))
      const id = randomUUID()
      sessions.set(id, { checks })
      redirect(response, address, id)
    },
    async '/callback'(request, response, url) {
      const { id, session } = findSession(request)
      const next = randomUUID()
      sessions.set(next, await finish(url, session.checks))
      sessions.delete(id)
      redirect(response, '/', next)
    },
    async '/logout'(request, response) {
      const { id, session } = findSession(request)
      sessions.delete(id)
      redirect(response, await findLogoutUrl(session.idToken))
    },
    async '/backchannel-logout'(request, response) {
      await endSessions(await text(request), jwksUri)
      response.end()
    },
    async '/'(request, response) {
      response.setHeader('content-type', 'text/html; charset=utf-8')
      response.end(writePage(findSession(request).session?.claims))
    },
  }
  serve(async (request, response) => {
    const url = new URL(request.url, origin)
    try {
      const handle = routes[url.pathname]
      if (handle) await handle(request, response, url)
      else response.writeHead(404).end()
    } catch (error) {
      console.error(error)
      response.writeHead(500).end(`${error}`)
    }
  })
}
