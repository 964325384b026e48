/** What the library keeps of a client for us beside its metadata. */

/** `optional`: a PKCE challenge may be missing. */
export const pkceMember = 'einlass_pkce'

export const earlierSecretMember = 'einlass_earlier_secret'

/** `true`: it has registered itself, and no administrator has adopted it. */
export const registeredMember = 'einlass_registered'
