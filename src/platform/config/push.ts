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
      .describe('The AWS region of the applications.'),
    google_application_arn: applicationArn
      .optional()
      .describe('The platform application for Android phones.'),
    apple_application_arn: applicationArn
      .optional()
      .describe('The platform application for iPhones.'),
    format: z
      .enum(['legacy', 'v1'])
      .default('legacy')
      .describe(
        'The format of messages to Android phones: `legacy` as ForgeRock AM sends them, `v1` of FCM.',
      ),
    access_key_id: text(128)
      .optional()
      .describe(
        'The id of the access key. Absent: credentials from the usual places of AWS programs.',
      ),
    secret_access_key_file: keyFile(
      'The file with the secret access key. Required with `access_key_id`.',
    ).optional(),
    endpoint: origin.optional().describe('The origin of SNS. Absent: that of the region.'),
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
  service_account_file: keyFile('The JSON file of the Firebase service account.'),
})

const appleId = z
  .string()
  .regex(/^[A-Z\d]{10}$/)
  .meta({ title: 'ten capital letters and digits' })

const apnsSchema = z.strictObject({
  key_file: keyFile('The .p8 file of the APNs authentication key.'),
  key_id: appleId.describe('The id of that key.'),
  team_id: appleId.describe('The id of the Apple team.'),
  topic: z
    .string()
    .regex(/^[\w.-]{1,255}$/)
    .meta({ title: 'a bundle id such as org.example.login' })
    .describe('The bundle id of the app.'),
  sandbox: z
    .boolean()
    .default(false)
    .describe("Whether the app was built for development, and so uses Apple's sandbox."),
})

const webPushSchema = z.strictObject({
  subject: z
    .string()
    .regex(/^(mailto:[^\s@]+@[^\s@]+|https:\/\/\S+)$/)
    .max(255)
    .meta({ title: 'mailto: with an address, or an https address' })
    .describe('A contact for push services.'),
  private_key_file: keyFile('The file with the private VAPID key, 32 bytes in base64url.'),
  allowed_origins: z
    .array(origin)
    .max(64)
    .prefault([])
    .describe('Origins of push services with a port other than 443 or a private address.'),
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
    .describe('The name that the app on the phone shows for the account. Absent: `brand.name`.'),
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
      'Whether the QR code for a phone also enrols a linked TOTP (`mfauth`). Apps of the 2.x generation cannot read such a QR code.',
    ),
  register_anew: z
    .boolean()
    .default(false)
    .describe(
      'Whether a user may enrol a new phone with the password alone, if messages no longer reach the old one and there is no other second factor. If not, the service desk has to help.',
    ),
  context: z
    .strictObject({
      browser: z.boolean().default(true).describe('Whether a message names the browser.'),
      place: z
        .boolean()
        .default(true)
        .describe('Whether a message names the network, see `networks`.'),
      time: z.boolean().default(true).describe('Whether a message says when the login began.'),
      address: z
        .boolean()
        .default(true)
        .describe('Whether a message has the IP address of the browser.'),
    })
    .prefault({})
    .describe('What a message to a phone says about the login.'),
  senders: z
    .strictObject({
      http: z
        .strictObject({
          allowed_origins: z
            .array(originPattern)
            .max(64)
            .prefault([])
            .describe(
              'Origins of phones and gateways to which Einlass may send. Empty: this sender is off.',
            ),
        })
        .prefault({})
        .describe('Delivery by an HTTP request to the address that the phone registered.'),
      sns: snsSchema
        .optional()
        .describe("Delivery by Amazon SNS, to the vendor's apps. Absent: off."),
      fcm: fcmSchema
        .optional()
        .describe('Delivery by Firebase, to an Android app of your own. Absent: off.'),
      apns: apnsSchema
        .optional()
        .describe('Delivery by Apple, to an iPhone app of your own. Absent: off.'),
      webpush: webPushSchema
        .optional()
        .describe('Delivery by Web Push, to authenticators in a browser. Absent: off.'),
    })
    .check(({ value, issues }) => {
      for (const [name, application] of twice) {
        if (value[name] === undefined || value.sns?.[application] === undefined) continue
        const message = `either ${name} or sns.${application}, one sender for each kind of phone`
        issues.push({ code: 'custom', path: [name], message, input: undefined })
      }
    })
    .prefault({})
    .describe('How requests reach phones.'),
})
