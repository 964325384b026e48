/**
 * Decrypts Kerberos tickets in a process of its own: the system's libraries are native code that reads data from anybody, and a
 * crash there must not end other people's logins. Owns that process, the queue of tickets for it, and the meaning of its error
 * messages. Does not decide whether a person may log in.
 */
import type { ChildProcess } from 'node:child_process'
import { seconds } from '../kernel/clock.ts'
import type { Log } from '../kernel/log.ts'

/** A token to decrypt. */
export interface ChildQuestion {
  readonly id: number
  /** Base64. */
  readonly token: string
}

export type ChildAnswer = { readonly id: number } & (
  | {
      readonly accepted: {
        readonly principal: string | null
        readonly service: string | null
        readonly answer: string | null
        readonly sid: string | null
      }
    }
  | { readonly error: string }
)

export interface AcceptedTicket {
  /** The user in the form of Kerberos, for example `erika@CORP.EXAMPLE`. */
  readonly principal: string
  /** The security identifier of the account. Absent: the ticket has none that its domain has signed. */
  readonly sid?: string
  /** The service whose key decrypted it, for example `HTTP/login.example.org@CORP.EXAMPLE`. */
  readonly service: string
  /** The reply that shows the client that it has reached the right server; base64. Absent: the client did not ask for one. */
  readonly answer: string | undefined
}

/**
 * `wrong_key`: the keytab has no key that fits. `clock_skew`: the clocks of the client and of this machine are too far apart.
 * `expired`: also if it is not yet valid.
 */
export type TicketFault = 'wrong_key' | 'clock_skew' | 'expired' | 'invalid'

export type Acceptance =
  | { readonly type: 'accepted'; readonly ticket: AcceptedTicket }
  /** `text`: the message of the system's Kerberos, for the log. */
  | { readonly type: 'refused'; readonly fault: TicketFault; readonly text: string }
  /** The ticket could not be checked. */
  | { readonly type: 'unavailable'; readonly text: string }

export interface TicketAcceptor {
  /** @param token the raw bytes: libraries disagree about data after the end of base64 */
  accept(token: Buffer): Promise<Acceptance>
  close(): void
}

export interface TicketAcceptorOptions {
  readonly keytabFile: string
  readonly log: Log
  /** Starts the process. Absent: the real one, which uses the system's Kerberos. */
  readonly startChild?: (keytabFile: string) => Promise<ChildProcess>
  /** Milliseconds for one ticket. */
  readonly patience?: number
}

interface Waiting {
  readonly settle: (acceptance: Acceptance) => void
  readonly timer: NodeJS.Timeout
  /** The process that has the ticket. */
  readonly child: ChildProcess
}

/** The most tickets at once; a machine decrypts thousands in a second. */
const mostWaiting = 256

export function createTicketAcceptor(options: TicketAcceptorOptions): TicketAcceptor {
  const { keytabFile, log, startChild = startAcceptorChild, patience = seconds(5) } = options
  const waiting = new Map<number, Waiting>()
  let current: ChildProcess | undefined
  let opening: Promise<ChildProcess> | undefined
  let lastId = 0

  function settle(id: number, acceptance: Acceptance): void {
    const one = waiting.get(id)
    if (one === undefined) return
    clearTimeout(one.timer)
    waiting.delete(id)
    one.settle(acceptance)
  }

  /**
   * Forgets a process that ended; the next ticket starts another one. Its tickets are not tried again, as one of them may have
   * ended it.
   */
  function lose(child: ChildProcess, text: string): void {
    if (current === child) current = undefined
    const lost = [...waiting].filter(([, one]) => one.child === child)
    for (const [id] of lost) settle(id, { type: 'unavailable', text })
    if (lost.length === 0) return
    log.error({ text, tickets: lost.length }, 'the process that decrypts tickets has ended')
  }

  async function open(): Promise<ChildProcess> {
    const child = await startChild(keytabFile)
    child.unref()
    child.channel?.unref()
    child.on('message', (answer: ChildAnswer) => settle(answer.id, readAnswer(answer)))
    child.on('error', (error) => log.error({ error }, 'the process that decrypts tickets'))
    child.once('exit', (code, signal) => lose(child, signal ?? `exit code ${code}`))
    current = child
    return child
  }

  async function findChild(): Promise<ChildProcess> {
    if (current !== undefined) return current
    opening ??= open().finally(() => {
      opening = undefined
    })
    return await opening
  }

  return {
    async accept(token) {
      if (waiting.size >= mostWaiting) return { type: 'unavailable', text: 'too many tickets' }
      const child = await findChild()
      lastId += 1
      const id = lastId
      return await new Promise((resolve) => {
        const timer = setTimeout(() => {
          // A process that hangs on one ticket gets no further ones.
          child.kill('SIGKILL')
          lose(child, 'no answer in time')
        }, patience)
        waiting.set(id, { settle: resolve, timer, child })
        child.send({ id, token: token.toString('base64') } satisfies ChildQuestion, (error) => {
          if (error) lose(child, error.message)
        })
      })
    },
    close() {
      for (const id of waiting.keys()) settle(id, { type: 'unavailable', text: 'going down' })
      current?.kill('SIGKILL')
    },
  }
}

async function startAcceptorChild(keytabFile: string): Promise<ChildProcess> {
  const { fork } = process.getBuiltinModule('node:child_process')
  return fork(new URL('./acceptor-child.ts', import.meta.url), {
    execArgv: ['--disable-sigusr1'],
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    env: createEnvironment(keytabFile, process.env),
  })
}

/** Passes nothing of the server's environment except where Kerberos and its libraries are. */
function createEnvironment(keytabFile: string, env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const { KRB5_CONFIG, LD_LIBRARY_PATH } = env
  return {
    ...(KRB5_CONFIG !== undefined && { KRB5_CONFIG }),
    ...(LD_LIBRARY_PATH !== undefined && { LD_LIBRARY_PATH }),
    KRB5_KTNAME: `FILE:${keytabFile}`,
    // The database records spent tickets, for all nodes at once.
    KRB5RCACHENAME: 'none:',
    KRB5RCACHETYPE: 'none',
    // readAnswer searches the messages in this language for reasons.
    LC_ALL: 'C',
  }
}

function readAnswer(answer: ChildAnswer): Acceptance {
  if ('error' in answer) {
    return { type: 'refused', fault: findFault(answer.error), text: answer.error }
  }
  const { principal, service, sid, answer: back } = answer.accepted
  if (principal === null || service === null) {
    return { type: 'refused', fault: 'invalid', text: 'a ticket without names' }
  }
  const ticket = { principal, service, answer: back ?? undefined }
  return { type: 'accepted', ticket: { ...ticket, ...(sid && { sid }) } }
}

/** Messages of MIT Kerberos and the fault that each one means. */
const faults: readonly (readonly [RegExp, TicketFault])[] = [
  [/clock skew/i, 'clock_skew'],
  [/expired|not yet valid/i, 'expired'],
  [
    /keytab|key table|key version|no key|encryption type|integrity check|wrong principal|credentials/i,
    'wrong_key',
  ],
]

const findFault = (text: string): TicketFault =>
  faults.find(([pattern]) => pattern.test(text))?.[1] ?? 'invalid'
