/** Reads a line at a terminal without showing it. */
import { createInterface } from 'node:readline'
import { Writable } from 'node:stream'
import { Fault } from '../platform/kernel/fault.ts'
import type { Io } from '../platform/kernel/io.ts'

/** Whether the input is a terminal, where a person types. */
export function isTerminal(stdin: Io['stdin']): boolean {
  return 'isTTY' in stdin && stdin.isTTY === true
}

/**
 * Asks twice on standard error, because the typed text is not shown. Throws Fault `bad_request` for two different answers,
 * `not_allowed` when the input ends or Ctrl+C is pressed.
 */
export async function askHidden(
  { stdin, stderr }: Pick<Io, 'stdin' | 'stderr'>,
  question: string,
): Promise<string> {
  // readline echoes the typed text only to its output, so this output discards it.
  const output = new Writable({ write: (_chunk, _encoding, done) => done() })
  const reader = createInterface({ input: stdin, output, terminal: true, historySize: 0 })
  reader.on('SIGINT', () => reader.close())
  const lines = reader[Symbol.asyncIterator]()
  const ask = async (text: string): Promise<string> => {
    stderr.write(text)
    const { value, done } = await lines.next()
    stderr.write('\n')
    if (done === true) throw new Fault('not_allowed', 'Nothing was changed.')
    return value
  }
  try {
    const first = await ask(`${question}: `)
    if ((await ask('Once more: ')) === first) return first
  } finally {
    reader.close()
  }
  throw new Fault('bad_request', 'These are two different ones. Nothing was changed.')
}
