/**
 * The Active Directory of a test: the one of the run, or one of its own where the test is run by itself. What a test adds is in an
 * organizational unit of its own, and user names are unique in the domain, so that tests do not see one another.
 */
import { randomBytes } from 'node:crypto'
import { Attribute, Change, Client } from 'ldapts'
import {
  type ActiveDirectoryAddress,
  domain,
  startActiveDirectory,
} from '../../scripts/testing/active-directory.ts'
import type { Scope } from '../../src/dev/test-support/on-each-engine.ts'
import type { EntryValues } from './slapd.ts'

export interface TestActiveDirectory {
  /** LDAPS. */
  readonly url: string
  readonly plainUrl: string
  readonly host: string
  /** In PEM. */
  readonly ca: string
  readonly netbios: string
  /** What comes after the `@` of a user principal name. */
  readonly suffix: string
  readonly domainDn: string
  /** The organizational unit of this test. */
  readonly baseDn: string
  /** May do everything. */
  readonly administrator: { readonly name: string; readonly password: string }
  /** Adds a person who may log in. Names of people are unique in the domain: see `name`. */
  addPerson(sam: string, password: string, values?: EntryValues): Promise<string>
  /** Adds a global security group with these members, given as DNs. Gives its DN. */
  addGroup(name: string, members?: readonly string[]): Promise<string>
  /** A name that no other test has. */
  name(stem: string): string
  asAdministrator<Result>(work: (client: Client) => Promise<Result>): Promise<Result>
  /** Replaces values of an entry; no value takes the attribute away. */
  change(dn: string, values: EntryValues): Promise<void>
}

/** What the attribute `unicodePwd` takes. */
export const encodePassword = (password: string): Buffer => Buffer.from(`"${password}"`, 'utf16le')

async function findAddress(t: Scope): Promise<ActiveDirectoryAddress> {
  const about = process.env.EINLASS_TEST_ACTIVE_DIRECTORY
  if (about !== undefined) return JSON.parse(about)
  const own = await startActiveDirectory()
  t.after(() => own.close())
  return own.about
}

export async function useActiveDirectory(t: Scope): Promise<TestActiveDirectory> {
  const { host, ca } = await findAddress(t)
  const url = `ldaps://${host}`
  const mark = randomBytes(3).toString('hex')
  const baseDn = `OU=test-${mark},${domain.baseDn}`

  async function asAdministrator<Result>(work: (client: Client) => Promise<Result>) {
    const client = new Client({ url, timeout: 20_000, tlsOptions: { ca } })
    await client.bind(domain.administrator.name, domain.administrator.password)
    try {
      return await work(client)
    } finally {
      await client.unbind()
    }
  }

  await asAdministrator((client) => client.add(baseDn, { objectClass: ['organizationalUnit'] }))

  return {
    ...{ url, host, ca, baseDn, asAdministrator },
    plainUrl: `ldap://${host}`,
    netbios: domain.netbios,
    suffix: domain.realm.toLowerCase(),
    domainDn: domain.baseDn,
    administrator: domain.administrator,
    name: (stem) => `${stem}-${mark}`,
    async addPerson(sam, password, values = {}) {
      const dn = `CN=${sam},${baseDn}`
      await asAdministrator((client) =>
        client.add(dn, [
          ...listAttributes({
            objectClass: 'user',
            sAMAccountName: sam,
            userPrincipalName: `${sam}@${domain.realm.toLowerCase()}`,
            displayName: sam,
            mail: `${sam}@mail.example`,
            userAccountControl: '512',
            ...values,
          }),
          new Attribute({ type: 'unicodePwd', values: [encodePassword(password)] }),
        ]),
      )
      return dn
    },
    async addGroup(name, members = []) {
      const dn = `CN=${name},${baseDn}`
      await asAdministrator((client) =>
        client.add(dn, {
          objectClass: ['group'],
          sAMAccountName: name,
          ...(members.length > 0 && { member: [...members] }),
        }),
      )
      return dn
    },
    async change(dn, values) {
      const changes = listAttributes(values).map(
        (modification) => new Change({ operation: 'replace', modification }),
      )
      await asAdministrator((client) => client.modify(dn, changes))
    },
  }
}

const listAttributes = (values: EntryValues): Attribute[] =>
  Object.entries(values).map(([type, value]) => new Attribute({ type, values: [value].flat() }))
