/**
 * The Active Directory of a test: the one of the run, or one of its own where the test is run by itself. What a test adds is in an
 * organizational unit of its own, and user names are unique in the domain, so that tests do not see one another.
 */
import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
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
  /** Of the domain controller, for tools that change it beside LDAP. */
  readonly folder: string
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
  /** A password policy for this person alone (a PSO): attributes without their `msDS-`. */
  addPolicy(dn: string, values: Readonly<Record<string, string>>): Promise<void>
  /** Tries a password past Einlass, as another system would. Gives the text of a refusal, or nothing. */
  bind(dn: string, password: string): Promise<string>
  /** Waits until the directory itself says that the password has expired. */
  untilExpired(dn: string): Promise<void>
  /** From now on the person may log in at no hour of the week. */
  forbidAllHours(dn: string): Promise<void>
  /** As an administrator sets it. */
  setPassword(dn: string, password: string): Promise<void>
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
  const { host, ca, folder } = await findAddress(t)
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
    ...{ url, host, ca, folder, baseDn, asAdministrator },
    ...createStates(asAdministrator),
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
    async bind(dn, password) {
      const client = new Client({ url, timeout: 20_000, tlsOptions: { ca } })
      try {
        await client.bind(dn, password)
        return ''
      } catch (error) {
        return String(error)
      } finally {
        await client.unbind()
      }
    },
    async change(dn, values) {
      const changes = listAttributes(values).map(
        (modification) => new Change({ operation: 'replace', modification }),
      )
      await asAdministrator((client) => client.modify(dn, changes))
    },
  }
}

/** The value of an attribute, or nothing. */
export async function readValue(
  { asAdministrator }: Pick<TestActiveDirectory, 'asAdministrator'>,
  dn: string,
  attribute: string,
): Promise<string> {
  const [entry] = await asAdministrator(
    async (client) =>
      (await client.search(dn, { scope: 'base', attributes: [attribute] })).searchEntries,
  )
  return String(entry?.[attribute] ?? '')
}

type AsAdministrator = TestActiveDirectory['asAdministrator']

/** What brings a person into a state in which a password alone does not let them in. */
const createStates = (
  asAdministrator: AsAdministrator,
): Pick<TestActiveDirectory, 'addPolicy' | 'untilExpired' | 'forbidAllHours' | 'setPassword'> => ({
  async addPolicy(dn, values) {
    const policies = `CN=Password Settings Container,CN=System,${domain.baseDn}`
    const usual = {
      ...{ PasswordSettingsPrecedence: '1', PasswordReversibleEncryptionEnabled: 'FALSE' },
      ...{ PasswordHistoryLength: '0', PasswordComplexityEnabled: 'FALSE' },
      ...{ MinimumPasswordLength: '4', MinimumPasswordAge: '0', LockoutThreshold: '0' },
      ...{ MaximumPasswordAge: '-9223372036854775808', LockoutObservationWindow: '-18000000000' },
      LockoutDuration: '-18000000000',
    }
    const named = Object.entries({ ...usual, ...values, PSOAppliesTo: dn }).map(
      ([name, value]) => [`msDS-${name}`, value] as const,
    )
    const entry = { objectClass: 'msDS-PasswordSettings', ...Object.fromEntries(named) }
    const name = `CN=policy-${randomBytes(4).toString('hex')},${policies}`
    await asAdministrator((client) => client.add(name, listAttributes(entry)))
  },
  async untilExpired(dn) {
    const attribute = 'msDS-User-Account-Control-Computed'
    for (;;) {
      const [entry] = await asAdministrator(
        async (client) =>
          (await client.search(dn, { scope: 'base', attributes: [attribute] })).searchEntries,
      )
      if ((Number(entry?.[attribute]) & 0x80_0000) !== 0) return
      await sleep(50)
    }
  },
  async setPassword(dn, password) {
    const modification = new Attribute({ type: 'unicodePwd', values: [encodePassword(password)] })
    await asAdministrator((client) =>
      client.modify(dn, new Change({ operation: 'replace', modification })),
    )
  },
  async forbidAllHours(dn) {
    const modification = new Attribute({ type: 'logonHours', values: [Buffer.alloc(21)] })
    await asAdministrator((client) =>
      client.modify(dn, new Change({ operation: 'replace', modification })),
    )
  },
})

const listAttributes = (values: EntryValues): Attribute[] =>
  Object.entries(values).map(([type, value]) => new Attribute({ type, values: [value].flat() }))
