import { startBrowserApp } from './browser-app.js'

await startBrowserApp('forgerock-oidc-client-page.js')
