/**
 * The configuration as one object: every key, every default, every limit. Owns what may be written; load.ts owns
 * where it comes from. `docs/configuration.md` and `docs/einlass.schema.json` are generated from it.
 * What an administrator changes in daily work (users, apps) is not here but in the database.
 */
import { z } from 'zod'
import { pushSchema } from './push.ts'
import { serviceDeskSchema } from './service-desk.ts'
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
      .meta({
        title: 'an address such as postgres://user:password@host:5432/einlass',
        writeOnly: true,
      })
      .optional()
      .describe('Where PostgreSQL is; needed with `type: postgres`.'),
  })
  .transform(({ type, file, url }, context) => {
    if (type === 'sqlite') return { type, file }
    if (url !== undefined) return { type, url }
    const message = 'an address such as postgres://user:password@host:5432/einlass'
    context.addIssue({ code: 'custom', path: ['url'], message, input: undefined })
    return z.NEVER
  })

const brandSchema = z.strictObject({
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
    .describe('The colour of buttons and links. Pages correct its contrast when needed.'),
  corner_radius: z.int().min(0).max(24).default(6).describe('Rounding of corners in CSS pixels.'),
  support: z
    .strictObject({
      email: z
        .email()
        .optional()
        .describe('Address of the service desk, shown on pages where a user needs help.'),
      phone: text(40).optional().describe('Phone number of the service desk.'),
    })
    .prefault({})
    .describe('Who helps.'),
  imprint_url: webAddress.optional().describe('The imprint, linked at the foot of every page.'),
  privacy_url: webAddress
    .optional()
    .describe('The privacy notice, linked at the foot of every page.'),
})

const sessionsSchema = z
  .strictObject({
    idle: duration('1m', '30d')
      .prefault('8h')
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

const isLoopback = (host: string): boolean => /^(localhost|127(\.\d{1,3}){3}|::1)$/i.test(host)

const smtpSchema = z
  .strictObject({
    host: z
      .string()
      .regex(/^[a-z\d](?:[a-z\d.:-]{0,253}[a-z\d])?$|^::1$/i)
      .meta({ title: 'the name or address of a server' })
      .describe('The mail server. Its certificate has to be for this name.'),
    port: z
      .int()
      .min(1)
      .max(65535)
      .optional()
      .describe('Absent: 587 with `starttls`, 465 with `tls`, 25 with `none`.'),
    security: z
      .enum(['starttls', 'tls', 'none'])
      .default('starttls')
      .describe(
        '`starttls`: the connection is encrypted first, or nothing is sent. `tls`: encrypted from the first byte. `none`: only for a server on this machine.',
      ),
    username: text(320).optional().describe('The name to log in to the mail server with.'),
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

const mailSchema = z.strictObject({
  from: z.email().describe('The address that mails come from. Their name is `brand.name`.'),
  smtp: smtpSchema,
})

/** The rule of an app in the spelling of files. Becomes the `Policy` of policy/policy.ts. */
const ruleFields = {
  second_factor: z
    .enum(['none', 'optional', 'required'])
    .describe(
      '`none`: never required. `optional`: required of users who have one, offered to the others. `required`: always required.',
    ),
  level: z
    .enum(['possession', 'number', 'phishing_resistant'])
    .optional()
    .describe('The required level, see [assurance](assurance.md). Absent: `possession`.'),
  skips: z.int().min(0).max(1000).describe('How often the enrolment may be deferred.'),
  skip_until: z.iso
    .date()
    .meta({ title: 'a day such as 2030-12-31' })
    .optional()
    .describe('The last day (UTC) on which the enrolment may be deferred.'),
  decline: z.boolean().describe('Whether a user may choose *do not ask again*.'),
  decline_days: z
    .int()
    .min(1)
    .max(3650)
    .optional()
    .describe('After how many days a user who declined is asked again. Absent: never.'),
  plain_approval: z
    .boolean()
    .describe(
      'Whether phones whose app is too old for numbers may approve with a tap, which achieves a lower level.',
    ),
}

const groupRuleSchema = z.strictObject({
  group: z
    .string()
    .regex(/^[\p{L}\p{N}][\p{L}\p{N}._-]{0,99}$/u)
    .meta({ title: '1 to 100 letters, digits, dots, dashes, underscores' })
    .describe('Its name, as in `einlass user group add`.'),
  ...z.object(ruleFields).partial().shape,
})

const defaultPolicySchema = z
  .strictObject({
    ...ruleFields,
    second_factor: ruleFields.second_factor.default('optional'),
    skips: ruleFields.skips.default(3),
    decline: ruleFields.decline.default(false),
    plain_approval: ruleFields.plain_approval.default(false),
    groups: z
      .array(groupRuleSchema)
      .max(100)
      .optional()
      .describe(
        'What is different for members of a group. For a user in several groups, the first one applies.',
      ),
  })
  .transform(({ plain_approval, groups, ...general }) => ({
    ...buildRule(general),
    secondFactor: general.second_factor,
    skips: general.skips,
    decline: general.decline,
    ...(plain_approval && { plainApproval: true }),
    ...(groups && { groups: groups.map(({ group, ...rule }) => ({ group, ...buildRule(rule) })) }),
  }))

type Rule = z.output<z.ZodObject<typeof ruleFields>>

/** A rule by the names that it has in the code; what is absent stays absent. */
function buildRule(rule: { readonly [Name in keyof Rule]?: Rule[Name] | undefined }) {
  return {
    ...(rule.second_factor !== undefined && { secondFactor: rule.second_factor }),
    ...(rule.level !== undefined && { level: rule.level }),
    ...(rule.skips !== undefined && { skips: rule.skips }),
    ...(rule.skip_until !== undefined && { skipUntil: rule.skip_until }),
    ...(rule.decline !== undefined && { decline: rule.decline }),
    ...(rule.decline_days !== undefined && { declineDays: rule.decline_days }),
    ...(rule.plain_approval !== undefined && { plainApproval: rule.plain_approval }),
  }
}

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

const host = z
  .string()
  .regex(/^[a-z\d](?:[a-z\d.:-]{0,253}[a-z\d])?$|^::1$/i)
  .meta({ title: 'the name or address of a server' })

const webhookSchema = z.strictObject({
  url: webAddress
    .refine((text) => {
      const url = URL.canParse(text) ? new URL(text) : undefined
      return url?.protocol === 'https:' || isLoopback(url?.hostname.replace(/[[\]]/g, '') ?? '')
    }, 'an https address, or http on this machine')
    .describe('Where events are posted. https, or http on this machine.'),
  secret: text(1024)
    .min(16)
    .meta({ title: 'a text of 16 to 1024 characters', writeOnly: true })
    .describe('The secret that signs the posts.'),
})

const syslogSchema = z
  .strictObject({
    host: host.describe('The syslog server. With `tls` its certificate has to be for this name.'),
    port: z.int().min(1).max(65535).optional().describe('Absent: 6514 with `tls`, else 514.'),
    transport: z.enum(['udp', 'tcp', 'tls']).default('tls').describe('How messages travel.'),
  })
  .transform(({ port, ...syslog }) => ({
    ...syslog,
    port: port ?? (syslog.transport === 'tls' ? 6514 : 514),
  }))

const eventsSchema = z.strictObject({
  webhook: webhookSchema.optional().describe('Events as posts of JSON. Absent: none.'),
  syslog: syslogSchema.optional().describe('Events as syslog messages (RFC 5424). Absent: none.'),
})

const metricsSchema = z.strictObject({
  host: text(255)
    .default('127.0.0.1')
    .describe('Address to listen on. Everybody with access to it can read the numbers.'),
  port: z.int().min(0).max(65535).describe('Port to listen on. `0` takes a free one.'),
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
    .describe('Reverse proxies whose `X-Forwarded-For` is trusted.'),
  networks: z
    .array(networkSchema)
    .max(256)
    .prefault([])
    .describe('Names for networks, so that users read a place and not an address.'),
  storage: storageSchema.prefault({}).describe('Where the data is.'),
  key_file: text(4096)
    .default('./data/einlass.key')
    .describe(
      'The key that seals secrets in the database; created when it is missing. Keep a copy apart from the database.',
    ),
  time_zone: timeZone
    .optional()
    .describe(
      "The zone of the times on pages, in mails and in messages on phones. Absent: the machine's.",
    ),
  brand: brandSchema.prefault({}).describe('How pages look, and the name of the organisation.'),
  sessions: sessionsSchema.prefault({}).describe('How long a login lasts.'),
  passwords: z
    .strictObject({
      min_length: z
        .int()
        .min(8)
        .max(64)
        .default(12)
        .describe('Characters that a password must have.'),
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
    })
    .prefault({})
    .describe('OpenID Connect.'),
  mail: mailSchema
    .optional()
    .describe(
      'Notices by mail of what was changed on an account, see [mail](mail.md). Absent: none are sent. Present: `from` and `smtp.host` are needed.',
    ),
  not_me: notMeSchema
    .prefault({})
    .describe('What happens when a user reports a login: this was not me.'),
  events: eventsSchema.prefault({}).describe('Where to send events for the service desk.'),
  metrics: metricsSchema
    .optional()
    .describe(
      'Numbers in the format of Prometheus under `/metrics` on a port of their own, see [operations](operations.md#metrics). Absent: none.',
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
