// The smallest storage that does the work of a login durably: a session row and an audit log row, in SQLite with
// synchronous=FULL. All writes of one turn of the event loop share one commit.

import { createHash, randomBytes } from 'node:crypto'
import { DatabaseSync } from 'node:sqlite'
import { createCommit } from './commit.ts'

const schema = `
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = FULL;
  CREATE TABLE IF NOT EXISTS users (name TEXT PRIMARY KEY, hash TEXT NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS sessions (token TEXT PRIMARY KEY, name TEXT NOT NULL, at INTEGER NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS audit (
    seq INTEGER PRIMARY KEY, at INTEGER NOT NULL, event TEXT NOT NULL, chain TEXT NOT NULL
  ) STRICT;
`

const digest = (text: string) => createHash('sha256').update(text).digest('base64url')

export const openFloorStore = (file: string) => {
  const db = new DatabaseSync(file)
  db.exec(schema)
  const insertUser = db.prepare('INSERT OR REPLACE INTO users VALUES (?, ?)')
  const findUser = db.prepare('SELECT hash FROM users WHERE name = ?')
  const insertSession = db.prepare('INSERT INTO sessions VALUES (?, ?, ?)')
  const insertAudit = db.prepare('INSERT INTO audit (at, event, chain) VALUES (?, ?, ?)')
  let chain = ''
  const commit = createCommit(db)

  return {
    addUsers: (count: number, hash: string) =>
      commit(() => {
        for (let index = 0; index < count; index += 1) insertUser.run(`user-${index}`, hash)
      }),
    findHash: (name: string): string | undefined => {
      const row = findUser.get(name)
      return row ? String(row.hash) : undefined
    },
    /** Resolves with the token of the new session after the row is on disk. */
    createSession: async (name: string): Promise<string> => {
      const token = randomBytes(32).toString('base64url')
      await commit(() => {
        const at = Date.now()
        const event = JSON.stringify({ type: 'login.succeeded', name })
        chain = digest(chain + event)
        insertSession.run(digest(token), name, at)
        insertAudit.run(at, event, chain)
      })
      return token
    },
  }
}
