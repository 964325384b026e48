/** Columns for a terminal. */

/** Values come from people, so nothing in them may control the terminal. */
function printable(text: string): string {
  return text.replace(/\p{Cc}/gu, '�')
}

/** Rows under a head, padded; the last column is as long as it is. */
export function formatTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [head, ...rows.map((row) => row.map(printable))]
  const widths = head.map((_, column) => Math.max(...all.map((row) => (row[column] ?? '').length)))
  return all
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}
