import express from 'express'
import session from 'express-session'
import passport from 'passport'
import { Strategy } from 'passport-openidconnect'
import { issuer, origin, runLines, serve, writePage } from './environment.js'

const metadata = await (await fetch(`${issuer}/.well-known/openid-configuration`)).json()

/** With more than the profile, which the lines ask for. */
// biome-ignore lint/complexity/useMaxParams: the library counts them and gives accordingly many
const verify = (_issuer, profile, context, idToken, _accessToken, _refreshToken, done) => {
  const claims = {
    sub: profile.id,
    name: profile.displayName,
    preferred_username: profile.username,
    email: profile.emails?.[0]?.value,
    acr: context.class,
    auth_time: context.timestamp.getTime() / 1000,
  }
  done(null, { claims, idToken })
}

class OwnStrategy extends Strategy {
  constructor(options) {
    super(options, verify)
  }
  authorizationParams({ parameters }) {
    return parameters ?? {}
  }
}

runLines({ passport, Strategy: OwnStrategy })
passport.serializeUser((user, done) => done(null, user))
passport.deserializeUser((user, done) => done(null, user))

const app = express()
app.use(session({ secret: 'a secret of the tests', resave: false, saveUninitialized: false }))
app.use(passport.session())
app.get('/', (request, response) => response.send(writePage(request.user?.claims)))
app.get('/login', (request, response, next) =>
  passport.authenticate('openidconnect', { parameters: request.query })(request, response, next),
)
app.get('/callback', passport.authenticate('openidconnect', { successRedirect: '/' }))
app.get('/logout', (request, response, next) => {
  const url = new URL(metadata.end_session_endpoint)
  url.searchParams.set('id_token_hint', request.user.idToken)
  url.searchParams.set('post_logout_redirect_uri', `${origin}/`)
  request.logout((error) => (error ? next(error) : response.redirect(url.href)))
})
serve(app)
