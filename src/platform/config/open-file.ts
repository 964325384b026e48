/**
 * Warns of secrets that everybody on the machine can read: in the configuration file, and in the files that it or the environment
 * names. The group may read them, so that the server can read a file of root. Never shows a value. The key file is not here: it is
 * refused as soon as its group may read it (storage/key-file.ts).
 */
import type { Environment } from './environment.ts'
import { configFields, nodeAt, type Path, pathText } from './fields.ts'
import type { Tree } from './file.ts'

export interface OpenFileOptions {
  /** Absent: the environment alone. */
  readonly file: string | undefined
  readonly tree: Tree
  readonly env: Environment
  /** The permission bits; undefined: there is no such file, or no such bits. */
  readonly readMode: (path: string) => number | undefined
}

const others = { read: 0o004, write: 0o002 } as const

export function listOpenFileWarnings(options: OpenFileOptions): string[] {
  const { file, readMode } = options
  const own = file === undefined ? [] : describeConfigFile(file, options)
  const named = [...nameFiles(options.tree), ...nameVariables(options.env)].flatMap(
    ([name, path]) => {
      const mode = readMode(path)
      return mode === undefined || (mode & (others.read | others.write)) === 0
        ? []
        : [`${name}: ${describeMode(path, mode)}. Run: chmod 600 ${path}`]
    },
  )
  return [...own, ...named]
}

function describeConfigFile(file: string, { tree, readMode }: OpenFileOptions): string[] {
  const mode = readMode(file)
  if (mode === undefined) return []
  const secrets = (mode & others.read) === 0 ? [] : listSecrets(tree)
  if (secrets.length > 0)
    return [`${describeMode(file, mode, secrets.join(', '))}. Run: chmod 600 ${file}`]
  return (mode & others.write) === 0 ? [] : [`${describeMode(file, mode)}. Run: chmod o-w ${file}`]
}

function describeMode(file: string, mode: number, what = 'it'): string {
  const bits = mode.toString(8).padStart(4, '0')
  const acts = [...((mode & others.read) === 0 ? [] : ['read'])]
  if ((mode & others.write) !== 0) acts.push('change')
  return `${file} has the mode ${bits}: everybody on this machine can ${acts.join(' and ')} ${what}`
}

/** The files that a key names, beside those that are public: certificates. */
const publicFiles = ['ca_file', 'client_certificate_file']

function nameFiles(tree: Tree): [string, string][] {
  const isSecretFile = (path: Path) => {
    const key = path.at(-1)
    if (path.join('.') === 'storage.file') return true
    return (
      typeof key === 'string' &&
      key.endsWith('_file') &&
      !publicFiles.includes(key) &&
      path.join('.') !== 'key_file'
    )
  }
  return listTexts(tree)
    .filter(({ path }) => isSecretFile(path))
    .map(({ path, value }) => [pathText(path), value])
}

/** Files of secrets that variables name, such as `EINLASS_STORAGE_URL_FILE` or `EINLASS_KERBEROS_KEYTAB_FILE`. */
function nameVariables(env: Environment): [string, string][] {
  return configFields.flatMap(({ variable, path }): [string, string][] => {
    const names = [`${variable}_FILE`]
    const key = path.at(-1) ?? ''
    const isOwn = key.endsWith('_file') && !publicFiles.includes(key) && path.length > 1
    if (isOwn || path.join('.') === 'storage.file') names.push(variable)
    return names.flatMap((name): [string, string][] => {
      const file = env[name]
      return file === undefined || file === '' ? [] : [[name, file]]
    })
  })
}

/** The keys with a secret, also in lists. The schema of lists is only built for a file that others can read. */
function listSecrets(tree: Tree): string[] {
  return listTexts(tree)
    .filter(({ path, value }) => nodeAt(path)?.writeOnly === true && isSecret(value))
    .map(({ path }) => pathText(path))
}

interface Text {
  readonly path: Path
  readonly value: string
}

function listTexts(value: unknown, path: Path = []): Text[] {
  if (typeof value === 'string') return [{ path, value }]
  if (Array.isArray(value)) return value.flatMap((one, index) => listTexts(one, [...path, index]))
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, one]) => listTexts(one, [...path, key]))
}

/** The address of a database is a secret only if it has a password. */
function isSecret(value: string): boolean {
  if (!/^postgres(ql)?:/.test(value)) return true
  const url = URL.parse(value)
  return url === null || url.password !== '' || url.searchParams.has('password')
}
