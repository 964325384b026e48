/** The section `kerberos`: logins with a ticket of the domain. */
import { z } from 'zod'
import { network, text } from './values.ts'

const serviceTitle = 'a service such as HTTP/login.example.org, without a realm'

const realmSchema = z.strictObject({
  realm: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,254}$/)
    .meta({ title: 'a realm such as CORP.EXAMPLE' })
    .describe('The realm as tickets name it. That of an Active Directory has capital letters.'),
  directory: text(32).describe('The name of the directory whose users have tickets of this realm.'),
})

export const kerberosSchema = z.strictObject({
  service: z
    .string()
    .regex(/^HTTP\/[A-Za-z0-9.-]{1,253}$/)
    .meta({ title: serviceTitle })
    .optional()
    .describe(
      'The service for which browsers request tickets. Absent: `HTTP/` and the host of `public_url`.',
    ),
  keytab_file: text(4096).describe('The keytab with the key of the service, read for each ticket.'),
  realms: z
    .array(realmSchema)
    .min(1)
    .max(20)
    .refine(
      (realms) => new Set(realms.map(({ realm }) => realm)).size === realms.length,
      'each realm once',
    )
    .describe('The realms whose tickets are accepted. Others are refused, even trusted ones.'),
  networks: z
    .array(network)
    .min(1)
    .max(256)
    .describe(
      'The networks in which browsers are asked for a ticket. A ticket from any other address is not read.',
    ),
})

export type KerberosConfig = z.output<typeof kerberosSchema>
