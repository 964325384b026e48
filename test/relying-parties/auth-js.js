import { ExpressAuth, getSession } from '@auth/express'
import express from 'express'
import { issuer, origin, runLines, serve, writePage } from './environment.js'

const config = {
  secret: 'a secret of the tests, which is long enough',
  trustHost: true,
  ...runLines({}, (lines) => `return { ${lines} }`),
  callbacks: {
    // By default a session has a name, an address and a picture.
    jwt: ({ token, profile, account }) =>
      profile ? { ...token, claims: profile, idToken: account.id_token } : token,
    session: ({ session, token }) => ({ ...session, claims: token.claims, idToken: token.idToken }),
  },
}

/** A login begins with a form that is posted, and what it asks for is in its address. */
const writeLoginPage = (
  search,
) => `<!doctype html><html lang="en"><title>App</title><script type="module">
  const { csrfToken } = await (await fetch('/auth/csrf')).json()
  document.forms[0].elements.csrfToken.value = csrfToken
  document.forms[0].submit()
</script><form method="post" action="/auth/signin/einlass${search}">
<input type="hidden" name="csrfToken"><input type="hidden" name="callbackUrl" value="/"></form></html>`

const app = express()
app.use('/auth', ExpressAuth(config))
app.get('/', async (request, response) =>
  response.send(writePage((await getSession(request, config))?.claims)),
)
app.get('/login', (request, response) => {
  const { search } = new URL(request.url, origin)
  response.send(writeLoginPage(search))
})
app.get('/logout', async (request, response) => {
  const metadata = await (await fetch(`${issuer}/.well-known/openid-configuration`)).json()
  const { idToken } = await getSession(request, config)
  const url = new URL(metadata.end_session_endpoint)
  url.searchParams.set('id_token_hint', idToken)
  url.searchParams.set('post_logout_redirect_uri', `${origin}/`)
  // It ends its own session alone.
  response.clearCookie('__Secure-authjs.session-token', { path: '/', secure: true })
  response.redirect(url.href)
})
serve(app)
