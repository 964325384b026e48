/**
 * Takes the requests that reach the phone one after the other: shows each one, asks the person (or uses the given answer),
 * sends the answer. A newer request of an account replaces the current one.
 */
import type { Clock } from '../../platform/kernel/clock.ts'
import type { Failure } from './call.ts'
import type { Lines } from './lines.ts'
import { type Output, plain } from './output.ts'
import type { AnswerResult, Phone, PhoneChoice, PhoneMessage, PhoneRequest } from './phone.ts'

export type AnswerMode = 'ask' | 'approve' | 'deny'

export interface Listener {
  /** Takes a message from the receiver. */
  take(message: PhoneMessage): void
  /** Answers requests until `signal` stops it, or until one was answered when `once` is set. */
  run(options: { readonly once: boolean }): Promise<ListenEnd>
}

export type ListenEnd =
  | { readonly type: 'stopped' }
  | { readonly type: 'answered'; readonly request: PhoneRequest; readonly choice: PhoneChoice }

export function createListener(deps: {
  readonly phone: Phone
  readonly lines: Lines
  readonly output: Output
  readonly clock: Clock
  readonly mode: AnswerMode
  readonly signal: AbortSignal
}): Listener {
  const { phone, output, signal } = deps
  const queue: PhoneRequest[] = []
  let wake = () => {}
  let asking: { readonly accountId: string; readonly replaced: AbortController } | undefined

  function take(message: PhoneMessage): void {
    const result = receive(message)
    if (result?.type === 'repeated') return
    if (result?.type !== 'request') {
      output.complain({ event: 'ignored', reason: result?.type ?? 'failed' }, whyIgnored(result))
      return
    }
    queue.push(result.request)
    if (asking?.accountId === result.request.account.id) asking.replaced.abort()
    wake()
  }

  function receive(message: PhoneMessage) {
    try {
      return phone.receive(message)
    } catch (error) {
      output.complain({ event: 'failed' }, error instanceof Error ? error.message : String(error))
      return undefined
    }
  }

  async function run({ once }: { readonly once: boolean }): Promise<ListenEnd> {
    while (!signal.aborted) {
      const request = queue.shift()
      if (request === undefined) await arrival()
      else {
        const choice = await handle(request)
        if (once && choice !== undefined) return { type: 'answered', request, choice }
      }
    }
    return { type: 'stopped' }
  }

  function arrival(): Promise<void> {
    return new Promise((resolve) => {
      const settle = () => {
        signal.removeEventListener('abort', settle)
        resolve()
      }
      wake = settle
      signal.addEventListener('abort', settle)
    })
  }

  /** Resolves with the choice that the server accepted, if any. */
  async function handle(request: PhoneRequest): Promise<PhoneChoice | undefined> {
    output.tell({ event: 'request', ...request }, describe(request, deps.clock.now()))
    const replaced = new AbortController()
    asking = { accountId: request.account.id, replaced }
    try {
      return await answer(request, replaced.signal)
    } finally {
      asking = undefined
    }
  }

  async function answer(request: PhoneRequest, replaced: AbortSignal) {
    const left = request.expiresAt - deps.clock.now()
    const expiry = AbortSignal.timeout(Math.min(Math.max(0, left), longestTimer))
    const end = AbortSignal.any([signal, replaced, expiry])
    for (;;) {
      const choice = await choose(request, end)
      if (choice === undefined) return tellUnanswered(request, { replaced, expiry })
      const result = await phone.answer(request, choice)
      tellResult(request, choice, result)
      if (result.type === 'sent') return choice
      if (deps.mode !== 'ask' || !mayWorkLater(result)) return undefined
    }
  }

  async function choose(request: PhoneRequest, end: AbortSignal): Promise<PhoneChoice | undefined> {
    if (end.aborted) return undefined
    if (deps.mode === 'deny') return { type: 'deny' }
    if (deps.mode === 'approve' && request.type !== 'challenge') return { type: 'approve' }
    for (;;) {
      output.prompt(question(request))
      const line = await deps.lines.next(end)
      if (line === undefined) return undefined
      const choice = readChoice(line, request)
      if (choice !== undefined) return choice
    }
  }

  function tellUnanswered(
    { messageId }: PhoneRequest,
    ends: { readonly replaced: AbortSignal; readonly expiry: AbortSignal },
  ): undefined {
    if (signal.aborted) return
    const [reason, text] = ends.replaced.aborted
      ? (['replaced', 'A newer request replaces this one.'] as const)
      : ends.expiry.aborted
        ? (['expired', 'This request has expired.'] as const)
        : (['no_input', 'The input has ended, so nobody can answer here.'] as const)
    output.tell({ event: 'unanswered', messageId, reason }, `\n${text}`)
  }

  function tellResult(
    { messageId }: PhoneRequest,
    choice: PhoneChoice,
    result: AnswerResult,
  ): void {
    if (result.type === 'sent') {
      output.tell({ event: 'answered', messageId, choice }, sentText(choice))
    } else output.complain({ event: 'answer_failed', messageId, ...result }, whyFailed(result))
  }

  return { take, run }
}

/** The server accepts a wrong number like the right one, so that nobody can try numbers on the phone. */
function sentText(choice: PhoneChoice): string {
  if (choice.type === 'deny') return 'Sent: denied. The server took the answer.'
  if (choice.number === undefined) return 'Sent: approved. The server took the answer.'
  return `Sent: ${choice.number}. The server took the answer; only the page says whether it was the right number.`
}

/** Milliseconds; a longer timer would end at once. */
const longestTimer = 2 ** 31 - 1

function mayWorkLater(result: AnswerResult): boolean {
  return result.type === 'unreachable' || (result.type === 'rejected' && result.status >= 500)
}

/** The validity of a request is shown as a duration: the server's times of day are in its own zone. */
function describe(request: PhoneRequest, now: number): string {
  const { account, text, context, numbers, expiresAt } = request
  const left = Math.max(0, Math.round((expiresAt - now) / 1000))
  const rows: readonly (readonly [string, string | undefined])[] = [
    ['Account', `${account.accountName} at ${account.issuer}`],
    ['App', context.app],
    ['Browser', context.browser],
    ['Place', context.place],
    ['Time', context.time],
    ['Valid for', `${left} seconds`],
  ]
  const shown = rows.filter(([, value]) => value !== undefined)
  const choices = numbers.map((number, index) => `${index + 1}) ${number}`)
  return [
    '',
    plain(context.title ?? text),
    ...(context.title === undefined ? [] : [`  ${plain(text)}`]),
    ...shown.map(([name, value = '']) => `  ${name.padEnd(12)}${plain(value)}`),
    ...(choices.length === 0 ? [] : [`  ${choices.join('    ')}`]),
  ].join('\n')
}

function question({ type }: PhoneRequest): string {
  return type === 'challenge' ? 'Which number? 1, 2 or 3; d to deny: ' : 'a to approve, d to deny: '
}

/** A number may be chosen by its place or typed itself; the numbers have two digits, so the two never mix. */
function readChoice(line: string, { type, numbers }: PhoneRequest): PhoneChoice | undefined {
  const word = line.trim().toLowerCase()
  if (word === 'd' || word === 'deny') return { type: 'deny' }
  if (type !== 'challenge')
    return word === 'a' || word === 'approve' ? { type: 'approve' } : undefined
  const chosen = /^[123]$/.test(word) ? numbers[Number(word) - 1] : Number(word)
  const number = numbers.find((candidate) => candidate === chosen)
  return number === undefined ? undefined : { type: 'approve', number }
}

function whyIgnored(result: ReturnType<Phone['receive']> | undefined): string {
  switch (result?.type) {
    case 'unknown_account':
      return 'A message came for an account that is not on this phone. Ignored.'
    case 'bad_signature':
      return 'A message came whose signature is wrong. Ignored.'
    case 'unreadable':
      return `A message came that a phone cannot read (claim ${result.claim}). Ignored.`
    default:
      return 'A message came that could not be read. Ignored.'
  }
}

function whyFailed(result: Exclude<AnswerResult, { type: 'sent' }>): string {
  switch (result.type) {
    case 'already_answered':
      return 'This request has been answered already.'
    case 'number_missing':
      return 'This request needs one of its numbers.'
    default:
      return `The answer was not taken: ${describeFailure(result)}`
  }
}

export function describeFailure(failure: Failure): string {
  return failure.type === 'rejected'
    ? `the server said ${failure.status}. It may have expired or been used.`
    : `the server was not reached (${plain(failure.detail)}).`
}
