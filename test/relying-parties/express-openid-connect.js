import express from 'express'
import { auth } from 'express-openid-connect'
import session from 'express-session'
import { runLines, serve, writePage } from './environment.js'

const app = express()
runLines({
  app,
  auth: (options) => auth({ ...options, authRequired: false, routes: { login: false } }),
  store: new session.MemoryStore(),
})
app.get('/', (request, response) => response.send(writePage(request.oidc.idTokenClaims)))
app.get('/login', (request, response) => {
  const { max_age, ...more } = request.query
  const authorizationParams = { ...more, ...(max_age && { max_age: Number(max_age) }) }
  response.oidc.login({ returnTo: '/', authorizationParams })
})
serve(app)
