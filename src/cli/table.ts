/** Columns for a terminal. */

/** Replaces what controls the terminal or turns the direction of a row: values come from people. */
function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/gu, '�')
}

/** Rows under a head, padded; the last column is not padded. */
export function formatTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return createTable(head)(rows)
}

type Rows = readonly (readonly string[])[]

/**
 * The same for rows that arrive in parts: each call formats one part, the first one with the head. A column is as wide as the
 * widest value so far.
 */
export function createTable(head: readonly string[]): (rows: Rows) => string {
  const widths = head.map(() => 0)
  let isFirst = true
  return (rows) => {
    const all = [...(isFirst ? [head] : []), ...rows.map((row) => row.map(printable))]
    isFirst = false
    for (const row of all)
      for (const [column, cell] of row.entries())
        widths[column] = Math.max(widths[column] ?? 0, cell.length)
    return all
      .map((row) =>
        row
          .map((cell, column) => cell.padEnd(widths[column] ?? 0))
          .join('  ')
          .trimEnd(),
      )
      .join('\n')
  }
}
