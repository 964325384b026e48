/** A login that an app has asked for and that has not been answered, as it travels through the browser. */
import { z } from 'zod'

export const pendingSchema = z.strictObject({
  appId: z.string(),
  /** The id of the app's request; absent: it began here. */
  requestId: z.string().optional(),
  /** Where the response goes: checked against the app's addresses, and once more before it is used. */
  consumerUrl: z.string(),
  relayState: z.string().optional(),
  nameId: z.enum(['persistent', 'transient', 'email', 'unspecified']),
  /** Levels, one of which is wanted; absent: any that the app's rule allows. */
  acrValues: z.array(z.string()).optional(),
  /** The classes that were asked for, by their names. */
  classes: z.array(z.string()).optional(),
  isForced: z.boolean(),
  isPassive: z.boolean(),
  /** When it was received, in milliseconds. */
  iat: z.number(),
})

export type Pending = z.output<typeof pendingSchema>
