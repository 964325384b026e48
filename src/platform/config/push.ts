/**
 * The section `push`: approval on the phone, and the senders. Owns the keys of each sender;
 * login/factors/push/senders opens them.
 */
import { z } from 'zod'
import { duration, origin, originPattern, text } from './values.ts'

const keyFile = (what: string) => text(4096).describe(what)

const applicationArn = z
  .string()
  .regex(/^arn:[\w-]+:sns:[\w-]+:\d{12}:app\/(GCM|APNS|APNS_SANDBOX)\/[\w.-]{1,256}$/)
  .meta({ title: 'the ARN of a platform application' })

const snsSchema = z
  .strictObject({
    region: z
      .string()
      .regex(/^[a-z\d-]{1,40}$/)
      .meta({ title: 'a region such as us-east-1' })
      .default('us-east-1')
      .describe('The region of the platform applications.'),
    google_application_arn: applicationArn
      .optional()
      .describe('The platform application for Android phones.'),
    apple_application_arn: applicationArn
      .optional()
      .describe('The platform application for iPhones.'),
    format: z
      .enum(['legacy', 'v1'])
      .default('legacy')
      .describe('The form of messages to Android phones: `legacy` as AM sends it, `v1` of FCM.'),
    access_key_id: text(128)
      .optional()
      .describe('The access key. Absent: credentials are found as AWS programs find them.'),
    secret_access_key_file: keyFile('The file with the secret access key.').optional(),
    endpoint: origin
      .optional()
      .describe("Another address of SNS. Absent: Amazon's for the region."),
  })
  .refine((sns) => sns.google_application_arn ?? sns.apple_application_arn, {
    path: ['google_application_arn'],
    message: 'the ARN of a platform application, here or in apple_application_arn',
  })
  .refine(
    (sns) => (sns.access_key_id === undefined) === (sns.secret_access_key_file === undefined),
    {
      path: ['secret_access_key_file'],
      message: 'access_key_id and secret_access_key_file, or neither',
    },
  )

const fcmSchema = z.strictObject({
  service_account_file: keyFile('The JSON file of the service account.'),
})

const appleId = z
  .string()
  .regex(/^[A-Z\d]{10}$/)
  .meta({ title: 'ten capital letters and digits' })

const apnsSchema = z.strictObject({
  key_file: keyFile('The .p8 file of the authentication key.'),
  key_id: appleId.describe('The id of the key.'),
  team_id: appleId.describe('The id of the team.'),
  topic: z
    .string()
    .regex(/^[\w.-]{1,255}$/)
    .meta({ title: 'a bundle id such as org.example.login' })
    .describe('The bundle id of the app.'),
  sandbox: z.boolean().default(false).describe('Whether the app was built for development.'),
})

const webPushSchema = z.strictObject({
  subject: z
    .string()
    .regex(/^(mailto:[^\s@]+@[^\s@]+|https:\/\/\S+)$/)
    .max(255)
    .meta({ title: 'mailto: with an address, or an https address' })
    .describe('The contact for a push service.'),
  private_key_file: keyFile('The file with the private VAPID key, 32 bytes in base64url.'),
  allowed_origins: z
    .array(origin)
    .max(64)
    .prefault([])
    .describe('Origins of push services on other ports or in networks that are not public.'),
})

/** Two senders for one kind of phone, of which only one may be configured. */
const twice = [
  ['fcm', 'google_application_arn'],
  ['apns', 'apple_application_arn'],
] as const

export const pushSchema = z.strictObject({
  issuer: z
    .string()
    .regex(/^[^:]{1,80}$/)
    .meta({ title: 'a text without a colon' })
    .optional()
    .describe("The name that the phone's app shows for the account. Absent: `brand.name`."),
  challenge_lifetime: duration('10s', '10m')
    .prefault('2m')
    .describe('How long a request on the phone can be answered.'),
  registration_lifetime: duration('30s', '30m')
    .prefault('5m')
    .describe('How long a QR code can be scanned.'),
  combined_totp: z
    .boolean()
    .default(false)
    .describe(
      'Whether the QR code of a phone also enrols a linked TOTP (`mfauth`). Apps of the 2.x generation cannot read such a code.',
    ),
  register_anew: z
    .boolean()
    .default(false)
    .describe(
      'Whether a user whose phone no message reaches any more, and who has no other second factor, may enrol a new one with the password alone. Else the service desk has to help.',
    ),
  context: z
    .strictObject({
      browser: z.boolean().default(true).describe('Whether the message has the browser.'),
      place: z
        .boolean()
        .default(true)
        .describe('Whether the message has the name of the network, see `networks`.'),
      time: z
        .boolean()
        .default(true)
        .describe('Whether the message has the time at which the login began.'),
      address: z
        .boolean()
        .default(true)
        .describe('Whether the message has the address of the browser.'),
    })
    .prefault({})
    .describe('What a message says about the login.'),
  senders: z
    .strictObject({
      http: z
        .strictObject({
          allowed_origins: z
            .array(originPattern)
            .max(64)
            .prefault([])
            .describe('Allowed origins of phones and gateways. Empty: this sender does not exist.'),
        })
        .prefault({})
        .describe('Delivery by an HTTP request to the address that the phone registered.'),
      sns: snsSchema
        .optional()
        .describe("Delivery by Amazon SNS, to the vendor's apps. Absent: it does not exist."),
      fcm: fcmSchema
        .optional()
        .describe(
          'Delivery by Firebase, to an Android app of your own. Absent: it does not exist.',
        ),
      apns: apnsSchema
        .optional()
        .describe('Delivery by Apple, to an iPhone app of your own. Absent: it does not exist.'),
      webpush: webPushSchema
        .optional()
        .describe(
          'Delivery by Web Push, to authenticators in a browser. Absent: it does not exist.',
        ),
    })
    .check(({ value, issues }) => {
      for (const [name, application] of twice) {
        if (value[name] === undefined || value.sns?.[application] === undefined) continue
        const message = `either ${name} or sns.${application}, one way for each kind of phone`
        issues.push({ code: 'custom', path: [name], message, input: undefined })
      }
    })
    .prefault({})
    .describe('How requests reach phones.'),
})
