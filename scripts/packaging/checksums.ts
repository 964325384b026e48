/** The file SHA256SUMS beside the packages, in the format of `sha256sum`. */
import { basename, join } from 'node:path'

/**
 * Adds lines for packages that were built now. Lines of other packages stay as long as their file exists, as one kind may be
 * built after another.
 */
export function addChecksums(
  before: string,
  made: ReadonlyMap<string, string>,
  { out, isThere }: { readonly out: string; readonly isThere: (file: string) => boolean },
): string {
  const sums = new Map<string, string>()
  for (const line of before.split('\n')) {
    const [sum, name] = line.split('  ')
    if (sum !== undefined && name !== undefined && isThere(join(out, name))) sums.set(name, sum)
  }
  for (const [file, sum] of made) sums.set(basename(file), sum)
  const lines = [...sums].map(([name, sum]) => `${sum}  ${name}\n`)
  return lines.join('')
}
