/** The command line of the phone in the terminal: what can be said, and reading it. */
import { parseArgs } from 'node:util'
import type { AnswerMode } from './listener.ts'

export const usage = `A phone in the terminal, for demos and tests.

  einlass phone scan 'URI'   register with a server and answer its first request
      --name NAME              what the phone calls itself (Terminal)
      --client KIND            behave like the android or the ios app (android)
      --keep-listening         go on after the first request
  einlass phone listen       show requests and answer them
  einlass phone list         show the accounts
  einlass phone remove ID    forget an account (the server is not told)
  einlass phone refresh      tell the servers the address of this phone

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
  readonly keepListening: boolean
  readonly json: boolean
}

export type Command =
  | { readonly type: 'scan'; readonly uri: string; readonly options: Options }
  | { readonly type: 'listen' | 'list' | 'refresh'; readonly options: Options }
  | { readonly type: 'remove'; readonly id: string; readonly options: Options }
  | { readonly type: 'help' }
  | { readonly type: 'wrong'; readonly problem: string }

/** Reads what follows `phone`. Never throws. */
export function readCommand(args: readonly string[]): Command {
  const parsed = parse(args)
  if (typeof parsed === 'string') return { type: 'wrong', problem: parsed }
  const { values, positionals } = parsed
  const [name, operand, ...more] = positionals
  if (values.help || name === undefined) return { type: 'help' }
  const options = readOptions(values)
  if (typeof options === 'string') return { type: 'wrong', problem: options }
  const wanted = name === 'scan' || name === 'remove' ? 1 : 0
  if (more.length > 0 || (operand !== undefined) !== (wanted === 1))
    return {
      type: 'wrong',
      problem: `phone ${name} takes ${wanted === 1 ? 'one value' : 'no value'}`,
    }
  if (name === 'scan') return { type: name, uri: operand ?? '', options }
  if (name === 'remove') return { type: name, id: operand ?? '', options }
  if (name === 'listen' || name === 'list' || name === 'refresh') return { type: name, options }
  return { type: 'wrong', problem: `There is no command phone ${name}` }
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        name: { type: 'string' },
        port: { type: 'string', default: '8765' },
        file: { type: 'string' },
        answer: { type: 'string', default: 'ask' },
        client: { type: 'string', default: 'android' },
        'keep-listening': { type: 'boolean', default: false },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    })
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

type Values = Exclude<ReturnType<typeof parse>, string>['values']

function readOptions(values: Values): Options | string {
  const { answer, client, name, file } = values
  const port = Number(values.port)
  if (!Number.isInteger(port) || port < 1 || port > 65535) return '--port takes 1 to 65535'
  if (answer !== 'ask' && answer !== 'approve' && answer !== 'deny')
    return '--answer takes ask, approve or deny'
  if (client !== 'android' && client !== 'ios') return '--client takes android or ios'
  return {
    port,
    answer,
    client,
    keepListening: values['keep-listening'],
    json: values.json,
    ...(name !== undefined && { name }),
    ...(file !== undefined && { file }),
  }
}
