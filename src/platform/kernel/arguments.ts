/**
 * Explains what is wrong with a command line, in the words that were typed. Owns the sentences. Each command owns what it
 * takes, and reads a correct command line itself.
 */
import { parseArgs } from 'node:util'
import { nearest } from './nearest.ts'
import { isPem } from './typed-text.ts'

export interface OptionShape {
  readonly type: 'string' | 'boolean'
  readonly multiple?: boolean
  readonly short?: string
  /** What stands for the value in the help. */
  readonly value?: string
}

/** The first option that cannot be read; undefined when all can. */
export function wrongOption(
  args: readonly string[],
  options: Readonly<Record<string, OptionShape>>,
): string | undefined {
  const loose = { args: [...args], options, strict: false, tokens: true } as const
  for (const token of parseArgs(loose).tokens) {
    if (token.kind !== 'option') continue
    const problem = describeProblem(token, options)
    if (problem !== undefined) return problem
  }
  return undefined
}

interface OptionToken {
  readonly name: string
  readonly rawName: string
  readonly value?: string | undefined
  readonly inlineValue?: boolean | undefined
}

function describeProblem(
  { name, rawName, value, inlineValue }: OptionToken,
  options: Readonly<Record<string, OptionShape>>,
): string | undefined {
  const option = Object.hasOwn(options, name) ? options[name] : undefined
  if (option === undefined) {
    const near = nearest(name, Object.keys(options))
    const hint = near === undefined ? '' : ` Did you mean --${near}?`
    return `There is no option ${rawName}.${hint}`
  }
  if (option.type === 'boolean')
    return value === undefined ? undefined : `${rawName} takes no value.`
  if (value === undefined) return `${rawName} needs a value: ${rawName} ${option.value ?? 'VALUE'}`
  if (inlineValue === true || !value.startsWith('-')) return undefined
  return `${rawName} needs a value. If it is ${JSON.stringify(value)}, write ${rawName}=${value}`
}

/** No option has such a name, so PEM is a value even without an equals sign before it. */
export function joinPem(args: readonly string[]): string[] {
  const isBare = (arg: string | undefined) => arg !== undefined && /^--[a-z][a-z-]*$/.test(arg)
  return args.flatMap((arg, index) => {
    if (isPem(arg) && isBare(args[index - 1])) return []
    const next = args[index + 1]
    return isBare(arg) && next !== undefined && isPem(next) ? [`${arg}=${next}`] : [arg]
  })
}
