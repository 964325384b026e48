/** The addresses of forward-auth. Proxies ask at those named after them. */

/** At our own origin: from the app to the login and back. */
export const enterPath = '/forward-auth/enter'
/** At our own origin: says what went wrong at the origin of an app. */
export const problemPath = '/forward-auth/problem'

/** At our own origin: the keys of the tokens that apps check. */
export const keysPath = '/forward-auth/jwks'

/** What the proxy of an app hands over to us at the origin of that app. */
export const loginPath = '/forward-auth/app/login'
export const callbackPath = '/forward-auth/app/callback'
export const logoutPath = '/forward-auth/app/logout'
