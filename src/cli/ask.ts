/** Asks at a terminal for values that were not given as options. */
import { createInterface } from 'node:readline'
import { Fault } from '../platform/kernel/fault.ts'
import type { Io } from '../platform/kernel/io.ts'
import { isTerminal } from './hidden-line.ts'

export interface Question {
  /** Ends without a colon. */
  readonly text: string
  /** The option that the answer replaces, with its dashes. The error names it if there is no terminal to ask on. */
  readonly option: string
}

/**
 * Asks on standard error and resolves with the answers in the order of the questions. Throws Fault `bad_request`, with the
 * missing options, if there is no terminal, and `not_allowed` when the input ends.
 */
export async function askAll(
  { stdin, stderr }: Pick<Io, 'stdin' | 'stderr'>,
  questions: readonly Question[],
): Promise<string[]> {
  if (questions.length === 0) return []
  if (!isTerminal(stdin)) {
    const missing = questions.map(({ option }) => option).join(' and ')
    const verb = questions.length === 1 ? 'is' : 'are'
    throw new Fault(
      'bad_request',
      `${missing} ${verb} missing, and there is no terminal to ask on.`,
    )
  }
  const reader = createInterface({ input: stdin })
  const lines = reader[Symbol.asyncIterator]()
  try {
    const answers: string[] = []
    for (const { text } of questions) {
      stderr.write(`${text}: `)
      const { value, done } = await lines.next()
      if (done === true) throw new Fault('not_allowed', 'Nothing was written.')
      answers.push(value.trim())
    }
    return answers
  } finally {
    reader.close()
  }
}
