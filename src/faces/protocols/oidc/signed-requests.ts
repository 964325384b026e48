/**
 * The settings of an app that signs its requests (RFC 9101): authorization requests, pushed requests, and requests at a phone.
 * request-objects.ts checks such requests.
 */
import type { ClientMetadata } from 'oidc-provider'
import { z } from 'zod'
import type { SettingField } from '../protocol.ts'

export const requestAlgorithms = ['ES256', 'PS256', 'RS256', 'EdDSA'] as const

export const signedRequestsShape = {
  /** Requests without a signature are refused, at every endpoint. */
  signedRequests: z.literal(true).optional(),
  /** Absent: any of them. */
  requestAlgorithm: z.enum(requestAlgorithms).optional(),
} as const

export type SignedRequests = z.output<z.ZodObject<typeof signedRequestsShape>>

export const signedRequestsFields: { readonly [Name in keyof SignedRequests]-?: SettingField } = {
  signedRequests: {
    kind: 'switch',
    option: 'signed-requests',
    help: 'Refuse requests without a signature',
  },
  requestAlgorithm: {
    kind: 'text',
    option: 'request-algorithm',
    value: 'ALG',
    help: `The only algorithm with which it signs requests: ${requestAlgorithms.join(', ')}; else any of them`,
    allowed: requestAlgorithms.join(', '),
  },
}

export function describeSignedRequests(settings: SignedRequests): Partial<ClientMetadata> {
  const { signedRequests, requestAlgorithm } = settings
  return {
    ...(signedRequests && { require_signed_request_object: true }),
    ...(requestAlgorithm !== undefined && { request_object_signing_alg: requestAlgorithm }),
  }
}
