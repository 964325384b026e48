/** Remembers the objects that were made from the rows of apps. Apps are read far more often than they change. */
import type { Selectable } from 'kysely'
import type { AppRow as AppTable } from '../../platform/storage/app-tables.ts'

type AppRow = Selectable<AppTable>

/** More apps than most installations have. */
const remembered = 1000

/**
 * Reuses the object made from a row as long as no letter of the row changes: parsing and unsealing an app costs more than
 * finding its row. The row is read from the database each time, so a change is effective at once on every node.
 */
export function rememberByRow<Made>(make: (row: AppRow) => Made) {
  const known = new Map<string, { readonly row: AppRow; readonly made: Made }>()
  return {
    read(row: AppRow): Made {
      const before = known.get(row.id)
      if (before !== undefined && isSameRow(before.row, row)) return before.made
      if (known.size >= remembered) known.clear()
      const made = make(row)
      known.set(row.id, { row, made })
      return made
    },
    find(id: string, updatedAt: number): Made | undefined {
      const before = known.get(id)
      return before?.row.updated_at === updatedAt ? before.made : undefined
    },
  }
}

function isSameRow(a: AppRow, b: AppRow): boolean {
  for (const name in a) {
    if (a[name as keyof AppRow] !== b[name as keyof AppRow]) return false
  }
  return true
}
