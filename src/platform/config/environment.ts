/**
 * Values from the environment: `EINLASS_<PATH>` for every field of the schema; for secrets also `EINLASS_<PATH>_FILE`,
 * `_CREDENTIAL` and `_COMMAND`, which say where the secret is. Owns how a text becomes a list or a number; the schema then
 * checks it like any other value.
 */

import { join } from 'node:path'
import { nearest } from '../kernel/nearest.ts'
import { splitCommand } from '../kernel/secret-command.ts'
import { configFields, type Field, pathText } from './fields.ts'
import { credentialName, missingFolder } from './key-source.ts'
import type { Mistake } from './mistakes.ts'

export type Environment = Readonly<Record<string, string | undefined>>
/** Reads a text file; throws when it cannot. */
export type ReadFile = (path: string) => string

/** Runs a program and returns its output; throws an Error with a message for people. */
export type RunCommand = (command: readonly string[]) => string

export interface SecretAccess {
  readonly readFile: ReadFile
  /** Absent: runs no command. */
  readonly runCommand?: RunCommand | undefined
}

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

/** Variables with this prefix that are not part of the configuration. */
const otherVariables = /^EINLASS_(COMMAND$|CONFIG$|PHONE_FILE$|SEALING_KEYS$|TEST_)/

/** Reads every variable that the schema knows. An empty variable is treated as not set. Never throws. */
export function readEnvironment(env: Environment, access: SecretAccess): EnvironmentValues {
  const values: EnvironmentValue[] = []
  const mistakes: Mistake[] = []
  for (const field of configFields) {
    const result = readField(field, env, access)
    if (result === undefined) continue
    if ('found' in result) mistakes.push(result)
    else values.push(result)
  }
  return { values, mistakes, warnings: unknownVariables(env) }
}

/** The suffixes of variables that say where a secret is. */
export const secretPlaces = ['_FILE', '_CREDENTIAL', '_COMMAND'] as const

type SecretPlace = (typeof secretPlaces)[number]

const isSet = (value: string | undefined): value is string => value !== undefined && value !== ''

function readField(
  field: Field,
  env: Environment,
  access: SecretAccess,
): EnvironmentValue | Mistake | undefined {
  const direct = env[field.variable]
  const places = secretPlaces.filter((place) => isSet(env[`${field.variable}${place}`]))
  const [place, ...others] = places
  if (place === undefined || field.node.writeOnly !== true) {
    return isSet(direct) ? parsed(field, field.variable, direct) : undefined
  }
  const variable = `${field.variable}${place}`
  const mistake = { path: pathText(field.path), variable }
  if (isSet(direct) || others.length > 0) {
    const names = [...(isSet(direct) ? [''] : []), ...places].map(
      (end) => `${field.variable}${end}`,
    )
    return { ...mistake, found: 'a second source', allowed: names.join(' or ') }
  }
  const read = readSecret(place, env[variable] ?? '', { env, access })
  return 'found' in read ? { ...mistake, ...read } : parsed(field, variable, read.text)
}

type Read = { readonly text: string } | Pick<Mistake, 'found' | 'allowed'>

function readSecret(
  place: SecretPlace,
  value: string,
  { env, access }: { readonly env: Environment; readonly access: SecretAccess },
): Read {
  if (place === '_FILE') return readSecretFile(value, access)
  if (place === '_COMMAND') return runForSecret(value, access)
  const folder = env.CREDENTIALS_DIRECTORY
  if (!isSet(folder)) return missingFolder
  if (!credentialName.test(value))
    return {
      found: 'a text that is not the name of a credential',
      allowed: 'a name from LoadCredential=',
    }
  return readSecretFile(join(folder, value), access)
}

function readSecretFile(path: string, { readFile }: SecretAccess): Read {
  try {
    return { text: readFile(path).replace(/\r?\n$/, '') }
  } catch {
    return { found: 'a file that cannot be read', allowed: 'the path of a file' }
  }
}

function runForSecret(typed: string, { runCommand }: SecretAccess): Read {
  const allowed = 'a program with its arguments, which prints the secret'
  if (runCommand === undefined)
    return { found: 'a command', allowed: 'another source, as no command is run here' }
  try {
    return { text: runCommand(splitCommand(typed)) }
  } catch (error) {
    const isSyntax = error instanceof SyntaxError || !(error instanceof Error)
    return { found: isSyntax ? 'broken JSON' : error.message, allowed }
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
  if (node.type === 'number' && /^-?\d{1,15}(\.\d{1,15})?$/.test(text)) return Number(text)
  return text
}

function unknownVariables(env: Environment): string[] {
  const fields = new Map(configFields.map((field) => [field.variable, field]))
  const isKnown = (name: string) =>
    fields.has(name) ||
    secretPlaces.some(
      (end) =>
        name.endsWith(end) && fields.get(name.slice(0, -end.length))?.node.writeOnly === true,
    )
  return Object.keys(env)
    .filter((name) => name.startsWith('EINLASS_') && !otherVariables.test(name) && !isKnown(name))
    .map((name) => {
      const meant = nearest(name.toUpperCase(), listNames(configFields))
      return `The environment variable ${name} is not known${meant === undefined ? '' : `; meant: ${meant}?`}`
    })
}

function listNames(fields: readonly Field[]): string[] {
  return fields.flatMap(({ variable, node }) =>
    node.writeOnly === true
      ? [variable, ...secretPlaces.map((end) => `${variable}${end}`)]
      : [variable],
  )
}
