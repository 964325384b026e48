/**
 * The sender `sns`: Amazon SNS. The vendor's own apps can be reached only by it, with the credentials that the vendor issues.
 * Owns the meaning of the replies; endpoints.ts owns the endpoint of each phone.
 */
import { PublishCommand, SNSClient } from '@aws-sdk/client-sns'
import { snsMessage } from '#forgerock-push'
import type { Clock } from '../../../../../platform/kernel/clock.ts'
import { refuse } from '../../../approval/sending/replies.ts'
import type { SendResult } from '../../../approval/sending/sender.ts'
import { isHttpAddress } from '../http.ts'
import type { AccessKey } from '../keys.ts'
import type { PushMessage, PushSender, PushTarget } from '../sender.ts'
import { createEndpoints, type Endpoints, type Phone } from './endpoints.ts'
import { createFailure, isDisabled, isLost, isRefusedToken } from './errors.ts'

export interface SnsSenderOptions {
  readonly region: string
  /** ARN of the platform application for Android phones. */
  readonly googleApplication?: string | undefined
  /** ARN of the platform application for iPhones, of `APNS` or `APNS_SANDBOX`. */
  readonly appleApplication?: string | undefined
  /** `legacy` is what AM sends. */
  readonly format: 'legacy' | 'v1'
  /** Absent: the default credentials of the AWS SDK (environment, shared files, role of the machine). */
  readonly credentials?: AccessKey | undefined
  readonly clock: Clock
  /** Absent: Amazon's for the region. */
  readonly origin?: string | undefined
}

export function createSnsSender(options: SnsSenderOptions): PushSender {
  const { region, origin, credentials, clock } = options
  const client = new SNSClient({
    region,
    // resilient.ts does the retries.
    maxAttempts: 1,
    ...(origin !== undefined && { endpoint: origin }),
    ...(credentials !== undefined && { credentials }),
  })
  const endpoints = createEndpoints(client)
  return {
    name: 'sns',
    accepts: (target) => findApplication(options, target) !== undefined,
    async send(target, message, signal) {
      const application = findApplication(options, target)
      if (application === undefined) return refuse('no platform application')
      const { token } = target
      try {
        const publish = (arn: string) =>
          client.send(
            new PublishCommand({
              TargetArn: arn,
              MessageStructure: 'json',
              Message: snsMessage(message, options.format),
              MessageAttributes: createLifetime(application, message),
            }),
            { abortSignal: signal },
          )
        return await publishTo(endpoints, { application, token, signal }, publish)
      } catch (error) {
        if (isRefusedToken(error)) return { type: 'gone', reason: 'invalid token' }
        return createFailure(error, clock.now())
      }
    },
    async close() {
      client.destroy()
    },
  }
}

/** Chooses the platform application like AM does: `apns` is Apple, `gcm` is Android. */
function findApplication(options: SnsSenderOptions, target: PushTarget): string | undefined {
  const { communicationType, token } = target
  if (isHttpAddress(token)) return undefined
  if (communicationType === 'apns') return options.appleApplication
  return communicationType === 'gcm' ? options.googleApplication : undefined
}

/** Publishes. Creates a deleted endpoint again and enables a disabled one, each at most once. */
async function publishTo(
  endpoints: Endpoints,
  phone: Phone,
  publish: (arn: string) => Promise<unknown>,
): Promise<SendResult> {
  let arn = await endpoints.get(phone)
  for (let repaired = false; ; repaired = true) {
    try {
      await publish(arn)
      return { type: 'sent' }
    } catch (error) {
      if (isDisabled(error)) {
        const isEnabled = !repaired && (await endpoints.enable(arn, phone))
        if (!isEnabled) return { type: 'gone', reason: 'EndpointDisabled' }
        continue
      }
      if (!isLost(error) || repaired) throw error
      endpoints.forget(phone)
      arn = await endpoints.get(phone)
    }
  }
}

/** The attribute for the time to live. Its name contains the platform of the application. */
function createLifetime(application: string, { ttlSeconds }: PushMessage) {
  const platform = /:app\/(APNS_SANDBOX|APNS)\//.exec(application)?.[1] ?? 'FCM'
  return {
    [`AWS.SNS.MOBILE.${platform}.TTL`]: { DataType: 'String', StringValue: `${ttlSeconds}` },
  }
}
