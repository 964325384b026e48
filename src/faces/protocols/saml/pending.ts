/** A login that an app has requested and that is not answered yet, as it travels through the browser. */
import { z } from 'zod'

export const pendingSchema = z.strictObject({
  appId: z.string(),
  /** The id of the app's request; absent: the login began here. */
  requestId: z.string().optional(),
  /** Where the response goes. Checked against the app's addresses, and again before use. */
  consumerUrl: z.string(),
  relayState: z.string().optional(),
  nameId: z.enum(['persistent', 'transient', 'email', 'unspecified']),
  /** Acceptable levels, of which one is enough; absent: all that the app's rule allows. */
  acrValues: z.array(z.string()).optional(),
  /** The requested classes, by their names. */
  classes: z.array(z.string()).optional(),
  isForced: z.boolean(),
  isPassive: z.boolean(),
  /** When it was received, in milliseconds. */
  iat: z.number(),
})

export type Pending = z.output<typeof pendingSchema>
