// Two apps of WS-Federation at /owa/ and /ecp/, as Exchange has them, by passport-wsfed-saml2. CLIENT_ID is the thumbprint of
// the certificate, ISSUER the address of the login.

import { randomUUID } from 'node:crypto'
import { text } from 'node:stream/consumers'
import passportWsfed from 'passport-wsfed-saml2'
import { clientId, issuer, origin, serve, writePage } from './environment.js'

const sessions = new Map()
const names = ['owa', 'ecp']

const strategies = new Map(
  names.map((name) => [
    name,
    new passportWsfed.Strategy(
      {
        path: `/${name}/`,
        realm: `${origin}/${name}/`,
        identityProviderUrl: issuer,
        thumbprint: clientId,
      },
      (profile, done) => done(null, profile),
    ),
  ]),
)

/** The claims of a token that was posted. Passport itself is not needed to ask a strategy. */
const verify = (name, request, body) =>
  new Promise((resolve, reject) => {
    const asked = Object.create(strategies.get(name))
    asked.success = resolve
    asked.error = reject
    asked.fail = (reason) => reject(new Error(`refused: ${reason}`))
    // What it reads of a request of Express.
    const get = (header) => request.headers[header.toLowerCase()]
    asked.authenticate(Object.assign(request, { body, query: {}, get, protocol: 'https' }), {})
  })

/** What Exchange is said to look at: a Referer below the issuer, or one without a path. */
const checkReferer = (referer) => {
  if (!referer) throw new Error('a form without a Referer')
  if (!referer.startsWith(issuer) && new URL(referer).pathname !== '/') throw new Error(referer)
}

const signIn = async (name, request, response) => {
  checkReferer(request.headers.referer)
  const body = Object.fromEntries(new URLSearchParams(await text(request)))
  const claims = await verify(name, request, body)
  const id = randomUUID()
  sessions.set(id, claims)
  const cookie = `${name}=${id}; Path=/${name}/; HttpOnly; Secure; SameSite=None`
  response.setHeader('set-cookie', cookie)
  response.writeHead(303, { location: new URLSearchParams(body.wctx).get('ru') }).end()
}

const ask = (name, url, response) => {
  const extra = url.searchParams.get('extra')
  const back = extra === null ? `${url.pathname}${url.search}` : url.pathname
  const query = new URLSearchParams({
    wa: 'wsignin1.0',
    wtrealm: `${origin}/${name}/`,
    wctx: `rm=0&id=passive&ru=${encodeURIComponent(back)}`,
    ...Object.fromEntries(new URLSearchParams(extra ?? '')),
  })
  response.writeHead(302, { location: `${issuer}?${query}` }).end()
}

serve(async (request, response) => {
  const url = new URL(request.url, origin)
  const name = names.find((one) => url.pathname === `/${one}/`)
  try {
    if (name === undefined) return response.writeHead(404).end()
    const id = new RegExp(`(?:^|; )${name}=([^;]*)`).exec(request.headers.cookie ?? '')?.[1]
    if (request.method === 'POST') return await signIn(name, request, response)
    if (url.searchParams.get('wa') === 'wsignoutcleanup1.0') {
      sessions.delete(id)
      return response.end('signed out')
    }
    // As the button of Outlook on the web: the login has both addresses cleaned up.
    if (url.searchParams.get('wa') === 'logoff') {
      return response.writeHead(302, { location: `${issuer}?wa=wsignout1.0` }).end()
    }
    const claims = sessions.get(id)
    if (claims === undefined || url.searchParams.has('extra')) {
      sessions.delete(id)
      return ask(name, url, response)
    }
    response.setHeader('content-type', 'text/html; charset=utf-8')
    response.end(writePage(claims))
  } catch (error) {
    console.error(error)
    response.writeHead(500).end(`${error}`)
  }
})
