/** Tells a database that cannot answer now from a fault of ours. */
import { Fault } from '../../platform/kernel/fault.ts'

/** Whether something failed only because the database cannot answer now. */
export function isUnavailable(error: unknown): boolean {
  if (error instanceof Fault) return error.code === 'unavailable'
  return error instanceof Error && error.cause !== undefined && isUnavailable(error.cause)
}
