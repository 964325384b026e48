/** The addresses of WS-Federation below `public_url`; they are the same as those of AD FS. */
export const wsfedPaths = {
  passive: '/adfs/ls/',
  /** From the login page back to the app. */
  proceed: '/adfs/ls/continue',
  /** From the login page, without a login. */
  cancel: '/adfs/ls/cancel',
  /** The name of the issuer of tokens; no page is there. */
  issuer: '/adfs/services/trust',
  metadata: '/FederationMetadata/2007-06/FederationMetadata.xml',
} as const
