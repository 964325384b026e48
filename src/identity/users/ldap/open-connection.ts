/** One connection: encrypted, certificate checked, bound where an account is given, and all of it within the time limit. */
import { connect as connectPlain, isIP, type Socket } from 'node:net'
import { connect as connectSecure, type TLSSocket } from 'node:tls'
import type { Client, ClientOptions } from 'ldapts'
import type { DirectoryConfig } from '../../../platform/config/directories.ts'

export type Ldap = typeof import('ldapts')

/** The connection could not be made, so nothing was asked. */
export class NotOpened extends Error {}

export interface BindAccount {
  readonly name: string
  readPassword(): string
}

export interface OpenOptions {
  readonly config: DirectoryConfig
  readonly readFile: (path: string) => string
  readonly url: string
  /** Absent: the connection is for the passwords of other people. */
  readonly account: BindAccount | undefined
}

/** The name or address of a server, for the log and for its certificate. */
export const findHost = (url: string): string => new URL(url).hostname.replace(/^\[|\]$/g, '')

/** Throws NotOpened, with the reason. */
export async function openConnection(ldap: Ldap, options: OpenOptions): Promise<Client> {
  const { config, url } = options
  const client = createClient(ldap, options)
  const { promise: late, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => reject(new Error('no answer in time')), config.time_limit)
  try {
    await Promise.race([prepare(client, options), late])
    return client
  } catch (cause) {
    client.unbind().catch(() => {})
    const reason = cause instanceof Error ? cause.message : String(cause)
    const isRefused = cause instanceof ldap.ResultCodeError
    throw new NotOpened(isRefused ? `${findHost(url)} does not let bind_name in` : reason, {
      cause,
    })
  } finally {
    clearTimeout(timer)
  }
}

async function prepare(client: Client, options: OpenOptions): Promise<void> {
  const { url, account } = options
  if (url.startsWith('ldap:')) await client.startTLS(listTlsOptions(options))
  // Without an account, the first password connects.
  if (account !== undefined) await client.bind(account.name, account.readPassword())
}

function listTlsOptions({ config, readFile, url }: OpenOptions) {
  const host = findHost(url)
  const { ca_file: file } = config
  return {
    host,
    ...(isIP(host) === 0 && { servername: host }),
    ...(file !== undefined && { ca: readFile(file) }),
    minVersion: 'TLSv1.2' as const,
  }
}

/**
 * ldapts would connect again by itself when a connection is lost: without StartTLS, and bound as nobody. So each client
 * gets one connection and no other.
 */
function createClient(ldap: Ldap, options: OpenOptions): Client {
  const { url, config } = options
  let isUsed = false
  const once = <Made extends Socket | TLSSocket>(make: () => Made): Made => {
    if (isUsed) throw new Error('the connection was lost')
    isUsed = true
    return make()
  }
  const host = findHost(url)
  const times = { timeout: config.time_limit, connectTimeout: config.time_limit }
  if (url.startsWith('ldaps:')) {
    const tlsOptions = listTlsOptions(options)
    const port = Number(new URL(url).port || 636)
    const createSecureConnection = () => once(() => connectSecure({ ...tlsOptions, port }))
    return new ldap.Client({ url, ...times, tlsOptions, createSecureConnection })
  }
  const port = Number(new URL(url).port || 389)
  const createConnection = () => once(() => connectPlain({ host, port }))
  return new ldap.Client({ url, ...times, createConnection } satisfies ClientOptions)
}
