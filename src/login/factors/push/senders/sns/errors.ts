/** What errors of the SNS client mean. They are told apart by the code that SNS sends, not by class. */
import { SNSServiceException } from '@aws-sdk/client-sns'
import { failedError, failedStatus, retryAfterOf, wordOf } from '../replies.ts'
import type { SendResult } from '../sender.ts'

const is = (error: unknown, ...names: string[]): error is SNSServiceException =>
  error instanceof SNSServiceException && names.some((name) => codeOf(error) === name)

/** The client writes some codes with `Exception` at the end. */
function codeOf({ name }: SNSServiceException): string {
  return name.replace(/Exception$/, '')
}

/** The provider of the phone has told SNS that the token is dead, or somebody switched the endpoint off. */
export const isDisabled = (error: unknown): boolean => is(error, 'EndpointDisabled')

/** There is no such endpoint any more. */
export function isLost(error: unknown): boolean {
  return is(error, 'NotFound') || (isInvalid(error) && /TargetArn|EndpointArn/.test(error.message))
}

/** The platform does not take the token. */
export function isRefusedToken(error: unknown): boolean {
  return (
    isInvalid(error) && /\bToken\b/.test(error.message) && existingEndpoint(error) === undefined
  )
}

/** The ARN of the endpoint that has the token already, with other attributes. It stands in the text of the error. */
export function existingEndpoint(error: unknown): string | undefined {
  if (!isInvalid(error)) return undefined
  return /Endpoint (arn:\S+) already exists/.exec(error.message)?.[1]
}

function isInvalid(error: unknown): error is SNSServiceException {
  return is(error, 'InvalidParameter')
}

export function failureOf(error: unknown, now: number): SendResult {
  if (!(error instanceof SNSServiceException)) return failedError(error)
  const status = error.$metadata.httpStatusCode ?? 0
  const code = wordOf(codeOf(error))
  // Throttling comes as 400.
  if (/^(Throttl|TooManyRequests|RequestLimit|SlowDown)/.test(code)) {
    const header = error.$response?.headers['retry-after']
    return failedStatus(429, code, { retryAfter: retryAfterOf(header, now) })
  }
  return failedStatus(status, code, {
    retryAfter: retryAfterOf(error.$response?.headers['retry-after'], now),
  })
}
