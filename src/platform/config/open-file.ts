/** Warns of secrets in a configuration file that everybody on the machine can read. Never shows a value. */
import { configFields, pathText } from './fields.ts'
import type { Tree } from './file.ts'

/**
 * @param mode the permission bits of `file`
 * @returns `undefined`: others cannot read the file, or it has no secret
 */
export function openFileWarning(file: string, mode: number, tree: Tree): string | undefined {
  // The group may read it, so that the server can read a file of root.
  if ((mode & 0o004) === 0) return undefined
  const secrets = configFields.filter(({ node, path }) => {
    const value = valueAt(tree, path)
    return typeof value === 'string' && node.writeOnly === true && isSecret(value)
  })
  if (secrets.length === 0) return undefined
  const names = secrets.map(({ path }) => pathText(path)).join(', ')
  const bits = mode.toString(8).padStart(4, '0')
  return `${file} has the mode ${bits}: everybody on this machine can read ${names}. Run: chmod 600 ${file}`
}

function valueAt(tree: Tree, path: readonly string[]): unknown {
  return path.reduce<unknown>((section, key) => {
    const isSection = typeof section === 'object' && section !== null
    return isSection && Object.hasOwn(section, key) ? (section as Tree)[key] : undefined
  }, tree)
}

/** The address of a database is a secret only if it has a password. */
function isSecret(value: string): boolean {
  if (!/^postgres(ql)?:/.test(value)) return true
  const url = URL.parse(value)
  return url === null || url.password !== '' || url.searchParams.has('password')
}
