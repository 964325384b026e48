/** Asks before something that cannot be undone. Without a terminal, `--yes` is the answer. */
import { createInterface } from 'node:readline'
import { Fault } from '../platform/kernel/fault.ts'
import type { Io } from '../platform/kernel/io.ts'
import { isTerminal } from './hidden-line.ts'

/**
 * Asks on standard error to type `word`. Throws Fault `bad_request` if there is no terminal, `not_allowed` for any other
 * answer.
 */
export async function confirmByWord(
  { stdin, stderr }: Pick<Io, 'stdin' | 'stderr'>,
  { question, word }: { readonly question: string; readonly word: string },
): Promise<void> {
  if (!isTerminal(stdin)) {
    throw new Fault(
      'bad_request',
      `${question}\nThere is no terminal to ask on. To go ahead without a question, add --yes.`,
    )
  }
  stderr.write(`${question}\nType ${word} to go on: `)
  const answer = await firstLine(stdin)
  if (answer.trim() !== word) throw new Fault('not_allowed', 'Nothing was changed.')
}

async function firstLine(stdin: NodeJS.ReadableStream): Promise<string> {
  const lines = createInterface({ input: stdin })
  try {
    for await (const line of lines) return line
    return ''
  } finally {
    lines.close()
  }
}
