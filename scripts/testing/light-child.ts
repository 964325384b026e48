// Preloaded into the process of one test file, where the output is what the report shows of a file that failed.

import { inspect } from 'node:util'
import { isMainThread } from 'node:worker_threads'
import { reportStray } from './light-promises.ts'

// An error in a worker ends the worker, as it does outside of tests.
if (isMainThread) {
  reportStray((error) => process.stderr.write(`an error outside of all tests: ${inspect(error)}\n`))
}
