/** What is known of an app that has registered itself and that no administrator has adopted. Stored with the app. */
import { z } from 'zod'

const linkSchema = z.string().max(2000).optional()

export const registrationSchema = z.strictObject({
  /** Of the registration token that it has used. */
  tokenId: z.string(),
  /** SHA-256 of the token by which the app reads and removes its own registration (RFC 7592). */
  accessHash: z.string(),
  /** How people there can be reached, as the app has said. */
  contacts: z.array(z.string().max(200)).max(10),
  policyUri: linkSchema,
  termsUri: linkSchema,
})

export type AppRegistration = z.output<typeof registrationSchema>
