/** Writes of this program into the schema of an earlier one. */
import type { InsertQueryNode, KyselyPlugin, OperationNode, ValuesNode } from 'kysely'
import type { Database } from '../../src/platform/storage/database.ts'

/** A database that leaves out of each insert what the table has no column for yet. */
export async function useEarlierSchema(db: Database): Promise<Database> {
  const tables = await db.introspection.getTables()
  const columns = new Set(
    tables.flatMap((table) => table.columns.map((column) => `${table.name}.${column.name}`)),
  )
  return db.withPlugin(leaveOut((table, column) => !columns.has(`${table}.${column}`)))
}

const leaveOut = (isUnknown: (table: string, column: string) => boolean): KyselyPlugin => ({
  transformQuery: ({ node }) => (isInsert(node) ? withoutUnknown(node, isUnknown) : node),
  transformResult: async ({ result }) => result,
})

const isInsert = (node: OperationNode): node is InsertQueryNode => node.kind === 'InsertQueryNode'
const isValues = (node: OperationNode): node is ValuesNode => node.kind === 'ValuesNode'

function withoutUnknown(
  node: InsertQueryNode,
  isUnknown: (table: string, column: string) => boolean,
): InsertQueryNode {
  const { into, columns, values } = node
  if (into === undefined || columns === undefined || values === undefined || !isValues(values))
    return node
  const table = into.table.identifier.name
  const isKnown = columns.map(({ column }) => !isUnknown(table, column.name))
  const keep = <Value>(list: readonly Value[]) => list.filter((_, index) => isKnown[index])
  const lists = values.values.map((list) => ({ ...list, values: keep<unknown>(list.values) }))
  const stored = { ...values, values: lists } as ValuesNode
  return { ...node, columns: keep(columns), values: stored }
}
