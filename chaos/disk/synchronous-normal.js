// Loaded before a server by a run that has to fail: SQLite then acknowledges what it has not flushed.
import { DatabaseSync } from 'node:sqlite'

const { exec } = DatabaseSync.prototype

DatabaseSync.prototype.exec = function (text) {
  return exec.call(this, text.replace('synchronous = FULL', 'synchronous = NORMAL'))
}
