/** Lists the system's shared libraries that a packed Einlass needs: those of Node and of native modules. */
import { execFileSync } from 'node:child_process'

/**
 * Sorted absolute paths as the loader finds them, including the loader itself.
 * @param programs absolute paths of programs and libraries
 */
export function listSystemLibraries(programs: readonly string[]): string[] {
  const output = execFileSync('ldd', [...programs], { encoding: 'utf8' })
  const missing = output.split('\n').find((line) => line.includes('not found'))
  if (missing !== undefined) throw new Error(`a library is missing: ${missing.trim()}`)
  const found = output.matchAll(/^\s(?:\S+ => )?(\/\S+) \(/gm)
  return [...new Set([...found].map(([, path = '']) => path))].sort()
}
