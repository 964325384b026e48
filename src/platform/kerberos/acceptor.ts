/**
 * Decrypts tickets of Kerberos, in a process of its own: the system's libraries are native code that reads what strangers send,
 * and a crash of theirs must end no login of others. Owns that process, what may wait for it, and what its words mean.
 * Does not own whether a person may log in.
 */
import type { ChildProcess } from 'node:child_process'
import { seconds } from '../kernel/clock.ts'
import type { Log } from '../kernel/log.ts'

/** A token to judge. */
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
      }
    }
  | { readonly error: string }
)

export interface AcceptedTicket {
  /** As Kerberos writes it, for example `erika@CORP.EXAMPLE`. */
  readonly principal: string
  /** Whose key has decrypted it, for example `HTTP/login.example.org@CORP.EXAMPLE`. */
  readonly service: string
  /** By which the client knows that it has reached the right server; base64. Absent: it did not ask. */
  readonly answer: string | undefined
}

/**
 * `wrong_key`: the keytab has no key that fits. `clock_skew`: the clocks of the client and of this machine are too far apart.
 * `expired`: or not yet valid.
 */
export type TicketFault = 'wrong_key' | 'clock_skew' | 'expired' | 'invalid'

export type Acceptance =
  | { readonly type: 'accepted'; readonly ticket: AcceptedTicket }
  /** `text`: in the words of the system's Kerberos, for the log. */
  | { readonly type: 'refused'; readonly fault: TicketFault; readonly text: string }
  /** Nothing is known of the ticket. */
  | { readonly type: 'unavailable'; readonly text: string }

export interface TicketAcceptor {
  /** @param token the bytes themselves: libraries do not agree on what follows after the end of base64 */
  accept(token: Buffer): Promise<Acceptance>
  close(): void
}

export interface TicketAcceptorOptions {
  readonly keytabFile: string
  readonly log: Log
  /** Starts the process. Absent: the one that asks the system's Kerberos. */
  readonly startChild?: (keytabFile: string) => Promise<ChildProcess>
  /** Milliseconds for one ticket. */
  readonly patience?: number
}

interface Waiting {
  readonly settle: (acceptance: Acceptance) => void
  readonly timer: NodeJS.Timeout
  /** Who has it. */
  readonly child: ChildProcess
}

/** So many tickets may be under way; a machine decrypts thousands in a second. */
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

  /** The next ticket starts another one. Those that it had were perhaps what has ended it. */
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
          // What does not come back from one ticket takes no other one.
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
    execArgv: [],
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    env: createEnvironment(keytabFile, process.env),
  })
}

/** Nothing of the server's own environment but where Kerberos and its libraries are. */
function createEnvironment(keytabFile: string, env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const { KRB5_CONFIG, LD_LIBRARY_PATH } = env
  return {
    ...(KRB5_CONFIG !== undefined && { KRB5_CONFIG }),
    ...(LD_LIBRARY_PATH !== undefined && { LD_LIBRARY_PATH }),
    KRB5_KTNAME: `FILE:${keytabFile}`,
    // Tickets are spent in the database, for all nodes at once.
    KRB5RCACHENAME: 'none:',
    KRB5RCACHETYPE: 'none',
    // In these words, readAnswer looks for reasons.
    LC_ALL: 'C',
  }
}

function readAnswer(answer: ChildAnswer): Acceptance {
  if ('error' in answer) {
    return { type: 'refused', fault: findFault(answer.error), text: answer.error }
  }
  const { principal, service, answer: back } = answer.accepted
  if (principal === null || service === null) {
    return { type: 'refused', fault: 'invalid', text: 'a ticket without names' }
  }
  return { type: 'accepted', ticket: { principal, service, answer: back ?? undefined } }
}

/** In the words of MIT Kerberos. */
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
