/** A login that an app has requested, as it travels through the browser. */
import { z } from 'zod'

export const pendingSchema = z.strictObject({
  appId: z.string(),
  /** The realm that the token is for. */
  realm: z.string(),
  reply: z.string(),
  context: z.string().optional(),
  since: z.number().optional(),
  acrValues: z.array(z.string()).optional(),
  /** When it was received, in milliseconds. */
  iat: z.number(),
})

export type Pending = z.output<typeof pendingSchema>
