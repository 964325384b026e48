/**
 * Secrets that a command prints, such as the client of a secret store. Owns the limits of time and size, and the error
 * texts. These never contain what was printed, as an error output may hold the secret too.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { seconds } from './clock.ts'

/** Bytes. */
const longestOutput = 64 * 1024
/** Milliseconds, where nothing else is configured. */
export const commandLimit = seconds(10)

/** A program and its arguments: a list as JSON, or words with blanks between them. No shell reads it. */
export function splitCommand(text: string): readonly string[] {
  if (text.trimStart().startsWith('[')) {
    const parsed: unknown = JSON.parse(text)
    const isList = Array.isArray(parsed) && parsed.every((one) => typeof one === 'string')
    if (!isList) throw new Error('it is not a list of texts')
    return parsed
  }
  return text.trim().split(/\s+/)
}

/**
 * What the command prints on standard output, without the line end at its end. Throws an Error in words. Blocks the
 * process, so this is for a start.
 */
export function runSecretCommand(command: readonly string[], limit = commandLimit): string {
  const [program = '', ...args] = command
  const { stdout, status, signal, error } = spawnSync(program, args, {
    stdio: ['ignore', 'pipe', 'ignore'],
    timeout: limit,
    killSignal: 'SIGKILL',
    maxBuffer: longestOutput,
    encoding: 'utf8',
  })
  if (error !== undefined) throw new Error(describe(program, findCode(error), limit))
  return requireOutput(program, { status, signal, output: stdout })
}

/** As `runSecretCommand`, without blocking the process. */
export async function readFromCommand(
  command: readonly string[],
  limit = commandLimit,
): Promise<string> {
  const [program = '', ...args] = command
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'ignore'] })
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  const fail = (code: string) => {
    reject(new Error(describe(program, code, limit)))
    end(child)
  }
  const timer = setTimeout(() => fail('ETIMEDOUT'), limit)
  const pieces: Buffer[] = []
  let size = 0
  child.once('error', (error) => fail(findCode(error)))
  child.stdout.on('data', (piece: Buffer) => {
    pieces.push(piece)
    size += piece.length
    if (size > longestOutput) fail('ENOBUFS')
  })
  child.once('close', (status, signal) => {
    try {
      resolve(requireOutput(program, { status, signal, output: Buffer.concat(pieces).toString() }))
    } catch (error) {
      reject(error)
    }
  })
  return await promise.finally(() => clearTimeout(timer))
}

/** Programs that it has started may hold its output open: nothing waits for them. */
function end(child: ChildProcess): void {
  child.kill('SIGKILL')
  child.stdout?.destroy()
  child.unref()
}

interface Ended {
  readonly status: number | null
  readonly signal: NodeJS.Signals | null
  readonly output: string
}

function requireOutput(program: string, { status, signal, output }: Ended): string {
  const name = JSON.stringify(program)
  if (status === null) throw new Error(`the command ${name} was ended by ${signal}`)
  if (status !== 0) throw new Error(`the command ${name} ended with exit code ${status}`)
  const text = output.replace(/\r?\n$/, '')
  if (text === '') throw new Error(`the command ${name} printed nothing`)
  return text
}

const findCode = (error: Error): string => ('code' in error ? `${error.code}` : 'unknown')

function describe(program: string, code: string, limit: number): string {
  const name = JSON.stringify(program)
  if (code === 'ENOENT') return `the program ${name} is not there`
  if (code === 'EACCES') return `the program ${name} may not be run`
  if (code === 'ETIMEDOUT') return `the command ${name} took longer than ${limit / 1000} seconds`
  if (code === 'ENOBUFS') return `the command ${name} printed more than 64 KiB`
  return `the command ${name} cannot be run (${code})`
}
