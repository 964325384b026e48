/**
 * Values from the environment: `EINLASS_<PATH>` for every field of the schema, `EINLASS_<PATH>_FILE` for secrets.
 * Owns how a text becomes a list or a number; the schema then checks it like any other value.
 */

import { nearest } from '../kernel/nearest.ts'
import { configFields, type Field, pathText } from './fields.ts'
import type { Mistake } from './mistakes.ts'

export type Environment = Readonly<Record<string, string | undefined>>
/** Reads a text file; throws when it cannot. */
export type ReadFile = (path: string) => string

export interface EnvironmentValue {
  readonly field: Field
  readonly variable: string
  readonly value: unknown
}

export interface EnvironmentValues {
  readonly values: readonly EnvironmentValue[]
  readonly mistakes: readonly Mistake[]
  readonly warnings: readonly string[]
}

/** Variables with this prefix that are no configuration. */
const otherVariables = /^EINLASS_(COMMAND$|CONFIG$|PHONE_FILE$|TEST_)/

/** Reads every variable that the schema knows. An empty variable is treated as not set. Never throws. */
export function readEnvironment(env: Environment, readFile: ReadFile): EnvironmentValues {
  const values: EnvironmentValue[] = []
  const mistakes: Mistake[] = []
  for (const field of configFields) {
    const result = readField(field, env, readFile)
    if (result === undefined) continue
    if ('found' in result) mistakes.push(result)
    else values.push(result)
  }
  return { values, mistakes, warnings: unknownVariables(env) }
}

function readField(
  field: Field,
  env: Environment,
  readFile: ReadFile,
): EnvironmentValue | Mistake | undefined {
  const direct = env[field.variable]
  const fileVariable = `${field.variable}_FILE`
  const file = env[fileVariable]
  if (file === undefined || file === '' || field.node.writeOnly !== true) {
    if (direct === undefined || direct === '') return undefined
    return parsed(field, field.variable, direct)
  }
  const mistake = { path: pathText(field.path), variable: fileVariable }
  if (direct !== undefined && direct !== '')
    return { ...mistake, found: 'a second source', allowed: `${field.variable} or ${fileVariable}` }
  try {
    return parsed(field, fileVariable, readFile(file).replace(/\r?\n$/, ''))
  } catch {
    return { ...mistake, found: 'a file that cannot be read', allowed: 'the path of a file' }
  }
}

function parsed(field: Field, variable: string, text: string): EnvironmentValue | Mistake {
  const { node } = field
  if (/^\s*[[{]/.test(text) && (node.type === 'array' || node.type === undefined)) {
    try {
      return { field, variable, value: JSON.parse(text) }
    } catch {
      return { path: pathText(field.path), variable, found: 'broken JSON', allowed: 'JSON' }
    }
  }
  return { field, variable, value: scalar(field, text) }
}

function scalar({ node }: Field, text: string): unknown {
  if (node.type === 'array') return text.split(',').map((part) => part.trim())
  if (node.type === 'boolean' && (text === 'true' || text === 'false')) return text === 'true'
  if (node.type === 'integer' && /^-?\d{1,15}$/.test(text)) return Number(text)
  return text
}

function unknownVariables(env: Environment): string[] {
  const fields = new Map(configFields.map((field) => [field.variable, field]))
  const isKnown = (name: string) =>
    fields.has(name) ||
    (name.endsWith('_FILE') && fields.get(name.slice(0, -'_FILE'.length))?.node.writeOnly === true)
  return Object.keys(env)
    .filter((name) => name.startsWith('EINLASS_') && !otherVariables.test(name) && !isKnown(name))
    .map((name) => {
      const meant = nearest(name.toUpperCase(), listNames(configFields))
      return `The environment variable ${name} is not known${meant === undefined ? '' : `; meant: ${meant}?`}`
    })
}

function listNames(fields: readonly Field[]): string[] {
  return fields.flatMap(({ variable, node }) =>
    node.writeOnly === true ? [variable, `${variable}_FILE`] : [variable],
  )
}
