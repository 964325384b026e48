/** Members that Einlass adds to a client's metadata in the library. */

/** `optional`: a PKCE challenge may be missing. */
export const pkceMember = 'einlass_pkce'

export const earlierSecretMember = 'einlass_earlier_secret'

/** `true`: errors go to the app without `iss`. */
export const plainErrorsMember = 'einlass_errors_without_issuer'

/** `true`: the app registered itself, and no administrator has adopted it. */
export const registeredMember = 'einlass_registered'
