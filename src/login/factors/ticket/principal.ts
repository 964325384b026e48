/** Whose a ticket is, by the name in it. */

export interface PrincipalName {
  readonly account: string
  readonly realm: string
}

/**
 * `undefined`: it is not the name of a person. Services and hosts have names of several parts, and so have second accounts such
 * as `erika/admin`; accounts of computers end with a dollar. No name of a person in a directory has characters that must be
 * escaped, so nothing is unescaped either.
 */
export function parsePrincipal(principal: string): PrincipalName | undefined {
  const [, account, realm] =
    /^([^\s/\\@$"[\]:;|=,+*?<>]{1,256})@([A-Za-z0-9._-]{1,255})$/.exec(principal) ?? []
  return account === undefined || realm === undefined ? undefined : { account, realm }
}
