/** The sealing keys that each running server says it has. Owns the table `node_keys`. */
import { z } from 'zod'
import type { OpenDatabase, Queries } from './database.ts'

export interface NodeKeys {
  readonly node: string
  /** The name of its machine. */
  readonly host: string
  readonly fingerprints: readonly string[]
  /** The id of the key that it seals with. */
  readonly sealsWith: string
}

export async function writeNodeKeys(queries: Queries, keys: NodeKeys): Promise<void> {
  const { node, host, fingerprints, sealsWith } = keys
  const row = { host, fingerprints: JSON.stringify(fingerprints), seals_with: sealsWith }
  await queries
    .insertInto('node_keys')
    .values({ node, ...row })
    .onConflict((conflict) => conflict.column('node').doUpdateSet(row))
    .execute()
}

/** Whether the note of a server is there. It may be missing after the server was cut off for a moment and treated as gone. */
export async function hasNodeKeys(queries: Queries, node: string): Promise<boolean> {
  const row = queries.selectFrom('node_keys').select('node').where('node', '=', node)
  return (await row.executeTakeFirst()) !== undefined
}

export async function removeNodeKeys(queries: Queries, node: string): Promise<void> {
  await queries.deleteFrom('node_keys').where('node', '=', node).execute()
}

const fingerprintsSchema = z.array(z.string())

export async function readNodeKeys(queries: Queries): Promise<NodeKeys[]> {
  const rows = await queries.selectFrom('node_keys').selectAll().orderBy('node').execute()
  return rows.map((row) => ({
    node: row.node,
    host: row.host,
    fingerprints: fingerprintsSchema.parse(JSON.parse(row.fingerprints)),
    sealsWith: row.seals_with,
  }))
}

/** Removes the notes of servers that were killed. With SQLite only a server may call it, as there is no second server. */
export async function removeGoneNodes({
  db,
  nodes,
}: Pick<OpenDatabase, 'db' | 'nodes'>): Promise<void> {
  for (const { node } of await readNodeKeys(db)) {
    if (await nodes.isGone(node)) await removeNodeKeys(db, node)
  }
}
