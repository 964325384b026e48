// Loaded first in each process of tests. node:test follows every promise with an async hook, only to find the test that an error
// without a handler belongs to. That takes a third of the processor in tests of logins. Without the hook such an error still
// fails the run, as one of no test; `reportStray` says what it was.

import { createHook } from 'node:async_hooks'

// No code of this project has hooks of its own, and AsyncLocalStorage does not use them.
const hooks: { enable: () => unknown } = Object.getPrototypeOf(createHook({}))
hooks.enable = function enable() {
  return this
}

/** Calls `report` for each error that nothing handles. It does not end the process: node:test decides that. */
export const reportStray = (report: (error: unknown) => void): void => {
  process.on('uncaughtException', report)
  process.on('unhandledRejection', report)
}
