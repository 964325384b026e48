/**
 * Connections to the servers of one directory. Owns that each is encrypted before anything is said, how long an answer may
 * take, which server is asked, and that connections are used again. Knows nothing of people. Follows no referral: what a server
 * points to elsewhere is not there.
 */
import type { Client, PasswordPolicyControl } from 'ldapts'
import type { DirectoryConfig } from '../../../platform/config/directories.ts'
import { type Clock, seconds } from '../../../platform/kernel/clock.ts'
import {
  type BindAccount,
  findHost,
  type Ldap,
  NotOpened,
  type OpenConnection,
  openConnection,
} from './open-connection.ts'
import { createPool, type Pool } from './pool.ts'

/** No server has answered, or none lets the bind account in. Nothing is known of what was asked. */
export class DirectoryDown extends Error {}

/** What a directory has said to a name and a password. */
export type BindAnswer =
  | { readonly type: 'bound'; readonly policy: PasswordPolicy }
  | {
      readonly type: 'refused'
      /** RFC 4511, 4.1.9. */
      readonly code: number
      /** Of the server. It may name what is wrong, as Active Directory does. */
      readonly text: string
      readonly policy: PasswordPolicy
    }

export type PasswordPolicy = NonNullable<PasswordPolicyControl['value']>

export interface Connections {
  /**
   * With a connection of the bind account. On another server when one does not answer, so `work` may run twice, but for
   * `isOnce`. Throws DirectoryDown, or what the directory answers as an error of ldapts.
   */
  run<Result>(
    work: (client: Client, ldap: Ldap) => Promise<Result>,
    options?: { readonly isOnce?: boolean },
  ): Promise<Result>
  /** Whether the password is that of the entry. Never call it with an empty one. Throws DirectoryDown. */
  bind(dn: string, password: string): Promise<BindAnswer>
  close(): Promise<void>
}

export interface ConnectionOptions {
  readonly config: DirectoryConfig
  readonly clock: Clock
  readonly readFile: (path: string) => string
}

/** A server that has not answered is asked again after this time. */
const rest = seconds(10)

interface Server {
  readonly url: string
  readonly reading: Pool<OpenConnection>
  readonly verifying: Pool<OpenConnection>
  /** Milliseconds since the epoch. */
  restsUntil: number
}

export function createConnections(options: ConnectionOptions): Connections {
  const { config, clock } = options
  const servers = config.servers.map((url): Server => {
    const limits = { limit: config.connections, timeLimit: config.time_limit, isAnswer }
    const open = (account: BindAccount | undefined) => async () =>
      openConnection(await loadLdap(), { ...options, url, account })
    return {
      url,
      reading: createPool({ ...limits, open: open(readAccount(options)) }),
      verifying: createPool({ ...limits, open: open(undefined) }),
      restsUntil: 0,
    }
  })

  /** In their order. None while all of them rest: so nobody waits for a directory that was away a moment ago. */
  function listServers(): Server[] {
    const now = clock.now()
    return servers.filter(({ restsUntil }) => restsUntil <= now)
  }

  async function onAnyServer<Result>(
    kind: 'reading' | 'verifying',
    work: (client: Client, ldap: Ldap) => Promise<Result>,
    isOnce = false,
  ): Promise<Result> {
    const ldap = await loadLdap()
    const reasons: string[] = []
    for (const server of listServers()) {
      try {
        return await server[kind].use(({ client }) => work(client, ldap), { isOnce })
      } catch (error) {
        if (isAnswer(error)) throw error
        reasons.push(`${findHost(server.url)}: ${describeError(error)}`)
        server.restsUntil = clock.now() + rest
        server.reading.clear()
        server.verifying.clear()
        if (isOnce && !(error instanceof NotOpened)) break
      }
    }
    throw new DirectoryDown(reasons.join('; ') || 'every server is away since a moment ago')
  }

  return {
    run: (work, { isOnce = false } = {}) => onAnyServer('reading', work, isOnce),
    async bind(dn, password) {
      if (password === '') throw new Error('an empty password is no bind')
      return await onAnyServer('verifying', (client, ldap) => bindOnce(client, ldap, dn, password))
    },
    async close() {
      for (const { reading, verifying } of servers) {
        await reading.close()
        await verifying.close()
      }
    },
  }
}

async function bindOnce(
  client: Client,
  ldap: Ldap,
  dn: string,
  password: string,
): Promise<BindAnswer> {
  const control = new ldap.PasswordPolicyControl()
  try {
    await client.bind(dn, password, control)
    return { type: 'bound', policy: control.value ?? {} }
  } catch (error) {
    if (!(error instanceof ldap.ResultCodeError) || !refusingCodes.includes(error.code)) throw error
    return {
      type: 'refused',
      code: error.code,
      text: error.message,
      policy: control.value ?? {},
    }
  }
}

/**
 * No such object, invalid DN, no password there, wrong credentials, unwilling: what is said of this account. With any other code, such as
 * *stronger authentication required*, the server has not looked at the password.
 */
const refusingCodes = [32, 34, 48, 49, 53]

/** Busy, unavailable: the server cannot answer now, and another one may. */
const busyCodes = [51, 52]

/** An answer of the directory, and no trouble on the way to it. */
function isAnswer(error: unknown): boolean {
  if (!(error instanceof Error) || !('code' in error)) return false
  return typeof error.code === 'number' && !busyCodes.includes(error.code)
}

const describeError = (error: unknown): string => {
  if (!(error instanceof Error)) return 'no reason'
  const { code } = error as { code?: unknown }
  const text = error.message.split('\n').at(-1) ?? ''
  return typeof code === 'string' && !text.includes(code) ? `${code} ${text}` : text
}

/** Only a server that has such a directory loads it. */
let loaded: Promise<Ldap> | undefined
export function loadLdap(): Promise<Ldap> {
  loaded ??= import('ldapts')
  return loaded
}

function readAccount({ config, readFile }: ConnectionOptions): BindAccount {
  const { bind_name: name = '', bind_password: typed, bind_password_file: file } = config
  return {
    name,
    // Read each time, so that the file may be replaced while the server runs.
    readPassword: () => (file === undefined ? (typed ?? '') : readFile(file).replace(/\r?\n$/, '')),
  }
}
