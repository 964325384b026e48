/** The section `mail`: the server that accepts notices. */
import { z } from 'zod'
import { isLoopback, text } from './values.ts'

const smtpSchema = z
  .strictObject({
    host: z
      .string()
      .regex(/^[a-z\d](?:[a-z\d.:-]{0,253}[a-z\d])?$|^::1$/i)
      .meta({ title: 'the name or address of a server' })
      .describe('The mail server. Its certificate must be for this name.'),
    port: z
      .int()
      .min(1)
      .max(65535)
      .optional()
      .describe('The port. Absent: 587 with `starttls`, 465 with `tls`, 25 with `none`.'),
    security: z
      .enum(['starttls', 'tls', 'none'])
      .default('starttls')
      .describe(
        '`starttls`: encrypted by STARTTLS before anything is sent. `tls`: encrypted from the first byte. `none`: not encrypted, only for a server on this machine.',
      ),
    username: text(320)
      .optional()
      .describe('The name for the login to the mail server. Absent: no login.'),
    password: text(1024)
      .meta({ writeOnly: true })
      .optional()
      .describe('The password for `username`.'),
  })
  .refine((smtp) => smtp.security !== 'none' || isLoopback(smtp.host), {
    path: ['security'],
    message: 'starttls or tls; none only with a host such as 127.0.0.1',
  })
  .refine((smtp) => (smtp.username === undefined) === (smtp.password === undefined), {
    path: ['password'],
    message: 'a password together with a username, or neither',
  })
  .describe('The mail server that accepts mails from Einlass.')

export const mailSchema = z.strictObject({
  from: z.email().describe("The sender's address. The sender's name is `brand.name`."),
  smtp: smtpSchema,
})
