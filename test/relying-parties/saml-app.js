// An app for SAML libraries that leave requests, sessions and pages to it: sessions in memory, by a cookie that comes with a
// form from another site. IDP_METADATA and SP_METADATA are files: the first is read at the first request, the second is
// written before the app listens. SP_KEY and SP_CERT are files in PEM: what the app signs with.

import { randomUUID } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { text } from 'node:stream/consumers'
import { origin, serve, writePage } from './environment.js'

const read = (name) => readFileSync(process.env[name], 'utf8')

export const key = read('SP_KEY')
export const certificate = read('SP_CERT')
export const readProvider = () => read('IDP_METADATA')

export const addresses = {
  entityId: `${origin}/metadata`,
  consumer: `${origin}/acs`,
  logout: `${origin}/slo`,
}

const sessions = new Map()

const findSession = ({ headers }) => {
  const id = /(?:^|; )session=([^;]*)/.exec(headers.cookie ?? '')?.[1]
  return { id, session: sessions.get(id) }
}

const redirect = (response, location) => response.writeHead(303, { location }).end()

/** Sends what a library has made: an address, or the whole page with a form. */
const send = (response, { location, page }) => {
  if (location !== undefined) return redirect(response, location)
  response.setHeader('content-type', 'text/html; charset=utf-8')
  response.end(page)
}

/** The query as it was sent, and as fields; or the fields of a form. */
const readMessage = async (request, url) =>
  request.method === 'POST'
    ? { fields: Object.fromEntries(new URLSearchParams(await text(request))) }
    : { fields: Object.fromEntries(url.searchParams), query: url.search.slice(1) }

/**
 * @param party `metadata`; `begin()` gives what leads to the login, `finish(fields)` the claims and what the library needs to
 *   log the person out; `logOut(user)` what leads to the logout; `answerLogout(message)` what answers a request for one;
 *   `finishLogout(message)` reads the answer to its own
 */
export const startSamlApp = ({ metadata, begin, finish, logOut, answerLogout, finishLogout }) => {
  writeFileSync(process.env.SP_METADATA, metadata)
  const routes = {
    '/login': async (_request, response) => send(response, await begin()),
    async '/acs'(request, response) {
      const { fields } = await readMessage(request)
      const id = randomUUID()
      sessions.set(id, await finish(fields))
      const cookie = `session=${id}; Path=/; HttpOnly; Secure; SameSite=None`
      response.setHeader('set-cookie', cookie)
      redirect(response, '/')
    },
    async '/logout'(request, response) {
      const { id, session } = findSession(request)
      sessions.delete(id)
      send(response, await logOut(session.user))
    },
    async '/slo'(request, response, url) {
      const message = await readMessage(request, url)
      if (message.fields.SAMLResponse !== undefined) {
        await finishLogout(message)
        return redirect(response, '/')
      }
      const answer = await answerLogout(message)
      sessions.delete(findSession(request).id)
      send(response, answer)
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
