// A private Active Directory for one test run: a Samba domain controller in a temporary folder, on a loopback address of
// its own, as the ports of LDAP and Kerberos are fixed. It is made once, which takes seconds, and all tests of the run share
// it. It touches no installed domain and no service.

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { rmSync } from 'node:fs'
import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { createAuthority } from '../../test/support/certificate.ts'
import { untilLdapAnswers } from '../../test/support/directory-client.ts'
import { execute } from './steps.ts'

export type ActiveDirectory = {
  /** The data that tests need about it, as JSON for the environment. */
  about: ActiveDirectoryAddress
  close: () => Promise<void>
}

export type ActiveDirectoryAddress = {
  /** Where LDAP, LDAPS and Kerberos answer. */
  host: string
  /** The CA of its certificate, in PEM. */
  ca: string
  /** Its folder, for tools that change it without LDAP. */
  folder: string
}

export const domain = {
  realm: 'CORP.EXAMPLE',
  netbios: 'CORP',
  baseDn: 'DC=corp,DC=example',
  administrator: { name: 'Administrator@CORP.EXAMPLE', password: 'Admin-Passw0rd!' },
} as const

/** A loopback address that no other run on this machine is likely to have. */
const pickHost = (): string => {
  const { pid } = process
  return `127.77.${(pid >> 8) & 255}.${1 + (pid % 254)}`
}

const settings = (folder: string, host: string) => `
[global]
  realm = ${domain.realm}
  workgroup = ${domain.netbios}
  netbios name = DC1
  server role = active directory domain controller
  server services = ldap, kdc
  dcerpc endpoint servers = none
  interfaces = ${host}/8
  bind interfaces only = yes
  private dir = ${folder}/private
  state directory = ${folder}/state
  cache directory = ${folder}/cache
  lock directory = ${folder}
  binddns dir = ${folder}/bind-dns
  ncalrpc dir = ${folder}/ncalrpc
  pid directory = ${folder}
  logging = file
  log file = ${folder}/samba.log
  tls enabled = yes
  tls keyfile = ${folder}/tls.key
  tls certfile = ${folder}/tls.crt
  tls cafile = ${folder}/ca.crt
  ldap server require strong auth = yes
`

const provision = async (folder: string, host: string) => {
  const { code, output } = await execute(
    'samba-tool',
    [
      ...['domain', 'provision', `--realm=${domain.realm}`, `--domain=${domain.netbios}`],
      ...['--server-role=dc', '--dns-backend=NONE', `--targetdir=${folder}`],
      ...['--host-name=dc1', `--host-ip=${host}`, `--option=interfaces=${host}/8`],
      ...['--option=bind interfaces only=yes', `--adminpass=${domain.administrator.password}`],
    ],
    { folder, timeout: 120_000 },
  )
  if (code !== 0) throw new Error(`samba-tool domain provision failed: ${output.slice(-3000)}`)
}

const writeFiles = async (folder: string, host: string): Promise<string> => {
  const authority = createAuthority()
  const { key, cert } = authority.issue(['dc1.corp.example', host])
  await writeFile(join(folder, 'tls.key'), key, { mode: 0o600 })
  await writeFile(join(folder, 'tls.crt'), cert)
  await writeFile(join(folder, 'ca.crt'), authority.cert)
  await writeFile(join(folder, 'smb.conf'), settings(folder, host))
  return authority.cert
}

/** Makes and starts it, and waits until it answers; throws with its own output when it does not. Needs root, for its ports. */
export const startActiveDirectory = async (): Promise<ActiveDirectory> => {
  const host = pickHost()
  const folder = await mkdtemp(join(tmpdir(), 'einlass-samba-'))
  const remove = () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
  process.on('exit', remove)
  await provision(folder, host)
  const ca = await writeFiles(folder, host)
  const child = spawn(
    'samba',
    ['-i', '-M', 'single', '--no-process-group', '-s', join(folder, 'smb.conf')],
    { stdio: 'ignore' },
  )
  const kill = () => child.kill('SIGKILL')
  process.prependListener('exit', kill)
  await untilLdapAnswers(`ldaps://${host}`, ca, child)
  return {
    about: { host, ca, folder },
    async close() {
      await end(child)
      process.off('exit', kill)
      process.off('exit', remove)
      remove()
    },
  }
}

const end = async (child: ChildProcess) => {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  child.kill('SIGKILL')
  await ended
}

/** Whether any of these files needs one: files that have it in their name. */
export const needActiveDirectory = (files: readonly string[]): boolean =>
  files.some((file) => /\/active-directory[^/]*\.test\.ts$/.test(resolve(file)))
