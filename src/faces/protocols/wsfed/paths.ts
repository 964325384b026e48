/** The addresses of WS-Federation below `public_url`, which are those of AD FS. */
export const wsfedPaths = {
  passive: '/adfs/ls/',
  /** From the login page back to the app. */
  proceed: '/adfs/ls/continue',
  /** From a page of ours without a login. */
  cancel: '/adfs/ls/cancel',
  /** Names the issuer of tokens; nothing answers there. */
  issuer: '/adfs/services/trust',
  metadata: '/FederationMetadata/2007-06/FederationMetadata.xml',
} as const
