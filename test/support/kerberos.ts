/**
 * The Kerberos of a test: accounts of services with their keytabs, tickets of people, and what a client sends with them, all from
 * the domain controller of the run and by the programs of MIT Kerberos.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { domain } from '../../scripts/testing/active-directory.ts'
import { execute } from '../../scripts/testing/steps.ts'
import type { Scope } from '../../src/dev/test-support/on-each-engine.ts'
import type { TestActiveDirectory } from './active-directory.ts'

export interface TestKerberos {
  /** A folder that goes with the test. */
  readonly folder: string
  /** For `KRB5_CONFIG`. */
  readonly configFile: string
  /** Adds an account for this service, for example `HTTP/login.example.org`. Gives its keytab. */
  addService(principal: string): Promise<TestService>
  /** Logs in to the domain. Gives the environment of a program with the tickets. */
  logIn(name: string, password: string): Promise<NodeJS.ProcessEnv>
}

export interface TestService {
  readonly keytab: string
  readonly account: string
  /** Writes the keys of now to another file. */
  exportKeytab(file: string): Promise<void>
}

const configuration = (host: string) => `
[libdefaults]
  default_realm = ${domain.realm}
  dns_lookup_kdc = false
  dns_lookup_realm = false
  dns_canonicalize_hostname = false
  rdns = false
  udp_preference_limit = 1
[realms]
  ${domain.realm} = {
    kdc = ${host}
  }
[domain_realm]
  localhost = ${domain.realm}
  127.0.0.1 = ${domain.realm}
`

export async function useKerberos(t: Scope, corp: TestActiveDirectory): Promise<TestKerberos> {
  const folder = await mkdtemp(join(tmpdir(), 'einlass-kerberos-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  const configFile = join(folder, 'krb5.conf')
  await writeFile(configFile, configuration(corp.host))
  let count = 0
  return {
    folder,
    configFile,
    async addService(principal) {
      count += 1
      const account = await findOrAdd(corp, principal)
      const exportKeytab = async (file: string) => {
        await rm(file, { force: true })
        const { code, output } = await execute(
          'samba-tool',
          [
            ...['domain', 'exportkeytab', file, `--principal=${principal}`],
            ...['-s', join(corp.folder, 'smb.conf'), '-H', join(corp.folder, 'private/sam.ldb')],
          ],
          { folder, timeout: 60_000 },
        )
        if (code !== 0) throw new Error(`samba-tool exportkeytab: ${output}`)
      }
      const keytab = join(folder, `${account}-${count}.keytab`)
      await exportKeytab(keytab)
      return { keytab, account, exportKeytab }
    },
    async logIn(name, password) {
      count += 1
      const env = {
        ...process.env,
        KRB5_CONFIG: configFile,
        KRB5CCNAME: `FILE:${join(folder, `tickets-${count}`)}`,
      }
      await run('kinit', [`${name}@${domain.realm}`], { env, input: `${password}\n` })
      return env
    },
  }
}

/** A domain has each service once, and tests share it. */
async function findOrAdd(corp: TestActiveDirectory, principal: string): Promise<string> {
  const filter = `(servicePrincipalName=${principal})`
  const find = async () => {
    const [entry] = await corp.asAdministrator(
      async (client) =>
        (await client.search(corp.domainDn, { filter, attributes: ['sAMAccountName'] }))
          .searchEntries,
    )
    return entry && `${entry.sAMAccountName}`
  }
  const known = await find()
  if (known !== undefined) return known
  const account = corp.name('service')
  try {
    await corp.addPerson(account, 'Ein Dienst ohne Person 9', {
      servicePrincipalName: principal,
      // AES alone.
      'msDS-SupportedEncryptionTypes': '24',
    })
    return account
  } catch (error) {
    // Another test was faster.
    const added = await find()
    if (added === undefined) throw error
    return added
  }
}

/** Throws with what the program says when it fails. */
export async function run(
  program: string,
  args: readonly string[],
  { env, input = '' }: { readonly env: NodeJS.ProcessEnv; readonly input?: string },
): Promise<string> {
  const child = spawn(program, args, { env, timeout: 60_000 })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      output += chunk
    })
  }
  child.stdin.end(input)
  const [code] = await once(child, 'close')
  if (code !== 0) throw new Error(`${program}: ${output}`)
  return output
}
