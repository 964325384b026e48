/**
 * What the commands of `einlass import` have in common: the options, when something is written, the report and the exit code.
 */
import { z } from 'zod'
import type { Io } from '../../platform/kernel/io.ts'
import { quoteWord } from '../../platform/kernel/text.ts'
import { exit } from '../command.ts'
import { checkInput } from '../input.ts'
import { formats, type ImportFile, openImportFile } from './open-file.ts'
import { openReport, type ReportFile } from './report.ts'
import { type ImportKind, runPass } from './run.ts'
import { formatTally, type Tally } from './tally.ts'

export const importOptions = {
  apply: { type: 'boolean', help: 'Write it; without this nothing is written' },
  'skip-refused': {
    type: 'boolean',
    help: 'With --apply: write the others when records are refused',
  },
  format: {
    type: 'string',
    value: 'FORMAT',
    help: `${formats.join(', ')}; else by the beginning of the file`,
  },
  report: {
    type: 'string',
    value: 'FILE',
    help: 'Write one line of JSON for each record to this file, without secrets',
  },
} as const

export interface ImportInvocation {
  readonly operands: readonly string[]
  readonly values: {
    readonly apply?: boolean
    readonly 'skip-refused'?: boolean
    readonly format?: string
    readonly report?: string
  }
  readonly io: Io
  readonly reply: (value: unknown, text: string) => void
}

export interface ImportCommand<Item> extends ImportKind<Item> {
  /** Called after the last batch. */
  readonly finish: (tally: Tally) => Promise<void>
}

/** Checks the whole file, writes it if that was requested and nothing was refused, and reports the result. */
export async function runImport<Item>(
  invocation: ImportInvocation,
  { finish, ...kind }: ImportCommand<Item>,
): Promise<number> {
  const { operands, values, io } = invocation
  const [name = ''] = operands
  const { format } = checkInput(
    z.object({ format: z.enum(formats).optional() }),
    { format: values.format },
    { format: { option: '--format', typed: values.format, allowed: formats.join(', ') } },
  )
  const file = openImportFile(name, format)
  let report: ReportFile | undefined
  try {
    report = openReport(values.report, file)
    const planned = await runPass({ file, kind, io, report }, 'plan')
    const isHeld = planned.isCutShort || (planned.counts.refused > 0 && !values['skip-refused'])
    if (values.apply !== true || isHeld) return tell(invocation, file, planned, { isHeld })
    const written = await runPass({ file, kind, io, report }, 'write')
    await finish(written)
    return tell(invocation, file, written, { isHeld: false })
  } finally {
    report?.close()
    file.close()
  }
}

function tell(
  { operands, values, reply }: ImportInvocation,
  file: ImportFile,
  tally: Tally,
  { isHeld }: { readonly isHeld: boolean },
): number {
  const { counts, refused, leftAlone, leftOut, isCutShort } = tally
  const applied = values.apply === true && !isHeld
  const title = applied ? `Imported ${file.name}:` : `Checked ${file.name}:`
  const next = applied ? [] : [describeNext(operands, values.apply === true, tally)]
  reply(
    {
      ...{ applied, ...counts, refusals: refused, leftAlone },
      ...{ leftOut: Object.fromEntries(leftOut), isCutShort },
    },
    [title, ...formatTally(tally), ...next].join('\n'),
  )
  return counts.refused > 0 ? exit.data : exit.ok
}

function describeNext(
  [file = '']: readonly string[],
  isApply: boolean,
  { counts, isCutShort }: Tally,
): string {
  const nothing = 'Nothing was written.'
  if (isCutShort) return `${nothing} The file cannot be read to its end: mend it first.`
  if (counts.refused > 0)
    return `${nothing} Mend the file, or import the others with --apply --skip-refused.`
  return isApply
    ? nothing
    : `${nothing} To write it: the same command with --apply (${quoteWord(file)}).`
}
