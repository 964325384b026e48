import { startBrowserApp } from './browser-app.js'

await startBrowserApp('oidc-client-ts-page.js')
