/** Which attributes of a person an app gets besides the name, by the settings of the app. */
import type { AssertedAttribute } from '#saml'
import type { User } from '../../../identity/users/user.ts'
import type { ProtocolHost } from '../protocol.ts'
import type { Release } from '../release.ts'

/** Short names of attributes that most apps know by an LDAP object identifier. */
const identifiers: Readonly<Record<string, string>> = {
  uid: 'urn:oid:0.9.2342.19200300.100.1.1',
  mail: 'urn:oid:0.9.2342.19200300.100.1.3',
  cn: 'urn:oid:2.5.4.3',
  sn: 'urn:oid:2.5.4.4',
  givenName: 'urn:oid:2.5.4.42',
  displayName: 'urn:oid:2.16.840.1.113730.3.1.241',
  telephoneNumber: 'urn:oid:2.5.4.20',
  eduPersonPrincipalName: 'urn:oid:1.3.6.1.4.1.5923.1.1.1.6',
  isMemberOf: 'urn:oid:1.3.6.1.4.1.5923.1.5.1.1',
}

export function findFriendlyName(name: string): string | undefined {
  return Object.entries(identifiers).find(([, identifier]) => identifier === name)?.[0]
}

/** The attributes of an app whose settings name none. */
export const defaultRelease: Release = {
  [`${identifiers.uid}`]: 'username',
  [`${identifiers.displayName}`]: 'displayName',
  [`${identifiers.mail}`]: 'email',
}

export async function listAttributes(
  { releaseValues, base }: Pick<ProtocolHost, 'releaseValues' | 'base'>,
  user: User,
  release: Release = defaultRelease,
): Promise<AssertedAttribute[]> {
  const values = await releaseValues(base.db, user, release)
  return [...values].map(([name, found]) => {
    const friendlyName = findFriendlyName(name)
    return { name, values: found, ...(friendlyName !== undefined && { friendlyName }) }
  })
}
