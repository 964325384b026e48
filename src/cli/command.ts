/**
 * Defines what a command of `einlass` has: options, help, exit codes. Owns the reading of arguments and the output of errors;
 * knows no single command. A wrong argument is Fault `bad_request`.
 */
import { inspect, parseArgs } from 'node:util'
import { ConfigMistakes, formatMistakes } from '../platform/config/mistakes.ts'
import { joinPem, type OptionShape, wrongOption } from '../platform/kernel/arguments.ts'
import { deniedText } from '../platform/kernel/denied.ts'
import { Fault } from '../platform/kernel/fault.ts'
import type { Io } from '../platform/kernel/io.ts'
import { escapeControls } from '../platform/kernel/text.ts'

/** Exit codes; those above 1 are from sysexits.h. */
export const exit = {
  ok: 0,
  refused: 1,
  usage: 64,
  data: 65,
  unavailable: 69,
  output: 74,
  config: 78,
} as const

export interface Command {
  /** Runs with the arguments after the command's name; resolves with the exit code and does not throw. */
  run(args: readonly string[], io: Io): Promise<number>
}

export interface Option extends OptionShape {
  readonly help: string
  /** The heading below which the help lists it; absent: before all headings. */
  readonly heading?: string
}

export type Options = Readonly<Record<string, Option>>

/** The same options, below a heading of the help. */
export function under<const Given extends Options>(heading: string, options: Given) {
  const listed = Object.entries(options).map(([name, option]) => [name, { ...option, heading }])
  return Object.fromEntries(listed) as {
    readonly [Name in keyof Given]: Given[Name] & { readonly heading: string }
  }
}

type Values<Given extends Options> = {
  readonly [Name in keyof Given]?: Given[Name] extends { type: 'boolean' }
    ? boolean
    : Given[Name] extends { multiple: true }
      ? readonly string[]
      : string
}

export interface Invocation<Given extends Options> {
  readonly values: Values<Given>
  /** One for each operand of the command, and the optional ones that were given. */
  readonly operands: readonly string[]
  readonly configFile: string | undefined
  readonly json: boolean
  readonly io: Io
  /** Writes the result: `value` as one line of JSON with `--json`, else `text`. */
  readonly reply: (value: unknown, text: string) => void
  /**
   * The same for a result with a secret that cannot be shown again. `lost`: what to do when it could not be written, for standard
   * error; absent: it has no secret. Returns the exit code.
   */
  readonly replySecret: (value: unknown, text: string, lost?: string) => Promise<number>
}

interface Outline {
  /** `user add` */
  readonly name: string
  readonly operands: readonly string[]
  /** Operands that may follow. */
  readonly optionalOperands?: readonly string[]
  /** Whether the last operand may be repeated. */
  readonly isRepeatable?: boolean
  readonly summary: string
  readonly options: Options
  /** Common options that this command does not have. */
  readonly without?: readonly (keyof typeof commonOptions)[]
}

interface Definition<Given extends Options> extends Outline {
  readonly options: Given
  readonly run: (invocation: Invocation<Given>) => Promise<number>
}

const commonOptions = {
  config: {
    type: 'string',
    value: 'FILE',
    help: 'The configuration; else EINLASS_CONFIG, else einlass.yaml',
  },
  json: { type: 'boolean', help: 'Write JSON' },
  help: { type: 'boolean', short: 'h', help: 'Show this help' },
} as const satisfies Options

export function defineCommand<const Given extends Options>(definition: Definition<Given>): Command {
  return {
    async run(args, io) {
      const json = args.includes('--json')
      try {
        const { values, positionals } = parse(definition, args)
        if (values.help === true) {
          io.stdout.write(helpText(definition))
          return exit.ok
        }
        requireOperands(definition, positionals)
        const format = (value: unknown, text: string) =>
          json ? `${JSON.stringify(value)}\n` : `${text}\n`
        const configFile = values.config as string | undefined
        return await definition.run({
          values: values as Values<Given>,
          operands: positionals,
          configFile,
          json,
          io: configFile === undefined ? io : await fixSettings(definition.name, io),
          reply: (value, text) => io.stdout.write(format(value, text)),
          async replySecret(value, text, lost) {
            const isWritten = await write(io.stdout, format(value, text))
            if (isWritten || lost === undefined) return exit.ok
            const error = { code: 'not_shown', message: lost }
            io.stderr.write(json ? `${JSON.stringify({ error })}\n` : `${lost}\n`)
            return exit.output
          },
        })
      } catch (error) {
        return tellError(error, json, io)
      }
    },
  }
}

/** Loaded only here: most commands need no schema of the configuration to print their help. */
async function fixSettings(name: string, io: Io): Promise<Io> {
  const { deskCommands, withoutSettings } = await import('./desk-environment.ts')
  return deskCommands.has(name) ? withoutSettings(io) : io
}

/** Whether the stream has taken all of the text: not if its reader has gone or the disk is full. */
function write(stream: NodeJS.WritableStream, text: string): Promise<boolean> {
  return new Promise((resolve) => {
    // Whether the stream fails is the result here; process.ts describes its error.
    stream.once('error', () => resolve(false))
    stream.write(text, (error) => resolve(error == null))
  })
}

function listCommonOptions({ without = [] }: Outline): Partial<typeof commonOptions> {
  const shown = Object.entries(commonOptions).filter(
    ([name]) => !without.some((one) => one === name),
  )
  return Object.fromEntries(shown)
}

function parse(definition: Outline, typed: readonly string[]) {
  const args = joinPem(typed)
  const options = { ...definition.options, ...listCommonOptions(definition) }
  const wrong = wrongOption(args, options)
  if (wrong !== undefined) throw new Fault('bad_request', `${wrong}\n${usageLine(definition)}`)
  return parseArgs({ args, options, allowPositionals: true })
}

function requireOperands(definition: Outline, operands: readonly string[]): void {
  const missing = definition.operands.slice(operands.length)
  const allowed = definition.operands.length + (definition.optionalOperands ?? []).length
  const surplus = operands
    .slice(definition.isRepeatable === true ? operands.length : allowed)
    .map((operand) => JSON.stringify(operand))
  if (missing.length === 0 && surplus.length === 0) return
  const wrong =
    missing.length > 0
      ? `${missing.join(' and ')} ${missing.length === 1 ? 'is' : 'are'} missing.`
      : `One too many: ${surplus.join(' ')}.`
  throw new Fault('bad_request', `${wrong}\n${usageLine(definition)}`)
}

function usageLine({ name, operands, optionalOperands = [] }: Outline): string {
  const optional = optionalOperands.map((operand) => `[${operand}]`)
  return `Usage: einlass ${[name, ...operands, ...optional, '[options]'].join(' ')}`
}

function helpText(definition: Outline): string {
  const common = listCommonOptions(definition)
  const hasHeadings = Object.values(definition.options).some(({ heading }) => heading !== undefined)
  const options: Options = {
    ...definition.options,
    ...(hasHeadings ? under('All commands', common) : common),
  }
  const rows = Object.entries(options).map(([name, option]) => ({
    heading: option.heading === undefined ? '' : `${option.heading}\n`,
    ...describeOption(name, option),
  }))
  const width = Math.max(...rows.map(({ typed }) => typed.length))
  const parts = [...Map.groupBy(rows, ({ heading }) => heading)].map(
    ([heading, listed]) =>
      `${heading}${listed.map(({ typed, help }) => `  ${typed.padEnd(width)}  ${help}\n`).join('')}`,
  )
  return `${usageLine(definition)}\n\n${definition.summary}\n\n${parts.join('\n')}`
}

function describeOption(name: string, option: Option) {
  const value = option.type === 'boolean' ? '' : ` ${option.value ?? 'VALUE'}`
  const help = option.multiple === true ? `${option.help} (repeatable)` : option.help
  return { typed: `--${name}${value}`, help }
}

/** Writes the error to standard error and returns its exit code. */
export function tellError(error: unknown, json: boolean, io: Io): number {
  const { code, exitCode, message, details } = describeError(error)
  io.stderr.write(
    json
      ? `${JSON.stringify({ error: { code, message, ...details } })}\n`
      : `${message.trimEnd().split('\n').map(escapeControls).join('\n')}\n`,
  )
  return exitCode
}

function describeError(error: unknown): {
  code: string
  exitCode: number
  message: string
  details?: object
} {
  if (error instanceof ConfigMistakes) {
    const { mistakes, file, warnings, what } = error
    const lines = warnings.map((warning) => `\nWarning: ${warning}`)
    const message = `${formatMistakes(mistakes, file, what)}${lines.join('')}`
    const details = { mistakes, ...(warnings.length > 0 && { warnings }) }
    const exitCode = what === 'file' ? exit.data : exit.config
    return { code: `wrong_${what}`, exitCode, message, details }
  }
  if (error instanceof Fault)
    return { code: error.code, exitCode: faultExit(error), message: error.message }
  // The system describes well a port in use or a folder that cannot be created, but not the owner of a file.
  if (error instanceof Error && 'syscall' in error) {
    const message = deniedText(error) ?? error.message
    return { code: 'unavailable', exitCode: exit.unavailable, message }
  }
  return { code: 'internal', exitCode: exit.refused, message: inspect(error) }
}

function faultExit(fault: Fault): number {
  if (fault.code === 'bad_request') return exit.usage
  if (fault.code === 'wrong_schema') return exit.config
  return fault.code === 'unavailable' ? exit.unavailable : exit.refused
}
