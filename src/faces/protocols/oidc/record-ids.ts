/** Ids of records: bearer secrets, of which only a hash is stored. Owns which ids name their login. */
import { sha256 } from '../../../platform/kernel/crypto.ts'
import { readOrder } from '../../../platform/kernel/ids.ts'

/** The stored form of an id: the time in it, if it has one, and its SHA-256. */
export function hashRecordId(id: string): string {
  return `${readOrder(id)}${sha256(id)}`
}

const separator = '~'

/** The id of a grant begins with its login, because a grant has no field for the login. */
export function createGrantId(loginSession: string, secret: string): string {
  return `${loginSession}${separator}${secret}`
}

/** The login of a grant with this id. */
export const readGrantLogin = (grantId: string) => grantId.split(separator)[0]

/** Whether the `uid` of an OIDC session names an Einlass session; before the login it is random. */
export function isLoginSession(uid: string | undefined): uid is string {
  return uid?.startsWith('ses_') ?? false
}
