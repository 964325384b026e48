import express from 'express'
import { auth } from 'express-openid-connect'
import session from 'express-session'
import { clientId, clientSecret, issuer, origin, serve, writePage } from './environment.js'

const app = express()
app.use(
  auth({
    issuerBaseURL: issuer,
    baseURL: origin,
    clientID: clientId,
    clientSecret,
    secret: 'a secret of the tests, which is long enough',
    authorizationParams: { response_type: 'code' },
    authRequired: false,
    idpLogout: true,
    backchannelLogout: { store: new session.MemoryStore() },
    routes: { login: false },
  }),
)
app.get('/', (request, response) => response.send(writePage(request.oidc.idTokenClaims)))
app.get('/login', (request, response) => {
  const { max_age, ...more } = request.query
  const authorizationParams = { ...more, ...(max_age && { max_age: Number(max_age) }) }
  response.oidc.login({ returnTo: '/', authorizationParams })
})
serve(app)
