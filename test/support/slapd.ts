/**
 * An OpenLDAP server of its own for one test: a folder, ports and a tree of its own, with mdb, ppolicy and memberof, over
 * LDAPS and StartTLS with a certificate of the tests' authority. It can be ended and started again, to play a server that is down.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Attribute, Change, Client, Control } from 'ldapts'
import { findPort } from '../../scripts/testing/ports.ts'
import type { Scope } from '../../src/dev/test-support/on-each-engine.ts'
import { createAuthority } from './certificate.ts'
import { untilLdapAnswers } from './directory-client.ts'

export type EntryValues = Readonly<Record<string, string | readonly string[]>>

export interface TestSlapd {
  /** LDAPS. */
  readonly url: string
  /** Without TLS; StartTLS is possible, and demanded for everything else. */
  readonly plainUrl: string
  /** The authority, in PEM: what a client has to believe. */
  readonly ca: string
  /** Whose entries are the tree. */
  readonly baseDn: string
  /** May read and write everything; ppolicy does not hold for it. */
  readonly root: { readonly dn: string; readonly password: string }
  /** Reads what a login needs and writes passwords, as an administrator would set up the bind account. */
  readonly bindAccount: { readonly dn: string; readonly password: string }
  add(dn: string, values: EntryValues): Promise<void>
  /** Adds a person below `ou=people`, with a password. Gives the DN. */
  addPerson(uid: string, password: string, values?: EntryValues): Promise<string>
  /** The password of this entry was set long ago. */
  expirePassword(dn: string): Promise<void>
  /** Replaces values of an entry; no value takes the attribute away. */
  change(dn: string, values: EntryValues): Promise<void>
  /** Runs with a connection that is bound as the root. */
  asRoot<Result>(work: (client: Client) => Promise<Result>): Promise<Result>
  stop(): Promise<void>
  start(): Promise<void>
}

const baseDn = 'dc=example,dc=org'
const root = { dn: `cn=root,${baseDn}`, password: 'root-password' }
const bindAccount = { dn: `cn=einlass,ou=services,${baseDn}`, password: 'bind-account-password' }

export interface SlapdOptions {
  /** Further lines after the overlays, for example a size limit. */
  readonly config?: string
}

async function findUrls() {
  const [securePort, plainPort] = [await findPort(), await findPort()]
  return { url: `ldaps://127.0.0.1:${securePort}`, plainUrl: `ldap://127.0.0.1:${plainPort}` }
}

export async function startSlapd(t: Scope, options: SlapdOptions = {}): Promise<TestSlapd> {
  const folder = await mkdtemp(join(tmpdir(), 'einlass-slapd-'))
  const authority = createAuthority()
  const { key, cert } = authority.issue(['localhost', '127.0.0.1'])
  await mkdir(join(folder, 'data'))
  await writeFile(join(folder, 'tls.key'), key, { mode: 0o600 })
  await writeFile(join(folder, 'tls.crt'), cert)
  await writeFile(join(folder, 'ca.crt'), authority.cert)
  await writeFile(join(folder, 'slapd.conf'), describeServer(folder, options))
  let { url, plainUrl } = await findUrls()
  let child: ChildProcess | undefined

  async function start(): Promise<void> {
    const args = ['-f', join(folder, 'slapd.conf'), '-h', `${url} ${plainUrl}`, '-d', '0']
    child = spawn('slapd', args, { stdio: 'ignore' })
    await untilLdapAnswers(url, authority.cert, child)
  }

  async function stop(): Promise<void> {
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
    const ended = once(child, 'exit')
    child.kill('SIGKILL')
    await ended
  }

  /** A port that was free may be in use by now, also by a connection to somewhere else. */
  async function startFirst(): Promise<void> {
    for (let tries = 1; tries < 5; tries += 1) {
      try {
        return await start()
      } catch {
        await stop()
        const urls = await findUrls()
        url = urls.url
        plainUrl = urls.plainUrl
      }
    }
    await start()
  }

  t.after(async () => {
    await stop()
    await rm(folder, { recursive: true, force: true, maxRetries: 5 })
  })
  await startFirst()

  async function asRoot<Result>(work: (client: Client) => Promise<Result>): Promise<Result> {
    const client = new Client({ url, timeout: 20_000, tlsOptions: { ca: authority.cert } })
    await client.bind(root.dn, root.password)
    try {
      return await work(client)
    } finally {
      await client.unbind()
    }
  }

  const add = (dn: string, values: EntryValues) => asRoot((client) => client.add(dn, copy(values)))
  await asRoot(async (client) => {
    for (const [dn, values] of tree) await client.add(dn, copy(values))
  })

  return {
    ...{ url, plainUrl, baseDn, root, bindAccount, start, stop, add, asRoot },
    ca: authority.cert,
    async change(dn, values) {
      const changes = Object.entries(copy(values)).map(([type, value]) => {
        const modification = new Attribute({ type, values: [value].flat() })
        return new Change({ operation: 'replace', modification })
      })
      await asRoot((client) => client.modify(dn, changes))
    },
    async expirePassword(dn) {
      // Only a client that relaxes the rules may write this attribute (draft-zeilenga-ldap-relax).
      const relax = new Control('1.3.6.1.4.1.4203.666.5.12', { critical: true })
      const modification = new Attribute({ type: 'pwdChangedTime', values: ['20200101000000Z'] })
      await asRoot((client) =>
        client.modify(dn, new Change({ operation: 'replace', modification }), relax),
      )
    },
    async addPerson(uid, password, values = {}) {
      const dn = `uid=${uid},ou=people,${baseDn}`
      const names = { uid, cn: uid, sn: uid, mail: `${uid}@example.org` }
      await add(dn, {
        objectClass: ['inetOrgPerson'],
        ...names,
        ...values,
        userPassword: password,
      })
      return dn
    },
  }
}

const copy = (values: EntryValues): Record<string, string | string[]> =>
  Object.fromEntries(
    Object.entries(values).map(([name, value]) => [
      name,
      typeof value === 'string' ? value : [...value],
    ]),
  )

const tree: readonly (readonly [string, EntryValues])[] = [
  [baseDn, { objectClass: ['dcObject', 'organization'], dc: 'example', o: 'Example' }],
  ...['people', 'groups', 'services', 'policies'].map(
    (ou) => [`ou=${ou},${baseDn}`, { objectClass: 'organizationalUnit', ou }] as const,
  ),
  [
    bindAccount.dn,
    {
      objectClass: ['organizationalRole', 'simpleSecurityObject'],
      cn: 'einlass',
      userPassword: bindAccount.password,
    },
  ],
  [
    `cn=default,ou=policies,${baseDn}`,
    {
      objectClass: ['device', 'pwdPolicy'],
      cn: 'default',
      pwdAttribute: 'userPassword',
      pwdCheckQuality: '1',
      pwdMinLength: '8',
      pwdInHistory: '3',
      pwdMustChange: 'TRUE',
      pwdLockout: 'TRUE',
      pwdMaxFailure: '5',
      pwdFailureCountInterval: '600',
      pwdLockoutDuration: '600',
    },
  ],
]

const describeServer = (folder: string, { config = '' }: SlapdOptions): string => `
include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/inetorgperson.schema
modulepath /usr/lib/ldap
moduleload back_mdb
moduleload ppolicy
moduleload memberof
pidfile ${folder}/slapd.pid
argsfile ${folder}/slapd.args
TLSCertificateFile ${folder}/tls.crt
TLSCertificateKeyFile ${folder}/tls.key
TLSCACertificateFile ${folder}/ca.crt
security simple_bind=128
database mdb
suffix "${baseDn}"
rootdn "${root.dn}"
rootpw ${root.password}
directory ${folder}/data
dbnosync
maxsize 16777216
access to attrs=userPassword,pwdReset,pwdAccountLockedTime
  by dn.exact="${bindAccount.dn}" write
  by self =xw
  by anonymous auth
  by * none
access to *
  by dn.exact="${bindAccount.dn}" read
  by self read
  by * none
overlay memberof
overlay ppolicy
ppolicy_default "cn=default,ou=policies,${baseDn}"
ppolicy_use_lockout
ppolicy_hash_cleartext
${config}
`
