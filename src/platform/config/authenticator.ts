/** The section `authenticator`: the Einlass authenticator, an app for the phone that needs no app store. */
import { z } from 'zod'
import { origin } from './values.ts'

export const authenticatorSchema = z
  .strictObject({
    enabled: z
      .boolean()
      .default(false)
      .describe('Whether users can enrol it. Phones that are enrolled can be used all the same.'),
    combined_totp: z
      .boolean()
      .default(false)
      .describe(
        'Whether a phone also gets a linked TOTP when it is enrolled, whose codes the app shows without a network.',
      ),
    peers: z
      .array(origin)
      .max(20)
      .prefault([])
      .describe('Origins of other servers whose app may keep accounts of this one.'),
  })
  .prefault({})
  .describe('The Einlass authenticator, an app on the phone without a store.')
