/** The settings of an app as options, which its protocol declares, and how they change an app. */

import type { Protocol, SettingField } from '../faces/protocols/protocol.ts'
import { type AppSettings, findProtocol } from '../identity/apps/app-protocol.ts'
import { deniedText } from '../platform/kernel/denied.ts'
import { Fault } from '../platform/kernel/fault.ts'
import type { Io } from '../platform/kernel/io.ts'
import { isPem, shortenTyped } from '../platform/kernel/typed-text.ts'
import type { Option, Options } from './command.ts'
import type { Place } from './input.ts'

/** The values of all options, as they were typed. */
export type Typed = Readonly<Record<string, string | readonly string[] | boolean | undefined>>

/** The options of `app add` for settings. */
export function createAddOptions(protocols: readonly Protocol[]): Options {
  return {
    ...createProtocolOption(protocols),
    ...Object.fromEntries(listOptions(protocols).map(createOption)),
  }
}

/** The options of `app change` for settings: `--no-X` removes X. */
export function createChangeOptions(protocols: readonly Protocol[]): Options {
  const changed = listOptions(protocols)
  const withdrawn = changed.filter(({ field }) => !('isRequired' in field && field.isRequired))
  return {
    ...Object.fromEntries(changed.map(createOption)),
    ...Object.fromEntries(
      withdrawn.map(({ field: { option }, place }): [string, Option] => [
        `no-${option}`,
        { type: 'boolean', help: `Take back --${option}`, ...place },
      ]),
    ),
  }
}

interface ListedField {
  readonly field: SettingField
  /** An option that several protocols have is below no heading. */
  readonly place: { readonly heading?: string }
}

function listOptions(protocols: readonly Protocol[]): readonly ListedField[] {
  const all = protocols.flatMap((protocol) =>
    listFields(protocol).map(([, field]) => ({ field, heading: protocol.words.heading })),
  )
  return all.map(({ field, heading }) => {
    const isShared = all.filter((other) => other.field.option === field.option).length > 1
    return { field, place: isShared ? {} : { heading } }
  })
}

function createOption({ field, place }: ListedField): [string, Option] {
  const { option, help } = field
  const shown = { help, ...place }
  if (field.kind === 'flag' || field.kind === 'switch')
    return [option, { type: 'boolean', ...shown }]
  const { kind, value } = field
  return [option, { type: 'string', ...(kind !== 'text' && { multiple: true }), value, ...shown }]
}

/** An option only when several protocols exist. */
function createProtocolOption(protocols: readonly Protocol[]): Options {
  const [first, ...others] = protocols.map(({ name }) => name)
  if (others.length === 0) return {}
  const help = `${[first, ...others].join(' or ')}; else ${first}`
  return { protocol: { type: 'string', value: 'NAME', help } }
}

/** The protocol that was typed, or the first one. Throws Fault `bad_request` for an unknown one. */
export function chooseProtocol(protocols: readonly Protocol[], { protocol: typed }: Typed) {
  const names = protocols.map(({ name }) => name)
  const name = typeof typed === 'string' ? typed : (names[0] ?? '')
  if (names.includes(name)) return findProtocol(protocols, name)
  const found = JSON.stringify(name)
  const text = `--protocol\n  found:   ${found}\n  allowed: ${names.join(', ')}`
  throw new Fault('bad_request', text)
}

/** Throws Fault `bad_request` for an option of another protocol. */
export function refuseForeign(
  protocol: Protocol,
  protocols: readonly Protocol[],
  typed: Typed,
): void {
  const own = listOptionNames(protocol)
  const foreign = protocols
    .flatMap(listOptionNames)
    .filter((option) => !own.includes(option))
    .flatMap((option) => [option, `no-${option}`])
    .find((option) => typed[option] !== undefined)
  if (foreign === undefined) return
  throw new Fault('bad_request', `--${foreign} is not for apps of the protocol ${protocol.name}.`)
}

function listOptionNames(protocol: Protocol): string[] {
  const { document } = protocol
  const own = listFields(protocol).map(([, { option }]) => option)
  return document === undefined ? own : [...own, document.option]
}

/**
 * The settings of a new app. Not checked yet.
 * @param derived settings that need not be typed
 */
export function readSettings(
  protocol: Protocol,
  typed: Typed,
  derived: AppSettings = {},
): AppSettings {
  const isTyped = ({ option }: SettingField) => typed[option] !== undefined
  const imported = Object.entries(protocol.fields).flatMap(([name, { kind }]) =>
    kind === 'imported' && derived[name] !== undefined ? [[name, derived[name]] as const] : [],
  )
  return Object.fromEntries([
    ...imported,
    ...listFields(protocol).map(([name, field]) => [
      name,
      isTyped(field) ? readSetting(field, typed) : (derived[name] ?? readSetting(field, typed)),
    ]),
  ])
}

function readSetting(field: SettingField, typed: Typed): unknown {
  const value = typed[field.option]
  if (field.kind === 'flag') return value === true ? field.on : field.off
  return readTyped(field, value)
}

/** Converts a typed value to its form in the settings. */
function readTyped({ kind, option }: SettingField, value: Typed[string]): unknown {
  return kind === 'pairs' && typeof value === 'object' ? readPairs(option, value) : value
}

/**
 * `NAME=VALUE` each; a value has no equals sign, but a name may have some. Throws Fault `bad_request` for a name that comes
 * twice.
 */
function readPairs(option: string, typed: readonly string[]): Readonly<Record<string, string>> {
  const pairs = typed.map((text): [string, string] => {
    const end = text.lastIndexOf('=')
    return end === -1 ? [text, ''] : [text.slice(0, end), text.slice(end + 1)]
  })
  const twice = pairs.find(([name], index) => pairs.findIndex(([one]) => one === name) < index)
  if (twice === undefined) return Object.fromEntries(pairs)
  throw new Fault('bad_request', `--${option} has ${JSON.stringify(twice[0])} twice.`)
}

/**
 * Replaces the settings that were typed. Not checked yet.
 * @param settings with the values of a document, if there is one
 */
export function changeSettings(
  protocol: Protocol,
  settings: AppSettings,
  typed: Typed,
): AppSettings {
  const changed: Record<string, unknown> = { ...settings }
  for (const [name, field] of listFields(protocol)) {
    const { option } = field
    const isGone = typed[`no-${option}`] === true
    if (isGone && typed[option] !== undefined) {
      throw new Fault('bad_request', `--no-${option} and --${option} exclude each other.`)
    }
    if (isGone) changed[name] = field.kind === 'flag' ? field.off : undefined
    else if (typed[option] !== undefined) changed[name] = readSetting(field, typed)
  }
  const known = Object.entries(changed).filter(([, value]) => value !== undefined)
  return Object.fromEntries(known)
}

/** For an operator: the settings that were typed to be taken away and are still there, and why. */
export function describeHeld(protocol: Protocol, settings: AppSettings, typed: Typed): string[] {
  const held = protocol.listHeld?.(settings) ?? {}
  return listFields(protocol).flatMap(([name, { option }]) => {
    const by = held[name]
    const isThere = typed[`no-${option}`] === true && settings[name] !== undefined
    if (by === undefined || !isThere) return []
    const holder = [`--${by}`, settings[by]].join(' ')
    return [`--${option} stays: ${holder} holds it, and --no-${by} ends that.`]
  })
}

/** For `checkInput`: where each setting was typed. */
export function listPlaces(protocol: Protocol, typed: Typed): Readonly<Record<string, Place>> {
  return Object.fromEntries(
    listFields(protocol).flatMap(([name, field]): [string, Place][] => {
      if (field.kind === 'flag' || field.kind === 'switch') {
        const flag = { option: `--${field.option}`, typed: undefined, allowed: '' }
        return [[`settings.${name}`, { ...flag, hasNoValue: true }]]
      }
      const { option, allowed } = field
      const value = typed[option]
      const place = { option: `--${option}`, allowed }
      return [[`settings.${name}`, { ...place, typed: typeof value === 'boolean' ? '' : value }]]
    }),
  )
}

/**
 * The typed values, with the text of a file in place of its name. Throws Fault `bad_request` for a file that cannot be read.
 * PEM is never taken for a file name, and base64 only if a file of that name exists.
 */
export function readNamedFiles<Values extends Typed>(
  protocols: readonly Protocol[],
  typed: Values,
  io: Pick<Io, 'readFile'>,
): Values {
  const options = protocols
    .flatMap(listFields)
    .flatMap(([, field]) => ('mayBeFile' in field && field.mayBeFile ? [field.option] : []))
  const read = options.flatMap((option): [string, string | string[]][] => {
    const value = typed[option]
    if (typeof value === 'string') return [[option, readNamedFile(option, value, io)]]
    if (typeof value !== 'object') return []
    return [[option, value.map((one) => readNamedFile(option, one, io))]]
  })
  return { ...typed, ...Object.fromEntries(read) }
}

function readNamedFile(option: string, value: string, { readFile }: Pick<Io, 'readFile'>): string {
  if (isPem(value)) return value
  try {
    return readFile(value)
  } catch (cause) {
    if (/^[A-Za-z0-9+/=\s]*$/.test(value)) return value
    const why = deniedText(cause) ?? 'there is no such file, and it is neither base64 nor PEM'
    throw new Fault('bad_request', `--${option} ${shortenTyped(value)}: ${why}.`, { cause })
  }
}

/** The columns of `app list` for the settings, the short ones first, and the text of an app in each. */
export function createSettingsColumns(protocols: readonly Protocol[]) {
  const shown = protocols
    .flatMap(listFields)
    .flatMap(([, field]) => ('column' in field && field.column !== undefined ? [field] : []))
    .toSorted((a, b) => Number(a.kind === 'texts') - Number(b.kind === 'texts'))
  const headings = [...new Set(shown.map(({ column = '' }) => column))]
  return {
    headings,
    read(protocolName: string, settings: AppSettings): string[] {
      const fields = listFields(findProtocol(protocols, protocolName))
      return headings.map((heading) => {
        const named = fields.filter(([, field]) => 'column' in field && field.column === heading)
        return named.flatMap(([name]) => settings[name] ?? []).join(' ')
      })
    },
  }
}

function listFields({ fields }: Protocol): [string, SettingField][] {
  return Object.entries(fields).flatMap(([name, field]): [string, SettingField][] =>
    field.kind === 'imported' ? [] : [[name, field]],
  )
}
