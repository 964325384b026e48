/** The rows in which servers note which sealing keys they have. tables.ts has the rules for columns. */

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
