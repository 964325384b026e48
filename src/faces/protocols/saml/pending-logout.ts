/** The data of a logout that travels through the browser, and the data that is stored about an app for its logout. */
import { z } from 'zod'

/** Carries an app's request to a request of the browser that has the session's cookie. Times are in milliseconds. */
export const pendingLogoutSchema = z.strictObject({
  appId: z.string(),
  requestId: z.string(),
  relayState: z.string().optional(),
  nameId: z.string(),
  sessionIndexes: z.array(z.string()),
  /** When it was received. */
  iat: z.number(),
})

export type PendingLogout = z.output<typeof pendingLogoutSchema>

/** The answer to the app's request, stored until all other apps were logged out. */
export const pendingAnswerSchema = z.strictObject({
  appId: z.string(),
  requestId: z.string(),
  relayState: z.string().optional(),
  sessionId: z.string(),
  iat: z.number(),
})

export type PendingAnswer = z.output<typeof pendingAnswerSchema>

const nameIdSchema = z.strictObject({
  value: z.string(),
  format: z.string().optional(),
  nameQualifier: z.string().optional(),
  spNameQualifier: z.string().optional(),
})

/** Our request to an app. */
export const pendingRequestSchema = z.strictObject({
  appId: z.string(),
  /** The id of its row in the queue. */
  id: z.string(),
  place: z.enum(['frame', 'window']),
  nameId: nameIdSchema,
  sessionIndex: z.string().optional(),
  iat: z.number(),
})

export type PendingRequest = z.output<typeof pendingRequestSchema>

/** What is stored about an app in a session. */
export const participantDataSchema = z.object({
  nameId: nameIdSchema.optional(),
  sessionIndex: z.string().optional(),
  /** The app has asked for the logout that ended the session. */
  hasAsked: z.boolean().default(false),
})

export type ParticipantData = z.input<typeof participantDataSchema>
