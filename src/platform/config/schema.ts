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
  host: text(255)
    .default('127.0.0.1')
    .describe('The address to listen on. `0.0.0.0` or `::`: all addresses.'),
  port: z
    .int()
    .min(0)
    .max(65535)
    .default(8080)
    .describe('The port to listen on. `0`: any free port.'),
})

const networkSchema = z.strictObject({
  name: localizedText.describe('The name of the place, shown instead of an address.'),
  ranges: z.array(network).min(1).max(256).describe('The addresses that belong to the place.'),
  shared: z
    .boolean()
    .default(false)
    .describe(
      'Whether many people share one address there. Then no rate limit applies per address, such as to password attempts or logins that begin at apps.',
    ),
  enrolment: z
    .boolean()
    .default(false)
    .describe(
      'Whether users may enrol their first second factor there if a rule says `first_factor: network`. Not for a network that visitors can use.',
    ),
})

const postgresTitle = 'an address such as postgres://user:password@host:5432/einlass'

/** libpq takes several hosts, the driver of Einlass takes one: the first would be used as a name, and never be found. */
const oneHost =
  'one host. For several servers, name the address that leads to the primary, such as a proxy or a virtual address'

const postgresAddress = z
  .string()
  .regex(/^postgres(ql)?:\/\//)
  .meta({ title: postgresTitle, writeOnly: true })
  .superRefine((url, context) => {
    const hosts = /^\w+:\/\/(?:[^/?#]*@)?([^/?#]*)/.exec(url)?.[1] ?? ''
    const named = URL.parse(url)?.searchParams.get('host') ?? ''
    const message = `${hosts}${named}`.includes(',')
      ? oneHost
      : URL.canParse(url)
        ? undefined
        : postgresTitle
    if (message !== undefined) context.addIssue({ code: 'custom', message, input: undefined })
  })

const storageSchema = z
  .strictObject({
    type: z
      .enum(['sqlite', 'postgres'])
      .default('sqlite')
      .describe('`sqlite` for one node, `postgres` for any number of nodes.'),
    file: text(4096).default('./data/einlass.db').describe('The file of the SQLite database.'),
    url: postgresAddress
      .optional()
      .describe('The address of PostgreSQL. Required with `type: postgres`.'),
    direct_url: postgresAddress
      .optional()
      .describe(
        'The address of PostgreSQL itself, if `url` is a pooler such as PgBouncer in transaction mode. Used for wake-ups, schema changes and backups.',
      ),
    migrate: z
      .boolean()
      .default(false)
      .describe(
        'Whether `serve` upgrades the PostgreSQL schema of an older version. If not, `serve` does not start until `einlass migrate` has upgraded it. SQLite is always upgraded.',
      ),
    connections: z
      .int()
      .min(2)
      .max(200)
      .default(10)
      .describe(
        'The maximum number of connections from a node to PostgreSQL, plus one for wake-ups. All nodes and commands together must stay below `max_connections` of PostgreSQL.',
      ),
    wait: duration('0s', '1h')
      .prefault('1m')
      .describe(
        'How long `serve` waits at its start while PostgreSQL cannot be reached, for example after a power cut, or while a session blocks its migration.',
      ),
  })
  .transform(({ type, file, url, direct_url: directUrl, migrate, ...rest }, context) => {
    if (type === 'sqlite' && url === undefined) return { type, file }
    if (type === 'sqlite') {
      // Otherwise a forgotten line would put all data into a file that nobody looks for.
      const message = '`postgres`, because storage.url names a PostgreSQL database'
      context.addIssue({ code: 'custom', path: ['type'], message, input: type })
      return z.NEVER
    }
    const chosen = { ...(migrate && { migrate }), ...(directUrl !== undefined && { directUrl }) }
    if (url !== undefined) return { type, url, ...rest, ...chosen }
    context.addIssue({ code: 'custom', path: ['url'], message: postgresTitle, input: undefined })
    return z.NEVER
  })

const sessionsSchema = z
  .strictObject({
    idle: duration('1m', '30d').prefault('1h').describe('How long a session lasts without use.'),
    absolute: duration('1m', '90d').prefault('12h').describe('How long a session lasts at most.'),
  })
  .refine((sessions) => sessions.absolute >= sessions.idle, {
    path: ['absolute'],
    message: 'a duration that is not shorter than sessions.idle',
  })

const storesSchema = z.strictObject({
  ios_url: webAddress
    .default('https://apps.apple.com/app/forgerock-authenticator/id1038442926')
    .describe('The page of the app for iPhones.'),
  android_url: webAddress
    .default('https://play.google.com/store/apps/details?id=com.forgerock.authenticator')
    .describe('The page of the app for Android phones.'),
})

const notMeSchema = z.strictObject({
  end_sessions: z
    .boolean()
    .default(true)
    .describe("Whether the user's sessions end. Logins that are under way always end."),
  require_new_password: z
    .boolean()
    .default(true)
    .describe('Whether the next login with the password requires a new password.'),
  block_push: duration('0s', '24h')
    .prefault('15m')
    .describe("How long the user's phones get no login requests."),
})

const metricsSchema = z.strictObject({
  host: text(255)
    .default('127.0.0.1')
    .describe('The address to listen on. Everybody who can reach it can read the metrics.'),
  port: z.int().min(0).max(65535).describe('The port to listen on. `0`: any free port.'),
})

const shutdownSchema = z.strictObject({
  drain: duration('0s', '10m')
    .prefault('0s')
    .describe(
      'How long a node that is stopping still accepts requests while `/readyz` answers 503. With several nodes: longer than the load balancer needs to notice.',
    ),
})

export const configSchema = z.strictObject({
  public_url: origin
    .optional()
    .describe(
      'The origin at which browsers and phones reach Einlass. `einlass serve` requires it.',
    ),
  listen: listenSchema.prefault({}).describe('Where the server listens.'),
  trusted_proxies: z
    .array(network)
    .max(256)
    .prefault([])
    .describe(
      'Reverse proxies whose `X-Forwarded-For` is trusted. They may also ask Einlass about requests to [apps behind them](apps/forward-auth.md). List only proxies: a client in these ranges can claim any address.',
    ),
  networks: z
    .array(networkSchema)
    .max(256)
    .prefault([])
    .describe('Names for networks. Users see the name of a place instead of an address.'),
  app_networks: z
    .array(network)
    .max(256)
    .prefault([])
    .describe(
      'Networks of apps that Einlass may call, to send logout messages and to fetch keys and metadata. Elsewhere it calls apps only at public addresses.',
    ),
  storage: storageSchema.prefault({}).describe('Where the data is.'),
  key_file: text(4096)
    .default('./data/einlass.key')
    .describe(
      'The file with the keys that seal secrets in the database. Created if it is missing. Keep a copy separate from the database.',
    ),
  key_source: keySourceSchema
    .optional()
    .describe(
      'Another source of the keys that seal secrets, see [keys](keys.md#where-keys-and-secrets-come-from). Set exactly one of `credential`, `variable` and `command`. Absent: `key_file`.',
    ),
  time_zone: timeZone
    .optional()
    .describe(
      'The time zone of times on pages, in mails and in messages on phones. Absent: that of the machine.',
    ),
  default_language: z
    .enum(['de', 'en'])
    .default('de')
    .describe(
      "The language of pages if the browser asks for neither German nor English. Also that of mails and messages on phones before a user's first login; later they have the language of the user's last login.",
    ),
  brand: brandSchema.prefault({}).describe('How pages look, and the name of the organisation.'),
  sessions: sessionsSchema.prefault({}).describe('How long sessions last.'),
  directories: directoriesSchema
    .prefault([{ name: 'local', kind: 'local' }])
    .describe(
      'Where users and their passwords are, see [directories](directories.md). A name belongs to the first directory that has it.',
    ),
  kerberos: kerberosSchema
    .optional()
    .describe(
      'Login with a Kerberos ticket instead of the password, see [Kerberos](kerberos.md). Absent: off. Otherwise required: `keytab_file`, `realms` and `networks`.',
    ),
  passwords: z
    .strictObject({
      min_length: z
        .int()
        .min(8)
        .max(64)
        .default(15)
        .describe(
          'The minimum number of characters for a user without a second factor. A login with a shorter password alone asks for a longer one.',
        ),
      min_length_with_second_factor: z
        .int()
        .min(8)
        .max(64)
        .default(8)
        .describe(
          'The minimum number of characters for a user with a second factor. A lower `min_length` applies here too.',
        ),
      forgotten: z
        .enum(['mail', 'service_desk'])
        .default('mail')
        .describe(
          'How users get a new password if they have forgotten theirs, see [recovery](recovery.md). `mail`: by a link in a mail, if `mail` is configured and Einlass can set passwords in their directory. `service_desk`: from the service desk, which sends that link (`einlass user reset-password`) or sets a password.',
        ),
    })
    .prefault({})
    .describe('Rules for passwords.'),
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
          'The maximum age of a login for the page that changes the password, and for the offer of a second factor beside a session. With an older one the user logs in again. Changes of authenticators never rest on a login: each asks for a proof of its own.',
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
      'The second factors that a login offers to a user without one, in this order. The first is the recommended one. Factors that cannot be used here are not shown. Users can still add unlisted factors in their account.',
    ),
  authenticator: authenticatorSchema,
  push: pushSchema.prefault({}).describe('Approval on the phone.'),
  recovery_codes: z
    .enum(['off', 'account', 'enrolment'])
    .default('enrolment')
    .describe(
      'Where users create recovery codes, see [factors](factors.md#recovery-codes). `account`: in their account. `enrolment`: also on the page after an enrolment in a login. `off`: no code is created or accepted.',
    ),
  service_desk: serviceDeskSchema
    .prefault({})
    .describe(
      'How the service desk helps users who cannot log in, see [service desk](service-desk.md).',
    ),
  stores: storesSchema.prefault({}).describe('Where users get the app for their phone.'),
  oidc: z
    .strictObject({
      access_token_lifetime: duration('1m', '24h')
        .prefault('10m')
        .describe('How long an access token is valid.'),
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
          'The header in which a proxy of `trusted_proxies` passes on the certificate of an app, see [OpenID Connect](openid-connect.md#who-an-app-is-without-a-secret). Absent: apps cannot authenticate with certificates.',
        ),
    })
    .prefault({})
    .describe('OpenID Connect.'),
  saml: z
    .strictObject({
      metadata_refresh: duration('1h', '30d')
        .prefault('24h')
        .describe(
          'How often Einlass fetches the metadata of an app again, if it was added by its address. Metadata can ask for a shorter time, see [SAML](apps/saml.md#metadata-of-an-app).',
        ),
    })
    .prefault({})
    .describe('SAML.'),
  mail: mailSchema
    .optional()
    .describe(
      'Mails to users, for example about changes to their account, see [mail](mail.md). Absent: no mail is sent. Otherwise required: `from` and `smtp.host`.',
    ),
  not_me: notMeSchema
    .prefault({})
    .describe('What happens when a user reports a login with *this was not me*.'),
  events: eventsSchema.prefault({}).describe('Where to send events for the service desk.'),
  audit: auditSchema.prefault({}).describe('The audit log.'),
  retention: retentionSchema.prefault({}).describe('How long data is stored.'),
  shutdown: shutdownSchema
    .prefault({})
    .describe('How a node stops, see [several nodes](proxies.md#several-nodes).'),
  metrics: metricsSchema
    .optional()
    .describe(
      'Metrics for Prometheus at `/metrics` on a separate port, see [monitoring](monitoring.md#metrics). Absent: off. Otherwise required: `port`.',
    ),
  telemetry: telemetrySchema
    .optional()
    .describe(
      'Traces and metrics for an OpenTelemetry collector, see [monitoring](monitoring.md#opentelemetry). Absent: off. Otherwise required: `endpoint`.',
    ),
  log: z
    .strictObject({
      level: z
        .enum(['debug', 'info', 'warn', 'error'])
        .default('info')
        .describe('The lowest level of entries that are written.'),
    })
    .prefault({})
    .describe('The log: JSON lines on standard output.'),
  default_policy: defaultPolicySchema
    .prefault({})
    .describe(
      "The rule for each app, in all parts that the app's own rule does not set, see [assurance](assurance.md#rules).",
    ),
})

/** The configuration after defaults: durations in milliseconds, texts in both languages, ranges as CIDR. */
export type Config = z.output<typeof configSchema>
