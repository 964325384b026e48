/** The rows of servers that say which sealing keys they have. The rules for columns are those of tables.ts. */

export interface NodeKeysRow {
  /** Its name among the processes that serve the database, see `Nodes`. */
  node: string
  /** The name of its machine. */
  host: string
  /** JSON: the fingerprints of the keys that it has. */
  fingerprints: string
  /** The id of the key that it seals with. */
  seals_with: string
}
