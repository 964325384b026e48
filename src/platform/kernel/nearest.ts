/** Finds the word that was probably meant. Owns distance and limit; knows nothing of what can be written. */

/** Levenshtein distance: insertions, deletions and replacements of one character. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const replaced = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      next.push(Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, replaced))
    }
    row = next
  }
  return row[b.length] ?? 0
}

/** The nearest of the candidates, when it is near enough that it was probably meant. */
export function nearest(word: string, candidates: readonly string[]): string | undefined {
  if (word.length > 80) return undefined
  const plain = (text: string) => text.toLowerCase().replaceAll('-', '_')
  let best: { candidate: string; distance: number } | undefined
  for (const candidate of candidates) {
    const found = distance(plain(word), plain(candidate))
    if (found <= candidate.length / 2 && found < (best?.distance ?? Infinity))
      best = { candidate, distance: found }
  }
  return best?.candidate
}
