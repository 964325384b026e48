/** The section `brand`: how pages look, and the name of the organisation. */
import { z } from 'zod'
import { localizedText, text, webAddress } from './values.ts'

export const brandSchema = z.strictObject({
  name: text(80).default('Einlass').describe('The name of the organisation, shown on every page.'),
  apps_line: localizedText
    .optional()
    .describe('One line below the name that says what the login is for.'),
  logo: text(4096)
    .regex(/\.(svg|png)$/i)
    .meta({ title: 'the path of a .svg or .png file' })
    .optional()
    .describe('The logo, shown beside the name.'),
  colour: z
    .string()
    .regex(/^#[0-9a-f]{6}$/i)
    .meta({ title: 'a colour such as #0b5089' })
    .default('#0b5089')
    .describe('The colour of buttons and links. Pages adjust it if its contrast is too low.'),
  corner_radius: z.int().min(0).max(24).default(6).describe('The radius of corners in CSS pixels.'),
  support: z
    .strictObject({
      email: z
        .email()
        .optional()
        .describe('The e-mail address of the service desk, shown on every page.'),
      phone: text(40).optional().describe('The telephone number of the service desk.'),
    })
    .prefault({})
    .describe('How users reach the service desk.'),
  imprint_url: webAddress.optional().describe('The imprint, linked at the foot of every page.'),
  privacy_url: webAddress
    .optional()
    .describe('The privacy notice, linked at the foot of every page.'),
})
