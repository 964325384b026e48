/** The section `authenticator`: the Einlass authenticator, an app for the phone that needs no app store. */
import { z } from 'zod'
import { origin } from './values.ts'

export const authenticatorSchema = z
  .strictObject({
    enabled: z
      .boolean()
      .default(false)
      .describe(
        'Whether users can enrol it. Phones that are already enrolled can be used in any case.',
      ),
    combined_totp: z
      .boolean()
      .default(false)
      .describe(
        'Whether a new phone also gets a linked TOTP. The app shows its codes without a network.',
      ),
    peers: z
      .array(origin)
      .max(20)
      .prefault([])
      .describe(
        'Origins of other servers. The app of each server may have accounts of the other one.',
      ),
  })
  .prefault({})
  .describe('The Einlass authenticator, an app for the phone that needs no app store.')
