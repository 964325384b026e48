/**
 * Turns a file and the environment into a `Config`, or into all mistakes at once. Owns the order (environment over file, file
 * over default). Reads nothing by itself: environment and file system are arguments.
 */
import type { z } from 'zod'
import { unreadableText } from '../kernel/denied.ts'
import { findConflicts, logoMistakes } from './conflicts.ts'
import {
  type Environment,
  type EnvironmentValue,
  type ReadFile,
  type RunCommand,
  readEnvironment,
} from './environment.ts'
import type { Path } from './fields.ts'
import { type ConfigFile, noConfigFile, readYaml, type Tree } from './file.ts'
import type { KerberosConfig } from './kerberos.ts'
import { type KeySourceConfig, resolveKeySource } from './key-source.ts'
import { respell } from './misspelled.ts'
import {
  foundText,
  inOrder,
  type Mistake,
  type Origin,
  unknownKeys,
  wrongValues,
} from './mistakes.ts'
import { listOpenFileWarnings } from './open-file.ts'
import { parseConfig, parseSection } from './parse.ts'
import type { Config } from './schema.ts'

export interface LoadOptions {
  /** Path of the YAML file; absent: environment and defaults only. */
  readonly file?: string | undefined
  readonly env: Environment
  readonly readFile: ReadFile
  /** The permission bits of a file; absent: permissions are not checked. */
  readonly readMode?: (path: string) => number | undefined
  /** Also require what a running server needs: `public_url`, and a readable logo. */
  readonly serving?: boolean
  readonly checks?: ConfigChecks
  /** Runs a command that prints a secret; throws an Error with a message for people. Absent: runs no command. */
  readonly runCommand?: RunCommand
}

/** Further checks of sections that are valid by themselves. */
export interface ConfigChecks {
  readonly factors?: (config: FactorSettings) => readonly Mistake[]
  /** What this machine lacks for tickets. */
  readonly kerberos?: (kerberos: KerberosConfig, publicUrl: string) => readonly Mistake[]
  /** Whether the files that they name can be used. */
  readonly directories?: (directories: Config['directories']) => readonly Mistake[]
}

/** The parts of the configuration that only factors use. */
export type FactorSettings = Pick<Config, 'push'>

export type LoadedConfig =
  | { readonly type: 'ok'; readonly config: Config; readonly warnings: readonly string[] }
  | {
      readonly type: 'mistakes'
      readonly mistakes: readonly Mistake[]
      readonly warnings: readonly string[]
    }

/** Loads the configuration. Never throws. */
export function loadConfig(options: LoadOptions): LoadedConfig {
  const { file, env, readFile, runCommand, serving = false } = options
  const source = readSource(file, readFile)
  const environment = readEnvironment(env, { readFile, runCommand })
  const mistakes = [...source.mistakes, ...environment.mistakes]
  const warnings = [...environment.warnings, ...warnOfOpenFiles(options, source.tree)]
  if (!source.readable) return { type: 'mistakes', mistakes: inOrder(mistakes), warnings }

  const tree = environment.values.reduce(withValue, source.tree)
  const result = parseConfig(tree)
  const origin = nameOrigin(source, environment.values)
  if (!result.success) mistakes.push(...schemaMistakes(result.error, tree, origin))
  mistakes.push(...findConflicts(tree, origin))
  if (serving) mistakes.push(...servingMistakes(options, tree, origin))
  const keySource = result.data?.key_source && resolveKeySource(result.data.key_source, env)
  if (keySource !== undefined && 'found' in keySource) {
    mistakes.push({ ...keySource, ...origin(keySource.path.split('.')) })
  }
  if (!result.success || mistakes.length > 0)
    return { type: 'mistakes', mistakes: inOrder(mistakes), warnings }
  const more = listWarnings(result.data)
  const config = { ...result.data, ...(isKeySource(keySource) && { key_source: keySource }) }
  return { type: 'ok', config, warnings: [...warnings, ...more] }
}

const isKeySource = (one: KeySourceConfig | Mistake | undefined): one is KeySourceConfig =>
  one !== undefined && 'type' in one

/**
 * Reports keys as they were typed, but checks values as they were meant, so that a misspelled section hides no mistakes below
 * it.
 */
function schemaMistakes(
  { issues }: z.ZodError,
  tree: Tree,
  nameOrigin: (path: Path) => Origin,
): readonly Mistake[] {
  const meant = respell(tree)
  const below = parseConfig(meant.tree).error?.issues ?? []
  const { meantBy } = meant
  const places = { typed: meant.typed, nameOrigin: nameOrigin, meantBy }
  return [
    ...unknownKeys(issues, { typed: (path) => path, nameOrigin: nameOrigin, meantBy }),
    ...unknownKeys(below, places),
    ...wrongValues(below, meant.tree, places),
  ]
}

const missingPublicUrl = ({ file }: LoadOptions): Mistake => ({
  path: 'public_url',
  found:
    file === undefined
      ? 'nothing: there is no einlass.yaml in this folder, and neither --config nor EINLASS_CONFIG names a file'
      : foundText(undefined, ['public_url']),
  allowed: 'the origin that browsers use, such as https://login.example.org',
})

/** Reports one mistake for each path, so that an unreadable public_url is not reported as missing as well. */
function servingMistakes(
  options: LoadOptions,
  tree: Tree,
  nameOrigin: (path: Path) => Origin,
): Mistake[] {
  const { readFile, checks = {} } = options
  const push = parseSection(tree, 'push')
  const kerberos = parseSection(tree, 'kerberos')
  const publicUrl = parseSection(tree, 'public_url')
  const directories = parseSection(tree, 'directories')
  return [
    ...logoMistakes(tree, readFile, nameOrigin),
    ...(directories === undefined ? [] : (checks.directories?.(directories) ?? [])),
    ...(push === undefined ? [] : (checks.factors?.({ push }) ?? [])),
    ...(kerberos === undefined || publicUrl === undefined
      ? []
      : (checks.kerberos?.(kerberos, publicUrl) ?? [])),
    ...(tree.public_url === undefined ? [missingPublicUrl(options)] : []),
  ]
}

function readSource(file: string | undefined, readFile: ReadFile): ConfigFile {
  if (file === undefined) return noConfigFile
  let text: string
  try {
    text = readFile(file)
  } catch (error) {
    const mistake = { path: '', found: unreadableText(error, file), allowed: 'a YAML file' }
    return { ...noConfigFile, mistakes: [mistake], readable: false }
  }
  return readYaml(text)
}

/** The tree with one more value. A value in place of a section stays as it is; the schema reports it. */
function withValue(tree: Tree, { field, value }: EnvironmentValue): Tree {
  const put = (section: unknown, [key = '', ...rest]: readonly string[]): unknown => {
    if (typeof section !== 'object' || section === null || Array.isArray(section)) return section
    const below: unknown = (section as Tree)[key]
    return { ...section, [key]: rest.length === 0 ? value : put(below ?? {}, rest) }
  }
  return put(tree, field.path) as Tree
}

function nameOrigin(source: ConfigFile, values: readonly EnvironmentValue[]) {
  return (path: Path): Origin => {
    const value = values.find(({ field }) =>
      field.path.every((part, index) => part === path[index]),
    )
    if (value !== undefined) return { variable: value.variable }
    const line = source.findLine(path)
    if (line !== undefined) return { line }
    // Something is missing in a section that only the environment has.
    const [section, ...below] = path
    const cause = values.find(({ field }) => below.length > 0 && field.path[0] === section)
    return cause === undefined ? {} : { variable: cause.variable }
  }
}

function warnOfOpenFiles({ file, env, readMode }: LoadOptions, tree: Tree): string[] {
  return readMode === undefined ? [] : listOpenFileWarnings({ file, tree, env, readMode })
}

function listWarnings(config: Config): string[] {
  const warnings: string[] = []
  const url = config.public_url === undefined ? undefined : new URL(config.public_url)
  const isLocal = ['localhost', '127.0.0.1', '[::1]'].includes(url?.hostname ?? 'localhost')
  if (url?.protocol === 'http:' && !isLocal)
    warnings.push('public_url is http: passwords and cookies cross the network unprotected')
  if (config.default_policy.plainApproval === true)
    warnings.push('default_policy.plain_approval: old apps approve logins without a number')
  for (const one of config.directories)
    if (one.kind === 'openldap' && one.lockout_threshold === undefined)
      warnings.push(
        `directories: ${one.name} has no lockout_threshold: if its default policy locks accounts, anybody who knows a name can lock that account; set 0 if it locks none`,
      )
  return warnings
}
