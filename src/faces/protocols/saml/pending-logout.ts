/** An app's request for a logout, as it travels through the browser to a request that has the session's cookie. */
import { z } from 'zod'

export const pendingLogoutSchema = z.strictObject({
  appId: z.string(),
  requestId: z.string(),
  relayState: z.string().optional(),
  nameId: z.string(),
  sessionIndexes: z.array(z.string()),
  /** When it was received, in milliseconds. */
  iat: z.number(),
})

export type PendingLogout = z.output<typeof pendingLogoutSchema>

/** What is remembered of an app in a session. */
export const participantDataSchema = z.object({
  nameId: z
    .strictObject({
      value: z.string(),
      format: z.string().optional(),
      nameQualifier: z.string().optional(),
      spNameQualifier: z.string().optional(),
    })
    .optional(),
  sessionIndex: z.string().optional(),
  /** The request for a logout that ended the session, if it was this app's. */
  asked: z.strictObject({ id: z.string(), relayState: z.string().optional() }).optional(),
})
