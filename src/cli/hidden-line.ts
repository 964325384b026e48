/** A line that is typed at a terminal and not shown. */
import { createInterface } from 'node:readline'
import { Writable } from 'node:stream'
import { Fault } from '../platform/kernel/fault.ts'
import type { Io } from '../platform/kernel/io.ts'

/** Whether a person types there: it is a terminal. */
export function isTerminal(stdin: Io['stdin']): boolean {
  return 'isTTY' in stdin && stdin.isTTY === true
}

/**
 * Asks twice on standard error, since nobody sees what they type. Throws Fault `bad_request` for two different answers,
 * `not_allowed` when the input ends or Ctrl+C is pressed.
 */
export async function askHidden(
  { stdin, stderr }: Pick<Io, 'stdin' | 'stderr'>,
  question: string,
): Promise<string> {
  // The reader shows what is typed on its output, and only there.
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
