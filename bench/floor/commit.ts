// Durable writes of the floors: all writes of one turn of the event loop share one commit.

import type { DatabaseSync } from 'node:sqlite'

/** Resolves when what `write` has done is on disk. */
export type Commit = (write: () => void) => Promise<void>

export const createCommit = (db: DatabaseSync): Commit => {
  let waiting: { write: () => void; done: () => void }[] = []
  const commitWaiting = () => {
    const writes = waiting
    waiting = []
    db.exec('BEGIN IMMEDIATE')
    for (const { write } of writes) write()
    db.exec('COMMIT')
    for (const { done } of writes) done()
  }
  return (write) =>
    new Promise((done) => {
      if (waiting.length === 0) setImmediate(commitWaiting)
      waiting.push({ write, done })
    })
}
