// The process in which tests run: takes a plan as its only argument, runs the files through node:test and writes one JSON line
// per test to the report file. It judges nothing; results.ts does.

import { openSync, writeSync } from 'node:fs'
import { run } from 'node:test'
import type { TestEvent } from 'node:test/reporters'
import { inspect } from 'node:util'
import fc from 'fast-check'
import { reportStray } from './light-promises.ts'
import type { Line, Plan } from './results.ts'

/** Prefix of a diagnostic that a test wants printed; node:test adds diagnostics of its own. */
const notePrefix = 'note: '

const plan: Plan = JSON.parse(process.argv[2] ?? '{}')
const report = openSync(plan.report, 'a')
const write = (line: Line) => writeSync(report, `${JSON.stringify(line)}\n`)

// A failed property is shrunk only for this time, so that its message with the seed is printed before the test is ended.
if (plan.isolation === 'none') fc.configureGlobal({ interruptAfterTimeLimit: plan.timeout / 2 })

if (plan.isolation === 'none') {
  reportStray((error) =>
    write({
      type: 'fail',
      name: 'an error outside of all tests',
      file: '',
      line: 0,
      suite: false,
      error: inspect(error),
    }),
  )
}

const events = run({
  files: plan.files,
  isolation: plan.isolation,
  timeout: plan.timeout,
  ...(plan.isolation === 'process'
    ? {
        concurrency: plan.concurrency,
        execArgv: ['--import', import.meta.resolve('./light-child.ts')],
      }
    : {}),
})

for await (const event of events) {
  const time = readTime(event)
  if (time !== undefined) write({ type: 'time', ...time })
  if (event.type === 'test:pass' || event.type === 'test:fail') {
    const { name, file = '', line = 0, details, skip, todo } = event.data
    const error = event.type === 'test:fail' ? event.data.details.error : undefined
    const failureType = error && 'failureType' in error ? String(error.failureType) : undefined
    write({
      type: event.type === 'test:pass' ? 'pass' : 'fail',
      name,
      file,
      line,
      suite: details.type === 'suite',
      // node:test gives the reason as a string, or true; an absent mark is undefined or false.
      mark: skip ? 'skipped' : todo ? 'todo' : undefined,
      failureType,
      error: error && inspect(error.cause ?? error, { depth: 6 }),
    })
  } else if (event.type === 'test:diagnostic' && event.data.message.startsWith(notePrefix)) {
    write({ type: 'note', text: event.data.message.slice(notePrefix.length) })
  } else if (event.type === 'test:stdout' || event.type === 'test:stderr') {
    write({ type: 'output', file: event.data.file, text: event.data.message })
  }
}

/** A file has its own summary only if it has its own process. */
function readTime({ type, data }: TestEvent): { file: string; ms: number } | undefined {
  if (type === 'test:summary' && data.file !== undefined) {
    return { file: data.file, ms: data.duration_ms }
  }
  const isTest = type === 'test:pass' || type === 'test:fail'
  if (!isTest || plan.isolation === 'process' || data.nesting > 0) return undefined
  return { file: data.file ?? '', ms: data.details.duration_ms }
}
