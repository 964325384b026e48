/**
 * Faults: errors that a person or a client learns of. One type, literal codes, a public part (status and code)
 * and a private part (`details`, `cause`) that only the log sees.
 */

/** Every code that a person or a client may see, with its HTTP status. */
export const faultStatus = {
  bad_request: 400,
  bad_form_token: 403,
  foreign_origin: 403,
  not_allowed: 403,
  not_found: 404,
  method_not_allowed: 405,
  conflict: 409,
  expired: 410,
  too_large: 413,
  unsupported_media_type: 415,
  too_many_requests: 429,
  internal: 500,
  unavailable: 503,
  /** Too many want the same at this moment. Nothing is broken, and the same request can succeed a little later. */
  busy: 503,
  /** The database is of another program than this one. */
  wrong_schema: 503,
} as const

export type FaultCode = keyof typeof faultStatus

export interface FaultOptions {
  /** For the log only: what exactly was wrong. Never holds a secret. */
  readonly details?: Readonly<Record<string, unknown>>
  readonly cause?: unknown
  /** Seconds after which trying again makes sense (`Retry-After`). */
  readonly retryAfter?: number
  /** Of `unavailable`: trying again does not help until an administrator has acted. */
  readonly isLasting?: boolean
}

/**
 * An error with a public message. Throw it for what the client has to know; any other error becomes `internal`.
 *
 *     throw new Fault('not_found', 'There is no app wiki.', { details: { id } })
 */
export class Fault extends Error {
  readonly code: FaultCode
  readonly status: number
  readonly details: Readonly<Record<string, unknown>>
  readonly retryAfter: number | undefined
  readonly isLasting: boolean

  constructor(code: FaultCode, message: string, options: FaultOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'Fault'
    this.code = code
    this.status = faultStatus[code]
    this.details = options.details ?? {}
    this.retryAfter = options.retryAfter
    this.isLasting = options.isLasting ?? false
  }
}

/** Whether something failed only because what it needs, such as the database, cannot answer now. */
export function isUnavailable(error: unknown): boolean {
  if (error instanceof Fault) return error.code === 'unavailable'
  return error instanceof Error && error.cause !== undefined && isUnavailable(error.cause)
}
