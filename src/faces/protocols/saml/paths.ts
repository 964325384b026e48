/** The addresses of SAML below `public_url`. */
export const samlPaths = {
  metadata: '/saml/metadata',
  /** With the id of an app behind it: the same, and whether the requests of this app have to be signed. */
  metadataOfApp: '/saml/metadata/',
  login: '/saml/sso',
  logout: '/saml/slo',
  /** Continues a logout that an app requested with a form, now in a request with cookies. */
  proceedLogout: '/saml/slo/continue',
  /** From a logout page to an app, with our request. */
  askLogout: '/saml/slo/request',
  /** From there back to the app that asked for the logout, with our answer. */
  answerLogout: '/saml/slo/answer',
  /** From the login page back to the app. */
  proceed: '/saml/continue',
  /** From the login page back to the app, without a login. */
  cancel: '/saml/cancel',
  /** From the page that says that this account may not enter. */
  refused: '/saml/refused',
  /** With the id of an app behind it: begins a login without a request of the app. */
  start: '/saml/start/',
} as const

/** The id of an app behind a path; empty for one that is wrongly encoded, which is the id of no app. */
export function readAppId(path: string, before: string): string {
  try {
    return decodeURIComponent(path.slice(before.length))
  } catch {
    return ''
  }
}
