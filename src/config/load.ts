/**
 * From a file and the environment to a `Config`, or to all mistakes at once. Owns the order (environment wins over
 * file, file over default); reads nothing by itself: environment and file system are arguments.
 */
import type { z } from 'zod'
import {
  type Environment,
  type EnvironmentValue,
  type ReadFile,
  readEnvironment,
} from './environment.ts'
import type { Path } from './fields.ts'
import { type ConfigFile, noConfigFile, readYaml, type Tree } from './file.ts'
import { respell } from './misspelled.ts'
import {
  foundText,
  inOrder,
  type Mistake,
  type Origin,
  unknownKeys,
  wrongValues,
} from './mistakes.ts'
import { type Config, configSchema } from './schema.ts'

export interface LoadOptions {
  /** Path of the YAML file; absent: environment and defaults only. */
  readonly file?: string | undefined
  readonly env: Environment
  readonly readFile: ReadFile
  /** Also demand what a running server needs: `public_url`. */
  readonly serving?: boolean
}

export type LoadedConfig =
  | { readonly type: 'ok'; readonly config: Config; readonly warnings: readonly string[] }
  | {
      readonly type: 'mistakes'
      readonly mistakes: readonly Mistake[]
      readonly warnings: readonly string[]
    }

/** Loads the configuration. Never throws. */
export function loadConfig({ file, env, readFile, serving = false }: LoadOptions): LoadedConfig {
  const source = readSource(file, readFile)
  const environment = readEnvironment(env, readFile)
  const mistakes = [...source.mistakes, ...environment.mistakes]
  const { warnings } = environment
  if (!source.readable) return { type: 'mistakes', mistakes: inOrder(mistakes), warnings }

  const tree = environment.values.reduce(withValue, source.tree)
  const result = configSchema.safeParse(tree)
  if (!result.success)
    mistakes.push(...schemaMistakes(result.error, tree, originOf(source, environment.values)))
  if (serving && tree.public_url === undefined && !isMistaken(mistakes, 'public_url'))
    mistakes.push(missingPublicUrl)
  if (!result.success || mistakes.length > 0)
    return { type: 'mistakes', mistakes: inOrder(mistakes), warnings }
  return { type: 'ok', config: result.data, warnings: [...warnings, ...warningsOf(result.data)] }
}

/** Keys as they were typed, values as they were meant: a misspelled section hides nothing that is below it. */
function schemaMistakes(
  { issues }: z.ZodError,
  tree: Tree,
  originOf: (path: Path) => Origin,
): readonly Mistake[] {
  const meant = respell(tree)
  const below = configSchema.safeParse(meant.tree).error?.issues ?? []
  const places = { typed: meant.typed, originOf }
  return [
    ...unknownKeys(issues, { typed: (path) => path, originOf }),
    ...unknownKeys(below, places),
    ...wrongValues(below, meant.tree, places),
  ]
}

const missingPublicUrl: Mistake = {
  path: 'public_url',
  found: foundText(undefined, ['public_url']),
  allowed: 'the origin that browsers use, such as https://login.example.org',
}

function isMistaken(mistakes: readonly Mistake[], path: string): boolean {
  return mistakes.some((mistake) => mistake.path === path)
}

function readSource(file: string | undefined, readFile: ReadFile): ConfigFile {
  if (file === undefined) return noConfigFile
  let text: string
  try {
    text = readFile(file)
  } catch {
    const mistake = { path: '', found: 'a file that cannot be read', allowed: 'a YAML file' }
    return { ...noConfigFile, mistakes: [mistake], readable: false }
  }
  return readYaml(text)
}

/** The tree with one more value. What is not a section stays as it is, the schema reports it. */
function withValue(tree: Tree, { field, value }: EnvironmentValue): Tree {
  const put = (section: unknown, [key = '', ...rest]: readonly string[]): unknown => {
    if (typeof section !== 'object' || section === null || Array.isArray(section)) return section
    const below: unknown = (section as Tree)[key]
    return { ...section, [key]: rest.length === 0 ? value : put(below ?? {}, rest) }
  }
  return put(tree, field.path) as Tree
}

function originOf(source: ConfigFile, values: readonly EnvironmentValue[]) {
  return (path: Path): Origin => {
    const value = values.find(({ field }) =>
      field.path.every((part, index) => part === path[index]),
    )
    if (value !== undefined) return { variable: value.variable }
    const line = source.lineOf(path)
    return line === undefined ? {} : { line }
  }
}

function warningsOf(config: Config): string[] {
  const warnings: string[] = []
  const url = config.public_url === undefined ? undefined : new URL(config.public_url)
  const isLocal = ['localhost', '127.0.0.1', '[::1]'].includes(url?.hostname ?? 'localhost')
  if (url?.protocol === 'http:' && !isLocal)
    warnings.push('public_url is http: passwords and cookies cross the network unprotected')
  if (config.default_policy.plainApproval === true)
    warnings.push('default_policy.plain_approval: old apps approve logins without a number')
  return warnings
}
