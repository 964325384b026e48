/**
 * The endpoint that SNS keeps for each phone. Owns how it is found, made and switched on. Endpoints are remembered in
 * memory alone: asking for one again gives the same one.
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

/** Phones whose endpoint is remembered. */
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
    /** The ARN of the phone's endpoint, which is made when there is none. */
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
     * Switches an endpoint on, with the token that the phone has now. `false`: that was done for this token already,
     * and the platform has called it dead again.
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

/** The oldest entry leaves when there are too many. */
function remember(memory: Map<string, string>, key: string, value: string): void {
  memory.delete(key)
  memory.set(key, value)
  const [oldest] = memory.keys()
  if (memory.size > memoryLimit && oldest !== undefined) memory.delete(oldest)
}
