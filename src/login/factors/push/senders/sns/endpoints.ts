/**
 * The endpoint that SNS has for each phone. Owns how it is found, created and enabled. Endpoints are cached in memory only: SNS
 * returns the same one when it is created again.
 */
import {
  CreatePlatformEndpointCommand,
  SetEndpointAttributesCommand,
  type SNSClient,
} from '@aws-sdk/client-sns'
import { findExistingEndpoint } from './errors.ts'

export interface Phone {
  /** ARN of the platform application. */
  readonly application: string
  readonly token: string
  readonly signal: AbortSignal
}

/** How many endpoints are cached. */
const memoryLimit = 10_000

export function createEndpoints(client: SNSClient) {
  const known = new Map<string, string>()
  const enabled = new Map<string, string>()

  async function make({ application, token, signal }: Phone): Promise<string> {
    try {
      const made = await client.send(
        new CreatePlatformEndpointCommand({ PlatformApplicationArn: application, Token: token }),
        { abortSignal: signal },
      )
      if (made.EndpointArn === undefined) throw new Error('SNS made an endpoint without an ARN')
      return made.EndpointArn
    } catch (error) {
      const arn = findExistingEndpoint(error)
      if (arn === undefined) throw error
      await setAttributes(arn, { token, signal })
      return arn
    }
  }

  async function setAttributes(
    arn: string,
    { token, signal }: Pick<Phone, 'token' | 'signal'>,
  ): Promise<void> {
    await client.send(
      new SetEndpointAttributesCommand({
        EndpointArn: arn,
        Attributes: { Enabled: 'true', Token: token },
      }),
      { abortSignal: signal },
    )
  }

  return {
    /** The ARN of the phone's endpoint. Creates the endpoint when SNS has no such one. */
    async get(phone: Phone): Promise<string> {
      const key = getKey(phone)
      const arn = known.get(key) ?? (await make(phone))
      remember(known, key, arn)
      return arn
    },

    forget(phone: Phone): void {
      known.delete(getKey(phone))
    },

    /**
     * Enables an endpoint with the phone's current token. `false`: this was done for the same token before, and the
     * platform has disabled the endpoint again.
     */
    async enable(arn: string, phone: Phone): Promise<boolean> {
      if (enabled.get(arn) === phone.token) return false
      await setAttributes(arn, phone)
      remember(enabled, arn, phone.token)
      return true
    },
  }
}

export type Endpoints = ReturnType<typeof createEndpoints>

const getKey = ({ application, token }: Phone): string => `${application}\n${token}`

/** Adds an entry, and removes the oldest one when there are too many. */
function remember(memory: Map<string, string>, key: string, value: string): void {
  memory.delete(key)
  memory.set(key, value)
  const [oldest] = memory.keys()
  if (memory.size > memoryLimit && oldest !== undefined) memory.delete(oldest)
}
