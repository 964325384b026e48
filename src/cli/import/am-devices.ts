/** `einlass import am-devices`: the phones and code apps that people enrolled at an AM server. */
import { z } from 'zod'
import { type ForeignOfKind, removeCopies } from '../../login/factors/import-operation.ts'
import type { ImportReadingOptions, ImportSource } from '../../login/factors/imports.ts'
import { isFallback } from '../../login/factors/index.ts'
import { defineCommand } from '../command.ts'
import { checkInput } from '../input.ts'
import { importOptions } from './command.ts'
import {
  importPeople,
  type ReadPerson,
  readCredentials,
  readKeys,
  type SourceOfKind,
} from './people.ts'
import type { Fields } from './record.ts'
import { findUsername } from './username.ts'

const codesSchema = z.object({
  algorithm: z.enum(['SHA1', 'SHA256', 'SHA512']),
  digits: z.literal([6, 8]),
  period: z.int().min(10).max(120),
})

export const importAmDevices = defineCommand({
  name: 'import am-devices',
  operands: ['FILE'],
  summary:
    'Imports the phones and code apps that people enrolled at an AM server, from an LDIF of its user store. They continue to work without a new enrolment. Without --apply it only says what it would do.',
  options: {
    ...importOptions,
    key: {
      type: 'string',
      value: 'FILE',
      help: 'The private key of the device profiles (PEM), if AM encrypts them; its password in EINLASS_IMPORT_KEY_PASSWORD',
    },
    'username-from': {
      type: 'string',
      value: 'NAME',
      help: 'The attribute with the username; else uid or sAMAccountName',
    },
    'opted-out': {
      type: 'boolean',
      help: 'Also import the devices of people who had switched off the second factor in AM',
    },
    'recovery-codes': {
      type: 'boolean',
      help: 'Also import recovery codes that AM stored in the clear; takes half a second for each person',
    },
    'old-app': {
      type: 'boolean',
      help: 'Phones without a name have an app that shows no numbers (2.x)',
    },
    algorithm: { type: 'string', value: 'NAME', help: 'Of the codes: SHA1, or SHA256, SHA512' },
    digits: { type: 'string', value: 'NUMBER', help: 'Of the codes: 6, or 8' },
    period: { type: 'string', value: 'SECONDS', help: 'Of the codes: 30, or from 10 to 120' },
  },
  async run(invocation) {
    const { values } = invocation
    const { algorithm = 'SHA1', digits = '6', period = '30' } = values
    const codes = checkInput(
      codesSchema,
      { algorithm, digits: Number(digits), period: Number(period || Number.NaN) },
      {
        algorithm: { option: '--algorithm', typed: algorithm, allowed: 'SHA1, SHA256, SHA512' },
        digits: { option: '--digits', typed: digits, allowed: '6 or 8' },
        period: { option: '--period', typed: period, allowed: 'a whole number from 10 to 120' },
      },
    )
    const options = {
      privateKeys: readKeys(values.key, invocation.io),
      codes,
      isOldApp: values['old-app'] === true,
    }
    const withFallbacks = values['recovery-codes'] === true
    const withOptedOut = values['opted-out'] === true
    const usernameFrom = values['username-from']?.toLowerCase()
    return await importPeople(
      invocation,
      createReader({ options, withFallbacks, withOptedOut, usernameFrom }),
    )
  },
})

interface ReaderOptions {
  readonly options: ImportReadingOptions
  readonly withFallbacks: boolean
  readonly withOptedOut: boolean
  readonly usernameFrom: string | undefined
}

function createReader({
  options,
  withFallbacks,
  withOptedOut,
  usernameFrom,
}: ReaderOptions): ReadPerson {
  return (fields, sources) => {
    const had = sources.filter(
      ({ kind, source }) => fields.has(source.name) && (withFallbacks || !isFallback(kind)),
    )
    const wanted = withOptedOut ? had : had.filter(({ source }) => !hasOptedOut(fields, source))
    const unwanted = had.filter((one) => !wanted.includes(one))
    const leftOut = new Set([
      ...listUnread(fields, unwanted),
      ...listLostCodes(fields, sources, { options, withFallbacks }),
    ])
    const credentials: ForeignOfKind[] = []
    for (const one of wanted) {
      const { name, values = [] } = fields.get(one.source.name) ?? {}
      const read = readCredentials(one, values, options)
      if (typeof read === 'string')
        return {
          type: 'refused',
          reason: `${name}: ${read}`,
          name: findUsername(fields, usernameFrom),
        }
      credentials.push(...read)
    }
    if (credentials.length === 0) return { type: 'passed', leftOut: [...leftOut] }
    const once = removeCopies(credentials)
    if (once.length < credentials.length) leftOut.add('devices that their record has twice')
    const username = findUsername(fields, usernameFrom)
    if (username === undefined) return { type: 'refused', reason: 'it has no user name' }
    return { type: 'item', item: { username, credentials: once }, leftOut: [...leftOut] }
  }
}

function listUnread(fields: Fields, optedOut: readonly SourceOfKind[]): string[] {
  const names = optedOut.map(({ source }) => fields.get(source.name)?.name)
  return [
    ...unreadProfiles.flatMap((name) => fields.get(name)?.name ?? []),
    ...names.map((name) => `${name} of people who had opted out`),
  ]
}

/** Recovery codes that this import drops. */
function listLostCodes(
  fields: Fields,
  sources: readonly SourceOfKind[],
  { options, withFallbacks }: Pick<ReaderOptions, 'options' | 'withFallbacks'>,
): string[] {
  return sources
    .filter(({ kind }) => isFallback(kind))
    .flatMap(({ source }) => {
      const { name, values = [] } = fields.get(source.name) ?? {}
      return values.flatMap((text) => {
        const reading = source.read(text, options)
        const what = `recovery codes of ${name}`
        if (reading.type === 'none')
          return reading.leftOut === undefined ? [] : `${what} that ${reading.leftOut}`
        return reading.type === 'ok' && !withFallbacks ? `${what}, without --recovery-codes` : []
      })
    })
}

function hasOptedOut(fields: Fields, { optOut }: ImportSource): boolean {
  return optOut !== undefined && fields.get(optOut.name)?.values[0]?.trim() === optOut.value
}

/** Profiles that cannot be imported: they are bound to the host of the old server or to its keys. */
const unreadProfiles = ['webauthndeviceprofiles', 'devicebindingprofiles', 'devicebindprofiles']
