/** Facts about an app that has registered itself and that no administrator has adopted. Stored with the app. */
import { z } from 'zod'

const linkSchema = z.string().max(2000).optional()

export const registrationSchema = z.strictObject({
  /** The id of the registration token that the app used. */
  tokenId: z.string(),
  /** SHA-256 of the token with which the app reads and removes its own registration (RFC 7592). */
  accessHash: z.string(),
  /** Contacts of the people who run the app, as the app sent them. */
  contacts: z.array(z.string().max(200)).max(10),
  policyUri: linkSchema,
  termsUri: linkSchema,
})

export type AppRegistration = z.output<typeof registrationSchema>
