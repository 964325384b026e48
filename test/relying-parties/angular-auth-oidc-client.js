import { startBrowserApp } from './browser-app.js'

await startBrowserApp('angular-auth-oidc-client-page.js')
