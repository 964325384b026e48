/** Errors as SCIM clients read them (RFC 7644, 3.12). */
import { Fault, type FaultCode } from '../../platform/kernel/fault.ts'

export type ScimType =
  | 'invalidFilter'
  | 'tooMany'
  | 'uniqueness'
  | 'mutability'
  | 'invalidSyntax'
  | 'invalidPath'
  | 'noTarget'
  | 'invalidValue'

/** The error that a client gets; nothing was changed. */
export class ScimError extends Error {
  readonly status: number
  readonly scimType: ScimType | undefined

  constructor(status: number, detail: string, scimType?: ScimType) {
    super(detail)
    this.name = 'ScimError'
    this.status = status
    this.scimType = scimType
  }
}

export function refuse(scimType: ScimType, detail: string): ScimError {
  return new ScimError(400, detail, scimType)
}

const scimTypes: { readonly [Code in FaultCode]?: ScimType } = {
  bad_request: 'invalidValue',
  conflict: 'uniqueness',
}

/** `undefined`: the client did not cause the error and gets no details. */
export function readError(error: unknown): ScimError | undefined {
  if (error instanceof ScimError) return error
  if (!(error instanceof Fault) || error.code === 'internal') return undefined
  return new ScimError(error.status, error.message, scimTypes[error.code])
}

export const errorSchema = 'urn:ietf:params:scim:api:messages:2.0:Error'

export function describeError({ status, scimType, message }: ScimError) {
  return {
    schemas: [errorSchema],
    status: `${status}`,
    ...(scimType && { scimType }),
    detail: message,
  }
}
