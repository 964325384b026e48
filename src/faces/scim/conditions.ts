/** The versions for which a request is meant (RFC 7644, 3.14; RFC 9110, 13.1). */
import { ScimError } from './errors.ts'

/** Absent: any version. */
export interface Conditions {
  readonly ifMatch?: string | undefined
  readonly ifNoneMatch?: string | undefined
}

/** Whether the header names the version. */
export function namesVersion(header: string, version: string): boolean {
  if (header.trim() === '*') return true
  const plain = (text: string) => text.trim().replace(/^W\//, '')
  return header.split(',').some((one) => plain(one) === plain(version))
}

export const isConditional = ({ ifMatch, ifNoneMatch }: Conditions): boolean =>
  ifMatch !== undefined || ifNoneMatch !== undefined

/** Throws ScimError 412. */
export function checkVersion({ ifMatch, ifNoneMatch }: Conditions, version: string): void {
  const isOther = ifMatch !== undefined && !namesVersion(ifMatch, version)
  const isUnwanted = ifNoneMatch !== undefined && namesVersion(ifNoneMatch, version)
  if (isOther || isUnwanted) {
    throw new ScimError(412, 'The resource is in another version by now. Nothing was changed.')
  }
}
