/** Questions at a terminal, for what was not given as an option. */
import { createInterface } from 'node:readline'
import { Fault } from '../platform/kernel/fault.ts'
import type { Io } from '../platform/kernel/io.ts'
import { isTerminal } from './hidden-line.ts'

export interface Question {
  /** Ends without a colon. */
  readonly text: string
  /** What an answer stands for, with its dashes: it is named where there is no terminal to ask on. */
  readonly option: string
}

/**
 * The answers in the order of the questions, asked on standard error. Throws Fault `bad_request` where there is no terminal,
 * with the options that are missing, `not_allowed` when the input ends.
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
