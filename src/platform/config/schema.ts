/**
 * The configuration as one object: every key, every default, every limit; long sections have files of their own. Owns which
 * values are allowed; load.ts owns where they come from. `docs/configuration.md` and `docs/einlass.schema.json` are generated
 * from it. Things that an administrator changes in daily work (users, apps) are in the database.
 */
import { z } from 'zod'
import { auditSchema } from './audit.ts'
import { authenticatorSchema } from './authenticator.ts'
import { brandSchema } from './brand.ts'
import { defaultPolicySchema } from './default-policy.ts'
import { directoriesSchema } from './directories.ts'
import { eventsSchema } from './events.ts'
import { kerberosSchema } from './kerberos.ts'
import { keySourceSchema } from './key-source.ts'
import { mailSchema } from './mail.ts'
import { pushSchema } from './push.ts'
import { retentionSchema } from './retention.ts'
import { serviceDeskSchema } from './service-desk.ts'
import { telemetrySchema } from './telemetry.ts'
import { duration, localizedText, network, origin, text, timeZone, webAddress } from './values.ts'

const listenSchema = z.strictObject({
  host: text(255).default('127.0.0.1').describe('Address to listen on. `0.0.0.0` or `::` for all.'),
  port: z
    .int()
    .min(0)
    .max(65535)
    .default(8080)
    .describe('Port to listen on. `0` takes a free one.'),
})

const networkSchema = z.strictObject({
  name: localizedText.describe('The name of the place, shown instead of an address.'),
  ranges: z.array(network).min(1).max(256).describe('The addresses that belong to the place.'),
  shared: z
    .boolean()
    .default(false)
    .describe(
      'Many people share one address there: no rate limit for each address, neither of password attempts nor of logins that begin at apps.',
    ),
})

const postgresTitle = 'an address such as postgres://user:password@host:5432/einlass'

const storageSchema = z
  .strictObject({
    type: z
      .enum(['sqlite', 'postgres'])
      .default('sqlite')
      .describe('`sqlite` for one node, `postgres` for any number of nodes.'),
    file: text(4096).default('./data/einlass.db').describe('The SQLite file.'),
    url: z
      .string()
      .regex(/^postgres(ql)?:\/\//)
      .meta({ title: postgresTitle, writeOnly: true })
      .optional()
      .describe('Where PostgreSQL is; needed with `type: postgres`.'),
    direct_url: z
      .string()
      .regex(/^postgres(ql)?:\/\//)
      .meta({ title: postgresTitle, writeOnly: true })
      .optional()
      .describe(
        'Where PostgreSQL itself is, if `url` is a pooler such as PgBouncer in transaction mode. Wake-ups, changes of the schema and backups go there.',
      ),
    migrate: z
      .boolean()
      .default(false)
      .describe(
        'Whether `serve` brings a PostgreSQL database of an older Einlass to its own schema. Otherwise it refuses, until `einlass migrate` has done that. With SQLite it always does.',
      ),
    connections: z
      .int()
      .min(2)
      .max(200)
      .default(10)
      .describe(
        'How many connections to PostgreSQL a node has at most. Wake-ups have one more. All nodes and commands together must stay below `max_connections` of PostgreSQL.',
      ),
    wait: duration('0s', '1h')
      .prefault('1m')
      .describe(
        'For so long a start of `serve` waits for PostgreSQL when it cannot be reached, as after a power cut.',
      ),
  })
  .transform(({ type, file, url, direct_url: directUrl, migrate, ...rest }, context) => {
    if (type === 'sqlite') return { type, file }
    const chosen = { ...(migrate && { migrate }), ...(directUrl !== undefined && { directUrl }) }
    if (url !== undefined) return { type, url, ...rest, ...chosen }
    context.addIssue({ code: 'custom', path: ['url'], message: postgresTitle, input: undefined })
    return z.NEVER
  })

const sessionsSchema = z
  .strictObject({
    idle: duration('1m', '30d')
      .prefault('1h')
      .describe('A login ends after this time without use.'),
    absolute: duration('1m', '90d')
      .prefault('12h')
      .describe('A login ends after this time in any case.'),
  })
  .refine((sessions) => sessions.absolute >= sessions.idle, {
    path: ['absolute'],
    message: 'a duration that is not shorter than sessions.idle',
  })

const storesSchema = z.strictObject({
  ios_url: webAddress
    .default('https://apps.apple.com/app/forgerock-authenticator/id1038442926')
    .describe('Where the app for iPhones is.'),
  android_url: webAddress
    .default('https://play.google.com/store/apps/details?id=com.forgerock.authenticator')
    .describe('Where the app for Android phones is.'),
})

const notMeSchema = z.strictObject({
  end_sessions: z
    .boolean()
    .default(true)
    .describe("Whether the user's sessions end. Logins that are under way always do."),
  require_new_password: z
    .boolean()
    .default(true)
    .describe('Whether the next login with the password asks for a new one.'),
  block_push: duration('0s', '24h')
    .prefault('15m')
    .describe("How long no message of a login goes to the user's phones."),
})

const metricsSchema = z.strictObject({
  host: text(255)
    .default('127.0.0.1')
    .describe('Address to listen on. Everybody with access to it can read the numbers.'),
  port: z.int().min(0).max(65535).describe('Port to listen on. `0` takes a free one.'),
})

const shutdownSchema = z.strictObject({
  drain: duration('0s', '10m')
    .prefault('0s')
    .describe(
      'How long a node that was told to end goes on taking requests, while `/readyz` says 503. With several nodes, longer than the load balancer needs to notice.',
    ),
})

export const configSchema = z.strictObject({
  public_url: origin
    .optional()
    .describe(
      'The origin under which browsers and phones reach Einlass. `einlass serve` needs it.',
    ),
  listen: listenSchema.prefault({}).describe('Where the server listens.'),
  trusted_proxies: z
    .array(network)
    .max(256)
    .prefault([])
    .describe(
      'Reverse proxies whose `X-Forwarded-For` is trusted, and which may ask for requests to [apps behind them](apps/forward-auth.md). Name only the proxies: a client whose own address is in such a range can claim any address.',
    ),
  networks: z
    .array(networkSchema)
    .max(256)
    .prefault([])
    .describe('Names for networks, so that users read a place and not an address.'),
  app_networks: z
    .array(network)
    .max(256)
    .prefault([])
    .describe(
      'Networks in which apps are that Einlass calls: with logout messages, and for their keys. Other addresses outside of the public network are not called.',
    ),
  storage: storageSchema.prefault({}).describe('Where the data is.'),
  key_file: text(4096)
    .default('./data/einlass.key')
    .describe(
      'The keys that seal secrets in the database; created when it is missing. Keep a copy apart from the database.',
    ),
  key_source: keySourceSchema
    .optional()
    .describe(
      'Where these keys come from when there is no `key_file`, see [keys](keys.md#where-keys-and-secrets-come-from): exactly one of `credential`, `variable` and `command`. Absent: `key_file`.',
    ),
  time_zone: timeZone
    .optional()
    .describe(
      "The zone of the times on pages, in mails and in messages on phones. Absent: the machine's.",
    ),
  default_language: z
    .enum(['de', 'en'])
    .default('de')
    .describe(
      'The language of pages for browsers that ask for neither German nor English, and of mails and messages on phones for users who have not logged in yet. After that it is the language of the last login.',
    ),
  brand: brandSchema.prefault({}).describe('How pages look, and the name of the organisation.'),
  sessions: sessionsSchema.prefault({}).describe('How long a login lasts.'),
  directories: directoriesSchema
    .prefault([{ name: 'local', kind: 'local' }])
    .describe(
      'Where users and their passwords are, see [directories](directories.md). A name belongs to the first directory that has it.',
    ),
  kerberos: kerberosSchema
    .optional()
    .describe(
      'Logins with the ticket of a domain in place of the password, see [Kerberos](kerberos.md). Absent: none.',
    ),
  passwords: z
    .strictObject({
      min_length: z
        .int()
        .min(8)
        .max(64)
        .default(15)
        .describe(
          'Characters that the password of a user without a second factor must have. A login by a shorter one alone asks for a longer one.',
        ),
      min_length_with_second_factor: z
        .int()
        .min(8)
        .max(64)
        .default(8)
        .describe(
          'Characters that the password of a user with a second factor must have; never more than `min_length`.',
        ),
      forgotten: z
        .enum(['mail', 'service_desk'])
        .default('mail')
        .describe(
          'What a user does who has forgotten the password, see [recovery](recovery.md). `mail`: gets a link by mail, where `mail` is configured and the directory of users lets Einlass set passwords. `service_desk`: asks the service desk, which sends that link (`einlass user reset-password`) or sets a password.',
        ),
    })
    .prefault({})
    .describe('Rules for new passwords.'),
  login: z
    .strictObject({
      journey_lifetime: duration('1m', '2h')
        .prefault('20m')
        .describe('How long a login may take from its first page to its end.'),
    })
    .prefault({})
    .describe('The login itself.'),
  account: z
    .strictObject({
      fresh_login: duration('1m', '24h')
        .prefault('15m')
        .describe(
          'How old a login may be when a user enrols, replaces or removes an authenticator. When it is older, the user logs in again.',
        ),
    })
    .prefault({})
    .describe('The pages on which users manage their account.'),
  offered_factors: z
    .array(z.enum(['authenticator', 'push', 'passkey', 'totp']))
    .min(1)
    .refine((kinds) => new Set(kinds).size === kinds.length, 'each kind once')
    .prefault(['authenticator', 'push', 'passkey', 'totp'])
    .describe(
      'Which second factors a login offers to a user who has none, in this order; the first one is recommended. Only those that can be used here are shown. A kind that is left out can still be added in the account.',
    ),
  authenticator: authenticatorSchema,
  push: pushSchema.prefault({}).describe('Approval on the phone.'),
  recovery_codes: z
    .enum(['off', 'account', 'enrolment'])
    .default('enrolment')
    .describe(
      'Where users create recovery codes, see [factors](factors.md#recovery-codes). `account`: in their account. `enrolment`: also on the page that follows the enrolment of a second factor in a login. `off`: no code is created or accepted.',
    ),
  service_desk: serviceDeskSchema
    .prefault({})
    .describe(
      'What the service desk does for users who stand outside, see [service desk](service-desk.md).',
    ),
  stores: storesSchema.prefault({}).describe("Where users find the phone's app."),
  oidc: z
    .strictObject({
      access_token_lifetime: duration('1m', '24h')
        .prefault('10m')
        .describe('How long an app can use an access token.'),
      dynamic_registration: z
        .boolean()
        .default(false)
        .describe(
          'Whether apps may register themselves, with a [registration token](apps/registration.md).',
        ),
      client_certificate_header: z
        .string()
        .regex(/^[A-Za-z0-9-]{1,64}$/)
        .meta({ title: 'the name of a header' })
        .optional()
        .describe(
          'The header in which one of `trusted_proxies` passes on the certificate of an app, see [OpenID Connect](openid-connect.md#who-an-app-is-without-a-secret). Absent: apps cannot prove who they are by certificates.',
        ),
    })
    .prefault({})
    .describe('OpenID Connect.'),
  saml: z
    .strictObject({
      metadata_refresh: duration('1h', '30d')
        .prefault('24h')
        .describe(
          'How often the metadata of an app is fetched again that was added by its address. Metadata that says so is fetched more often, see [SAML](apps/saml.md#metadata-of-an-app).',
        ),
    })
    .prefault({})
    .describe('SAML.'),
  mail: mailSchema
    .optional()
    .describe(
      'Notices by mail of what was changed on an account, see [mail](mail.md). Absent: none are sent. Present: `from` and `smtp.host` are needed.',
    ),
  not_me: notMeSchema
    .prefault({})
    .describe('What happens when a user reports a login: this was not me.'),
  events: eventsSchema.prefault({}).describe('Where to send events for the service desk.'),
  audit: auditSchema.prefault({}).describe('The audit log.'),
  retention: retentionSchema.prefault({}).describe('How long data is stored.'),
  shutdown: shutdownSchema
    .prefault({})
    .describe('How a node ends, see [several nodes](proxies.md#several-nodes).'),
  metrics: metricsSchema
    .optional()
    .describe(
      'Numbers in the format of Prometheus under `/metrics` on a port of their own, see [operations](monitoring.md#metrics). Absent: none.',
    ),
  telemetry: telemetrySchema
    .optional()
    .describe(
      'Traces and metrics for a collector of OpenTelemetry, see [monitoring](monitoring.md#opentelemetry). Absent: none.',
    ),
  log: z
    .strictObject({
      level: z
        .enum(['debug', 'info', 'warn', 'error'])
        .default('info')
        .describe('The least important entries that are written.'),
    })
    .prefault({})
    .describe('The log, JSON lines on standard output.'),
  default_policy: defaultPolicySchema
    .prefault({})
    .describe(
      'The rule of every app, for all parts that its own rule does not name, see [assurance](assurance.md#rules).',
    ),
})

/** The configuration after defaults: durations in milliseconds, texts in both languages, ranges as CIDR. */
export type Config = z.output<typeof configSchema>
