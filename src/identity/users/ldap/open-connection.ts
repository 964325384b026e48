/**
 * Opens one connection: encrypted, with the certificate checked, and bound if an account is given; all within the time
 * limit.
 */
import { once } from 'node:events'
import { connect as connectPlain, isIP, type Socket } from 'node:net'
import { connect as connectSecure, type TLSSocket } from 'node:tls'
import type { Client } from 'ldapts'
import type { DirectoryConfig } from '../../../platform/config/directories.ts'
import { describeTlsError } from '../../../platform/kernel/tls-error.ts'
import { startTls } from './start-tls.ts'

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
  /** Absent: the connection is for verifying passwords of people. */
  readonly account: BindAccount | undefined
}

/** The name or address of a server, for the log and for its certificate. */
export const findHost = (url: string): string => new URL(url).hostname.replace(/^\[|\]$/g, '')

/** An open connection, with its limit of bytes. */
export interface OpenConnection {
  readonly client: Client
  readonly isConnected: boolean
  /** From now on the server may send this number of bytes; with more, the connection ends. */
  allow(bytes: number): void
  /** Whether the connection has ended because of that limit. */
  isExceeded(): boolean
  unbind(): Promise<void>
}

/** Throws NotOpened, with the reason. */
export async function openConnection(ldap: Ldap, options: OpenOptions): Promise<OpenConnection> {
  const { config, url } = options
  const sockets: Socket[] = []
  const { promise: late, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => reject(new Error('no answer in time')), config.time_limit)
  try {
    return await Promise.race([open(ldap, options, sockets), late])
  } catch (cause) {
    for (const socket of sockets) socket.destroy()
    const reason =
      cause instanceof Error ? describeTlsError(cause, 'ca_file of the directory') : String(cause)
    const isRefused = cause instanceof ldap.ResultCodeError
    throw new NotOpened(isRefused ? `${findHost(url)} does not let bind_name in` : reason, {
      cause,
    })
  } finally {
    clearTimeout(timer)
  }
}

/** The limit of bytes until the bind account is accepted. */
const longestGreeting = 65_536

/** @param sockets collects the sockets to close when it fails */
async function open(ldap: Ldap, options: OpenOptions, sockets: Socket[]): Promise<OpenConnection> {
  const { account } = options
  const socket = await connect(options, sockets)
  const client = createClient(ldap, options, socket)
  let left = longestGreeting
  socket.on('data', ({ length }: Buffer) => {
    left -= length
    if (left < 0) socket.destroy(new Error('the answer is too long'))
  })
  if (account !== undefined) await client.bind(account.name, account.readPassword())
  return {
    client,
    get isConnected() {
      return client.isConnected
    },
    allow(bytes) {
      left = bytes
    },
    isExceeded: () => left < 0,
    unbind: () => client.unbind().finally(() => socket.destroy()),
  }
}

/**
 * The library never gets an unencrypted socket: otherwise it would, after StartTLS, still believe data that it read
 * before.
 */
async function connect(options: OpenOptions, sockets: Socket[]): Promise<TLSSocket> {
  const { url } = options
  const keep = <Made extends Socket>(socket: Made): Made => {
    // A socket that fails while nobody reads from it must not end the process.
    socket.on('error', () => {})
    sockets.push(socket)
    return socket
  }
  const tlsOptions = listTlsOptions(options)
  const { port } = new URL(url)
  if (url.startsWith('ldaps:')) {
    return await untilSecure(keep(connectSecure({ ...tlsOptions, port: Number(port || 636) })))
  }
  const plain = keep(connectPlain({ host: tlsOptions.host, port: Number(port || 389) }))
  await once(plain, 'connect')
  await startTls(plain)
  return await untilSecure(keep(connectSecure({ ...tlsOptions, socket: plain })))
}

/** When it resolves, the certificate has been checked. */
async function untilSecure(socket: TLSSocket): Promise<TLSSocket> {
  await once(socket, 'secureConnect')
  return socket
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
 * When a connection is lost, ldapts would connect again by itself: without StartTLS, and without a bind. So each client
 * gets one connection and no second one.
 */
function createClient(ldap: Ldap, { url, config }: OpenOptions, socket: TLSSocket): Client {
  let isUsed = false
  const createConnection = () => {
    if (isUsed) throw new Error('the connection was lost')
    isUsed = true
    return socket
  }
  const timeout = config.time_limit
  return new ldap.Client({
    url,
    timeout,
    createConnection,
    createSecureConnection: createConnection,
  })
}
