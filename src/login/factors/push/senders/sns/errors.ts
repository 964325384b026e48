/** The meaning of errors of the SNS client. They are distinguished by the code that SNS sends, not by their class. */
import { SNSServiceException } from '@aws-sdk/client-sns'
import {
  createErrorFailure,
  createStatusFailure,
  readRetryAfter,
  readWord,
} from '../../../approval/sending/replies.ts'
import type { SendResult } from '../../../approval/sending/sender.ts'

const is = (error: unknown, ...names: string[]): error is SNSServiceException =>
  error instanceof SNSServiceException && names.some((name) => getCode(error) === name)

/** The client appends `Exception` to some codes. */
function getCode({ name }: SNSServiceException): string {
  return name.replace(/Exception$/, '')
}

/** The phone's provider has reported the token as invalid to SNS, or an operator has disabled the endpoint. */
export const isDisabled = (error: unknown): boolean => is(error, 'EndpointDisabled')

/** The endpoint was deleted. */
export function isLost(error: unknown): boolean {
  return is(error, 'NotFound') || (isInvalid(error) && /TargetArn|EndpointArn/.test(error.message))
}

/** The platform refuses the token. */
export function isRefusedToken(error: unknown): boolean {
  return (
    isInvalid(error) && /\bToken\b/.test(error.message) && findExistingEndpoint(error) === undefined
  )
}

/** The ARN of the existing endpoint with the same token and other attributes. SNS states it in the message of the error. */
export function findExistingEndpoint(error: unknown): string | undefined {
  if (!isInvalid(error)) return undefined
  return /Endpoint (arn:\S+) already exists/.exec(error.message)?.[1]
}

function isInvalid(error: unknown): error is SNSServiceException {
  return is(error, 'InvalidParameter')
}

export function createFailure(error: unknown, now: number): SendResult {
  if (!(error instanceof SNSServiceException)) return createErrorFailure(error)
  const status = error.$metadata.httpStatusCode ?? 0
  const code = readWord(getCode(error))
  // SNS reports throttling with status 400.
  if (/^(Throttl|TooManyRequests|RequestLimit|SlowDown)/.test(code)) {
    const header = error.$response?.headers['retry-after']
    return createStatusFailure(429, code, { retryAfter: readRetryAfter(header, now) })
  }
  return createStatusFailure(status, code, {
    retryAfter: readRetryAfter(error.$response?.headers['retry-after'], now),
  })
}
