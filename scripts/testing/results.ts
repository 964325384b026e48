// The results of one run of test files: reads the lines of worker.ts and counts them strictly. A skipped, unfinished or empty
// test is a failure here, so that a green run means that everything ran.

export type Plan = {
  files: string[]
  isolation: 'none' | 'process'
  /** Files at once, with process isolation. */
  concurrency: number
  /** Milliseconds: of a file with process isolation, else of a test. */
  timeout: number
  /** The file the lines are written to. */
  report: string
}

export type Line =
  | {
      type: 'pass' | 'fail'
      name: string
      file: string
      line: number
      suite: boolean
      mark?: 'skipped' | 'todo' | undefined
      failureType?: string | undefined
      error?: string | undefined
    }
  | { type: 'output'; file: string; text: string }
  | { type: 'note'; text: string }
  | { type: 'time'; file: string; ms: number }

export type Failure = { name: string; where: string; text: string }

export type Results = {
  passed: number
  failures: Failure[]
  /** What tests have measured. */
  notes?: string[]
  /** Milliseconds of each file. */
  times?: Map<string, number>
}

const judge = (line: Extract<Line, { type: 'pass' | 'fail' }>): string | undefined => {
  if (line.mark) return `is ${line.mark}: every test has to run`
  if (line.type === 'fail') return line.error ?? 'failed'
  // With process isolation node:test reports a file without tests as a passed test named after the file.
  if (line.name === line.file) return 'has no tests'
  return undefined
}

const collectOutput = (file: string, lines: Line[]): string => {
  const text = lines.map((line) => (line.type === 'output' && line.file === file ? line.text : ''))
  return text.join('').split('\n').slice(-60).join('\n').trim()
}

export const readNotes = (lines: Line[]): string[] =>
  lines.flatMap((line) => (line.type === 'note' ? [line.text] : []))

export const readTimes = (lines: Line[], folder: string): Map<string, number> => {
  const times = new Map<string, number>()
  for (const line of lines) {
    if (line.type !== 'time') continue
    const file = line.file.replace(`${folder}/`, '')
    times.set(file, (times.get(file) ?? 0) + line.ms)
  }
  return times
}

/** Merges the results of parts of one run. */
export const mergeResults = (parts: readonly Results[]): Results => ({
  passed: parts.reduce((sum, one) => sum + one.passed, 0),
  failures: parts.flatMap((one) => one.failures),
  notes: parts.flatMap((one) => one.notes ?? []),
  times: new Map(parts.flatMap((one) => [...(one.times ?? [])])),
})

/** Lists the slowest files, where shortening a run should begin. */
export const describeSlowest = (times: Map<string, number>): string =>
  [...times]
    .sort(([, a], [, b]) => b - a)
    .slice(0, 8)
    .map(([file, ms]) => `${file} ${(ms / 1000).toFixed(1)} s`)
    .join(', ')

/** Counts the lines of one run; finding no test is a failure. */
export const readResults = (lines: Line[], folder: string): Results => {
  const results: Results = { passed: 0, failures: [] }
  for (const line of lines) {
    if (line.type !== 'pass' && line.type !== 'fail') continue
    const verdict = judge(line)
    // A suite passes or fails by its tests; only what breaks the suite itself is counted here.
    if (line.suite && (!verdict || line.failureType === 'subtestsFailed')) continue
    if (!verdict) {
      results.passed += 1
      continue
    }
    const where = `${line.file.replace(`${folder}/`, '')}:${line.line}`
    const output = line.failureType === 'subtestsFailed' ? '' : collectOutput(line.file, lines)
    results.failures.push({
      name: line.name.replace(`${folder}/`, ''),
      where,
      text: output ? `${verdict}\n--- output of the file\n${output}` : verdict,
    })
  }
  if (results.passed + results.failures.length === 0) {
    results.failures.push({ name: 'tests', where: folder, text: 'no test was found' })
  }
  return results
}
