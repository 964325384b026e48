/** `einlass import totp`: the secrets of code apps, from CSV, JSON, the export of a Keycloak realm or a list of addresses. */
import { defineCommand } from '../command.ts'
import { importOptions } from './command.ts'
import { importPeople, type ReadPerson, readCredentials } from './people.ts'
import type { Fields } from './record.ts'
import { findUsername } from './username.ts'

export const importCodes = defineCommand({
  name: 'import totp',
  operands: ['FILE'],
  summary:
    'Imports code apps from CSV or JSON (username, and otpauth or secret), from the export of a Keycloak realm or from a list of otpauth addresses. They continue to work without a new enrolment. Without --apply it only says what it would do.',
  options: {
    ...importOptions,
    'username-from': {
      type: 'string',
      value: 'COLUMN',
      help: 'The column with the username; else username, or the part of the address after the colon',
    },
  },
  run: (invocation) =>
    importPeople(invocation, createReader(invocation.values['username-from']?.toLowerCase())),
})

function createReader(usernameFrom: string | undefined): ReadPerson {
  return (fields, sources) => {
    const source = sources.find((one) => one.source.name === 'otpauth')
    const addresses = fields.get('otpauth')?.values ?? writeAddresses(fields)
    const [address] = addresses
    if (address === undefined && isWholeUser(fields)) return { type: 'passed' }
    if (source === undefined || address === undefined)
      return { type: 'refused', reason: 'it has neither otpauth nor secret' }
    const username = findUsername(fields, usernameFrom) ?? readAccount(address)
    if (username === undefined) return { type: 'refused', reason: 'it has no user name' }
    const name = fields.get('name')?.values[0]
    const credentials = readCredentials(source, addresses, { name })
    if (typeof credentials === 'string') {
      const reason = fields.has('otpauth') ? credentials : unreadableColumns
      return { type: 'refused', reason, name: username }
    }
    return { type: 'item', item: { username, credentials }, leftOut: [] }
  }
}

/** Files of users have people without a code app. */
const isWholeUser = (fields: Fields) => fields.has('keycloak') || fields.has('authelia')

const unreadableColumns =
  'its secret is not base32 of 16 characters and more, or its algorithm, digits or period cannot be used'

/** Builds addresses from the columns of an export that has none. */
function writeAddresses(fields: Fields): readonly string[] {
  const query = new URLSearchParams()
  for (const name of ['secret', 'algorithm', 'digits', 'period']) {
    const value = fields.get(name)?.values[0]?.trim()
    if (value !== undefined)
      query.set(name, name === 'secret' ? value.replaceAll(/[\s-]/g, '') : value)
  }
  return query.has('secret') ? [`otpauth://totp/account?${query}`] : []
}

/** `otpauth://totp/Issuer:erika?…` */
function readAccount(address: string): string | undefined {
  try {
    const label = decodeURIComponent(new URL(address).pathname.replace(/^\/+/, ''))
    return label.slice(label.indexOf(':') + 1).trim() || undefined
  } catch {
    return undefined
  }
}
