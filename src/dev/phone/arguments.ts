/** The command line of the phone in the terminal: its commands and options, and how they are read. */
import { parseArgs } from 'node:util'
import { wrongOption } from '../../platform/kernel/arguments.ts'
import { nearest } from '../../platform/kernel/nearest.ts'
import type { AnswerMode } from './listener.ts'

/** @param einlass how the command is called */
export const usage = (einlass: string): string => `A phone in the terminal, for demos and tests.

  ${einlass} phone scan 'URI'   register with a server, then show requests and answer them
      --name NAME              the name of the phone (Terminal)
      --client KIND            behave like the android or the ios app (android)
      --once                   end after the first answer
  ${einlass} phone listen       show requests and answer them
  ${einlass} phone list         show the accounts
  ${einlass} phone code [NAME]  show the current code of the accounts, or of one, that have codes
  ${einlass} phone remove ID    remove an account here, not on the server
  ${einlass} phone refresh      send the servers the address of this phone

  --port N         where this phone receives, on 127.0.0.1 (8765)
  --answer MODE    ask, approve or deny (ask); numbers are asked for in any case
  --file FILE      the accounts (~/.config/einlass/phone.json, or EINLASS_PHONE_FILE)
  --json           one JSON object per line
`

export interface Options {
  readonly name?: string
  readonly port: number
  readonly file?: string
  readonly answer: AnswerMode
  readonly client: 'android' | 'ios'
  /** End after the first answer. */
  readonly once: boolean
  readonly json: boolean
}

export type Command =
  | { readonly type: 'scan'; readonly uri: string; readonly options: Options }
  | { readonly type: 'listen' | 'list' | 'refresh'; readonly options: Options }
  | { readonly type: 'remove'; readonly id: string; readonly options: Options }
  /** Without a name: of all accounts. */
  | { readonly type: 'code'; readonly name: string | undefined; readonly options: Options }
  | { readonly type: 'help' }
  | { readonly type: 'wrong'; readonly problem: string }

/** Reads what follows `phone`. Never throws. */
export function readCommand(args: readonly string[]): Command {
  const parsed = parse(args)
  if (typeof parsed === 'string') return { type: 'wrong', problem: parsed }
  const { values, positionals } = parsed
  const [name, operand, ...more] = positionals
  if (values.help || name === undefined) return { type: 'help' }
  if (!names.includes(name)) return { type: 'wrong', problem: unknownText(name) }
  const options = readOptions(values)
  if (typeof options === 'string') return { type: 'wrong', problem: options }
  const takes = takenBy(name)
  const fits = takes === 'at most one value' || (operand !== undefined) === (takes === 'one value')
  if (more.length > 0 || !fits) return { type: 'wrong', problem: describeTaken(name, takes) }
  if (name === 'scan') return { type: name, uri: operand ?? '', options }
  if (name === 'code') return { type: name, name: operand, options }
  if (name === 'remove') return { type: name, id: operand ?? '', options }
  if (name === 'listen' || name === 'list' || name === 'refresh') return { type: name, options }
  return { type: 'wrong', problem: unknownText(name) }
}

const names: readonly string[] = ['scan', 'listen', 'list', 'code', 'remove', 'refresh']

const meaning: Readonly<Record<string, string>> = {
  scan: ": the address below the QR code, between single quotes, as in 'pushauth://…'",
  remove: ': the id that "phone list" shows',
}

const describeTaken = (name: string, takes: string): string =>
  `phone ${name} takes ${takes}${meaning[name] ?? ''}`

function takenBy(name: string) {
  if (name === 'code') return 'at most one value'
  return name === 'scan' || name === 'remove' ? 'one value' : 'no value'
}

function unknownText(name: string): string {
  const meant = nearest(name, names)
  return `There is no command phone ${name}.${meant === undefined ? '' : ` Did you mean phone ${meant}?`}`
}

const options = {
  name: { type: 'string', value: 'NAME' },
  port: { type: 'string', default: '8765', value: 'N' },
  file: { type: 'string', value: 'FILE' },
  answer: { type: 'string', default: 'ask', value: 'MODE' },
  client: { type: 'string', default: 'android', value: 'KIND' },
  once: { type: 'boolean', default: false },
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
} as const

function parse(args: readonly string[]) {
  return (
    wrongOption(args, options) ?? parseArgs({ args: [...args], allowPositionals: true, options })
  )
}

type Values = Exclude<ReturnType<typeof parse>, string>['values']

function readOptions(values: Values): Options | string {
  const { answer, client, name, file } = values
  const port = Number(values.port)
  if (!Number.isInteger(port) || port < 1 || port > 65535)
    return `--port takes a number from 1 to 65535, not ${JSON.stringify(values.port)}`
  if (answer !== 'ask' && answer !== 'approve' && answer !== 'deny')
    return `--answer takes ask, approve or deny, not ${JSON.stringify(answer)}`
  if (client !== 'android' && client !== 'ios')
    return `--client takes android or ios, not ${JSON.stringify(client)}`
  return {
    port,
    answer,
    client,
    once: values.once,
    json: values.json,
    ...(name !== undefined && { name }),
    ...(file !== undefined && { file }),
  }
}
