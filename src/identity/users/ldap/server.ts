/**
 * One of the servers of a directory. Owns its connections, the limit of an answer, and when the server rests: only after
 * it has not answered at all, never because one question is too much for it or because there are too many questions.
 */
import type { Client } from 'ldapts'
import type { DirectoryConfig } from '../../../platform/config/directories.ts'
import { type Clock, isOver, seconds } from '../../../platform/kernel/clock.ts'
import type { Caller } from '../../../platform/kernel/fair-line.ts'
import { Fault } from '../../../platform/kernel/fault.ts'
import { readPassword } from './files.ts'
import {
  type BindAccount,
  findHost,
  type Ldap,
  NotOpened,
  type OpenConnection,
  openConnection,
} from './open-connection.ts'
import { createPool, Final, PoolBusy } from './pool.ts'

export interface ConnectionOptions {
  readonly config: DirectoryConfig
  readonly clock: Clock
  readonly readFile: (path: string) => string
}

export interface Server {
  /** Whether it has failed to answer a moment ago. */
  isResting(): boolean
  /** Throws Unanswered, or an error answer of the server as an error of ldapts. */
  ask<Result>(question: Question<Result>): Promise<Result>
  close(): Promise<void>
}

export interface Question<Result> {
  /** `reading`: as the bind account. `verifying`: on a connection that verifies passwords. */
  readonly kind: 'reading' | 'verifying'
  readonly work: (client: Client, ldap: Ldap) => Promise<Result>
  /** The work must not be done twice. */
  readonly isOnce: boolean
  /** Who asks, see pool.ts. */
  readonly from?: Caller | undefined
}

/** Thrown when there is no usable answer. */
export class Unanswered extends Error {
  /**
   * `away`: the server does not answer. `busy`: all connections to it were in use. `late`: it did not answer in time, but
   * answered other questions meanwhile. `too_long`: the answer exceeds the limit.
   */
  readonly type: 'away' | 'busy' | 'late' | 'too_long'
  /** The question was not sent, so it had no effect. */
  readonly isUntouched: boolean

  constructor(type: Unanswered['type'], reason: string, cause: unknown) {
    super(reason, { cause })
    this.type = type
    this.isUntouched = cause instanceof PoolBusy || cause instanceof NotOpened
  }
}

class TooLong extends Final {}
class Late extends Final {}

/** How long a server that has not answered rests. */
const rest = seconds(10)

/** The limit of bytes in all answers to one question: some thousand groups, or some hundred times a usual entry. */
const longestAnswer = 1024 * 1024

export function createServer(options: ConnectionOptions, url: string): Server {
  const { config, clock } = options
  const limits = { limit: config.connections, timeLimit: config.time_limit, isAnswer }
  const open = (account: BindAccount | undefined) => async () =>
    openConnection(await loadLdap(), { ...options, url, account })
  const pools = {
    reading: createPool<OpenConnection>({ ...limits, open: open(readAccount(options)) }),
    verifying: createPool<OpenConnection>({ ...limits, open: open(undefined) }),
  }
  /** Milliseconds since the epoch. */
  let restsSince = Number.NEGATIVE_INFINITY
  let answered = 0

  function explain(error: unknown, answeredBefore: number): Unanswered {
    const reason = `${findHost(url)}: ${describeError(error)}`
    if (error instanceof PoolBusy) return new Unanswered('busy', reason, error)
    if (error instanceof TooLong) return new Unanswered('too_long', reason, error)
    if (error instanceof Late && answered > answeredBefore) {
      return new Unanswered('late', reason, error)
    }
    restsSince = clock.now()
    pools.reading.clear()
    pools.verifying.clear()
    return new Unanswered('away', reason, error)
  }

  return {
    isResting: () => !isOver(restsSince, rest, clock.now()),
    async ask({ kind, work, isOnce, from }) {
      const ldap = await loadLdap()
      const answeredBefore = answered
      try {
        const use = (connection: OpenConnection) => askWithin(connection, work, ldap)
        const result = await pools[kind].use(use, { isOnce, from })
        answered += 1
        return result
      } catch (error) {
        // The client has gone: nothing was asked.
        if (error instanceof Fault) throw error
        if (!isAnswer(error)) throw explain(error, answeredBefore)
        answered += 1
        throw error
      }
    },
    async close() {
      await pools.reading.close()
      await pools.verifying.close()
    },
  }
}

/** An answer that is too long or late is final: asking again would only double the time. */
async function askWithin<Result>(
  connection: OpenConnection,
  work: Question<Result>['work'],
  ldap: Ldap,
): Promise<Result> {
  connection.allow(longestAnswer)
  try {
    return await work(connection.client, ldap)
  } catch (cause) {
    if (connection.isExceeded()) throw new TooLong('the answer is too long', { cause })
    if (isLate(cause)) throw new Late('no answer in time', { cause })
    throw cause
  }
}

/** ldapts has no other sign of a time-out. */
const isLate = (error: unknown): boolean =>
  error instanceof Error && error.message.endsWith('Operation timed out')

/** Busy, unavailable: the server cannot answer now, but another one may. */
const busyCodes = [51, 52]

/** Whether an error is an answer of the directory, and not a failed connection. */
function isAnswer(error: unknown): boolean {
  if (!(error instanceof Error) || !('code' in error)) return false
  return typeof error.code === 'number' && !busyCodes.includes(error.code)
}

const describeError = (error: unknown): string => {
  if (!(error instanceof Error)) return 'no reason'
  const { code } = error as { code?: unknown }
  // The last line has the reason; texts of OpenSSL end with an empty line.
  const text = error.message.trim().split('\n').at(-1) ?? ''
  return typeof code === 'string' && !text.includes(code) ? `${code} ${text}` : text
}

/** Loaded only by processes that ask such a directory. */
let loaded: Promise<Ldap> | undefined
function loadLdap(): Promise<Ldap> {
  loaded ??= import('ldapts')
  return loaded
}

function readAccount({ config, readFile }: ConnectionOptions): BindAccount {
  const { bind_name: name = '', bind_password: typed, bind_password_file: file } = config
  return {
    name,
    // Read each time, so that the file may be replaced while the server runs.
    readPassword: () => (file === undefined ? (typed ?? '') : readPassword(readFile(file))),
  }
}
