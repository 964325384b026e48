/* global settings */
import '@angular/compiler'
import { provideHttpClient } from '@angular/common/http'
import { Component, inject } from '@angular/core'
import { bootstrapApplication } from '@angular/platform-browser'
import { OidcSecurityService, provideAuth } from 'angular-auth-oidc-client'
import { firstValueFrom } from 'rxjs'
import { runPages } from './browser-pages.js'

const App = Component({ selector: 'app-root', template: '' })(
  class {
    security = inject(OidcSecurityService)
  },
)

const { injector } = await bootstrapApplication(App, {
  providers: [
    provideHttpClient(),
    provideAuth({
      config: {
        authority: settings.issuer,
        clientId: settings.clientId,
        redirectUrl: `${settings.origin}/callback`,
        postLogoutRedirectUri: `${settings.origin}/`,
        scope: 'openid profile email',
        responseType: 'code',
      },
    }),
  ],
})
const security = injector.get(OidcSecurityService)
const check = () => firstValueFrom(security.checkAuth())

runPages({
  async logIn(customParams) {
    await firstValueFrom(security.preloadAuthWellKnownDocument())
    security.authorize(undefined, { customParams })
  },
  async finish() {
    const { isAuthenticated, errorMessage } = await check()
    if (!isAuthenticated) throw new Error(errorMessage)
  },
  async logOut() {
    await check()
    await firstValueFrom(security.logoff())
  },
  async findClaims() {
    const { isAuthenticated } = await check()
    if (!isAuthenticated) return undefined
    return await firstValueFrom(security.getPayloadFromIdToken())
  },
})
