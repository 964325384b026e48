/** The addresses of forward-auth. Each proxy asks at the address named after it. */

/** At our own origin: from the app to the login and back. */
export const enterPath = '/forward-auth/enter'
/** At our own origin: from the login, which its person has cancelled. */
export const cancelPath = '/forward-auth/cancel'
/** At our own origin: says what went wrong at the origin of an app. */
export const problemPath = '/forward-auth/problem'

/** At our own origin: the keys of the tokens that apps check. */
export const keysPath = '/forward-auth/jwks'

/** At the origin of an app: paths that its proxy passes to us. */
export const loginPath = '/forward-auth/app/login'
export const callbackPath = '/forward-auth/app/callback'
export const logoutPath = '/forward-auth/app/logout'
