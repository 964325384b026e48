/** The commands of the phone in the terminal: `scan`, `listen`, `list`, `code`, `remove`, `refresh`. */
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { systemClock } from '../../platform/kernel/clock.ts'
import { sha256 } from '../../platform/kernel/crypto.ts'
import { calledAs } from '../../platform/kernel/io.ts'
import { silentLog } from '../../platform/kernel/log.ts'
import { systemRandom } from '../../platform/kernel/random.ts'
import { type Command, type Options, readCommand, usage } from './arguments.ts'
import { createLines, type Input } from './lines.ts'
import { createListener, describeFailure, type ListenEnd } from './listener.ts'
import { createOutput, type Output, plain, type Writer } from './output.ts'
import {
  createPhone,
  type Phone,
  type PhoneAccount,
  type PhoneCode,
  type PhoneMessage,
  type ScanResult,
} from './phone.ts'
import { identifyListener, type Receiver, receiverAddress, startReceiver } from './receiver.ts'

export interface PhoneIo {
  readonly stdin: Input
  readonly stdout: Writer
  readonly stderr: Writer
  readonly env: Readonly<Record<string, string | undefined>>
  /** Ends `scan` and `listen`. */
  readonly signal?: AbortSignal
}

/**
 * Runs one command.
 * @param args what follows `phone` on the command line
 * @returns the exit code: 0 done, 1 refused or failed, 64 wrong usage
 */
export async function runPhoneCommand(args: readonly string[], io: PhoneIo): Promise<number> {
  const command = readCommand(args)
  if (command.type === 'help') {
    io.stdout.write(usage(calledAs(io.env)))
    return 0
  }
  if (command.type === 'wrong') {
    io.stderr.write(`${command.problem}\n"${calledAs(io.env)} phone --help" lists what there is.\n`)
    return 64
  }
  const output = createOutput(io, command.options.json)
  try {
    return await run(command, io, output)
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error)
    output.complain({ event: 'failed', problem }, problem)
    return 1
  }
}

function run(
  command: Exclude<Command, { type: 'help' | 'wrong' }>,
  io: PhoneIo,
  output: Output,
): Promise<number> | number {
  const { options } = command
  const file =
    options.file ??
    io.env.EINLASS_PHONE_FILE ??
    join(io.env.HOME ?? homedir(), '.config', 'einlass', 'phone.json')
  const phone = createPhone({
    file,
    fetch,
    clock: systemClock,
    random: systemRandom,
    log: silentLog,
    client: options.client,
  })
  const phoneId = sha256(resolve(file))
  const context = { phone, phoneId, options, io, output }
  switch (command.type) {
    case 'scan':
      return scan(command.uri, context)
    case 'listen':
      return listen(context)
    case 'list':
      return list(phone, output)
    case 'code':
      return code(phone, command.name, output)
    case 'remove':
      return remove(phone, command.id, output)
    case 'refresh':
      return refresh(phone, options, output)
  }
}

interface CommandContext {
  readonly phone: Phone
  /** Id of the account file: a listener with the same file is this phone. */
  readonly phoneId: string
  readonly options: Options
  readonly io: PhoneIo
  readonly output: Output
}

/** Registers, then listens for the test request that follows, and for further requests. */
async function scan(uri: string, context: CommandContext): Promise<number> {
  const { phone, phoneId, options, io, output } = context
  return withListener(context, async (listening) => {
    // Another phone would ignore the requests for this one.
    if (listening === undefined && (await identifyListener(options.port)) !== phoneId)
      return complainPortInUse(context)
    const deviceId = listening?.receiver.address ?? receiverAddress(options.port)
    const result = await phone.scan(uri, {
      deviceId,
      ...(options.name !== undefined && { deviceName: options.name }),
    })
    if (result.type !== 'registered') {
      output.complain(
        { event: 'scan_failed', ...result },
        whyNotRegistered(result, deviceId, uri, calledAs(io.env)),
      )
      return 1
    }
    output.tell(
      { event: 'registered', account: result.account },
      `Registered ${nameAccount(result.account)}${result.account.hasCode ? ', with a code' : ''}.`,
    )
    if (listening === undefined) {
      const text = `The phone that listens on port ${options.port} shows the requests.`
      output.tell({ event: 'left_to_listener', port: options.port }, text)
      return 0
    }
    if (!output.json) output.tell({ event: 'waiting' }, 'Waiting for the first request.')
    return awaitFirstAnswer(listening, context)
  })
}

function complainPortInUse({ options: { port }, output }: CommandContext): number {
  const text = `Port ${port} is in use; is another phone listening? Take another one: --port ${port + 1}`
  output.complain({ event: 'port_in_use', port }, text)
  return 1
}

async function awaitFirstAnswer({ run }: Listening, context: CommandContext): Promise<number> {
  const end = await run({ once: true })
  if (end.type === 'stopped') return 1
  tellAnswered(end, context)
  if (context.options.once) return end.choice.type === 'approve' ? 0 : 1
  await run({ once: false })
  return 0
}

/** Only the page shows whether the first answer was right, so the phone keeps listening for a second request. */
function tellAnswered(
  { request, choice }: Extract<ListenEnd, { type: 'answered' }>,
  { options: { once }, io: { env }, output }: CommandContext,
): void {
  const isSure = choice.type === 'approve' && request.type !== 'challenge'
  if (isSure)
    output.tell({ event: 'connected', account: request.account }, 'This phone is connected.')
  if (once || output.json) return
  const again = isSure ? '' : 'If the page asks again, so does this phone. '
  output.tell(
    { event: 'listening' },
    `${again}Listening for further requests; Ctrl-C ends, "${calledAs(env)} phone listen" goes on later.`,
  )
}

function whyNotRegistered(
  result: Exclude<ScanResult, { type: 'registered' }>,
  address: string,
  uri: string,
  einlass: string,
): string {
  switch (result.type) {
    case 'not_a_registration':
      return 'This is no registration for push. It begins with pushauth:// or mfauth://.'
    case 'unreadable':
      return `This registration cannot be read: ${plain(result.parameter)} is missing or wrong.${unlessCut(uri, einlass)}`
    case 'already_registered':
      return `${nameAccount(result.account)} is on this phone already. First: ${einlass} phone remove ${result.account.id}`
    default:
      return `Not registered: ${describeFailure(result)}${result.type === 'rejected' ? unlessAllowed(address) : ''}`
  }
}

/** A hint about quotes: in an address without quotes, a shell ends the command at the first &. */
function unlessCut(uri: string, einlass: string): string {
  if (!uri.includes('?') || uri.includes('&')) return ''
  return ` The address ends before its first &: put it between single quotes, as in ${einlass} phone scan 'pushauth://…'.`
}

/** The server says no more than its status. */
function unlessAllowed(address: string): string {
  return ` Or the server may not send to ${new URL(address).origin}: push.senders.http.allowed_origins in its configuration says where it may.`
}

function listen(context: CommandContext): Promise<number> {
  const { phone, options, io, output } = context
  return withListener(context, async (listening) => {
    if (listening === undefined) return complainPortInUse(context)
    const { address } = listening.receiver
    output.tell({ event: 'listening', address }, `Listening on ${address}. Ctrl-C ends.`)
    if (phone.list().length === 0) {
      const text = `There is no account on this phone yet: ${calledAs(io.env)} phone scan 'URI' registers one.`
      output.tell({ event: 'no_accounts' }, text)
    }
    const elsewhere = phone.list().filter(({ deviceId }) => deviceId !== address)
    if (elsewhere.length > 0)
      output.tell(
        { event: 'registered_elsewhere', accounts: elsewhere.map(({ id }) => id) },
        `Requests for ${elsewhere.map(nameAccount).join(', ')} go to another address. To change: ${calledAs(io.env)} phone refresh --port ${options.port}`,
      )
    await listening.run({ once: false })
    return 0
  })
}

interface Listening {
  readonly receiver: Receiver
  readonly run: (options: { readonly once: boolean }) => Promise<ListenEnd>
}

/**
 * Calls `use` with a listener on the port, or with nothing if the port is in use; closes everything afterwards. Messages wait
 * until `run`, because the first one may come before the account that it belongs to is stored.
 */
async function withListener(
  { phone, phoneId, options: { port, answer: mode }, io, output }: CommandContext,
  use: (listening: Listening | undefined) => Promise<number>,
): Promise<number> {
  const signal = io.signal ?? new AbortController().signal
  const lines = createLines(io.stdin)
  const listener = createListener({ phone, lines, output, clock: systemClock, mode, signal })
  const early: PhoneMessage[] = []
  let onMessage = (message: PhoneMessage): void => void early.push(message)
  const start = await startReceiver({ port, phoneId, onMessage: (message) => onMessage(message) })
  const run: Listening['run'] = (options) => {
    onMessage = listener.take
    for (const message of early.splice(0)) listener.take(message)
    return listener.run(options)
  }
  try {
    return await use(start.type === 'listening' ? { receiver: start.receiver, run } : undefined)
  } finally {
    lines.close()
    if (start.type === 'listening') await start.receiver.close()
  }
}

function list(phone: Phone, output: Output): number {
  const accounts = phone.list()
  for (const account of accounts)
    output.tell(
      { event: 'account', ...account },
      `${account.id}  ${nameAccount(account)}  (${plain(account.deviceName)}, ${account.client}${account.hasCode ? ', with a code' : ''})`,
    )
  if (accounts.length === 0 && !output.json) output.tell({ event: 'none' }, 'No accounts yet.')
  return 0
}

/** @param name an id, or the name of the account or its server */
function code(phone: Phone, name: string | undefined, output: Output): number {
  const isMeant = ({ account: { id, accountName, issuer } }: PhoneCode) =>
    name === undefined || name === id || name === accountName || name === issuer
  const codes = phone.codes().filter(isMeant)
  for (const { account, code, secondsLeft } of codes)
    output.tell(
      { event: 'code', account: account.id, code, secondsLeft },
      `${code}  ${nameAccount(account)}, for ${secondsLeft} s more`,
    )
  if (codes.length > 0) return 0
  const which = name === undefined ? 'No account' : `No account ${plain(name)}`
  output.complain({ event: 'no_code' }, `${which} on this phone has codes.`)
  return 1
}

function remove(phone: Phone, id: string, output: Output): number {
  if (!phone.remove(id)) {
    output.complain({ event: 'unknown_account', id }, `There is no account ${plain(id)}.`)
    return 1
  }
  output.tell({ event: 'removed', id }, 'Removed from this phone. The server still knows it.')
  return 0
}

async function refresh(phone: Phone, options: Options, output: Output): Promise<number> {
  let failed = false
  for (const account of phone.list()) {
    const result = await phone.refresh(account.id, receiverAddress(options.port))
    if (result.type === 'refreshed')
      output.tell(
        { event: 'refreshed', account: result.account },
        `Refreshed ${nameAccount(account)}.`,
      )
    else if (result.type !== 'unknown_account') {
      failed = true
      const text = `${nameAccount(account)} was not refreshed: ${describeFailure(result)}`
      output.complain({ event: 'refresh_failed', id: account.id, ...result }, text)
    }
  }
  return failed ? 1 : 0
}

function nameAccount({ accountName, issuer }: PhoneAccount): string {
  return `${plain(accountName)} at ${plain(issuer)}`
}
