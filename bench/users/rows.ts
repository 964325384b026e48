// The rows of one made-up person for the current tables. Columns that a login never reads get a short value.

import { createHash } from 'node:crypto'
import { listWords } from '../../src/identity/users/words.ts'
import { makeId, type Person } from './population.ts'

type Cell = string | number | null
export type Rows = Partial<Record<TableName, Cell[][]>>

/** Texts, and numbers marked as such. */
export const tables = {
  users: [
    ...['id', 'username', 'username_key', 'display_name', 'email', 'password_hash', 'role'],
    ...['password_changed_at:n', 'password_change_required:n', 'credential_version:n'],
    ...['known_browser_failures:n', 'created_at:n', 'updated_at:n'],
  ],
  user_words: ['word', 'user_id'],
  user_groups: ['user_id', 'name'],
  user_attributes: ['user_id', 'name', 'position:n', 'value'],
  totp_authenticators: [
    ...['id', 'user_id', 'name', 'secret_sealed', 'algorithm', 'digits:n', 'period:n'],
    ...['last_counter:n', 'status', 'created_at:n', 'activated_at:n'],
  ],
  push_devices: [
    ...['id', 'user_id', 'mechanism_uid', 'secret_sealed', 'device_token', 'device_type'],
    ...['communication_type', 'device_name', 'shows_numbers:n', 'status', 'created_at:n'],
    'activated_at:n',
  ],
  passkeys: [
    ...['id', 'user_id', 'rp_id', 'credential_id', 'public_key', 'sign_count:n', 'transports'],
    ...['backup_eligible:n', 'backed_up:n', 'name', 'created_at:n'],
  ],
  passkey_handles: ['user_id', 'handle'],
  audit_events: ['seq:n', 'at:n', 'type', 'data', 'previous_hash', 'hash', 'about'],
} as const

export type TableName = keyof typeof tables

export const tableNames = Object.keys(tables) as TableName[]

/** The 1st of January 2026. */
const then = 1_767_225_600_000
const filler = 'x'.repeat(120)

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')

/** Audit events have a made-up hash, so the chain of a made-up base is not intact. */
const hashOfEvent = (seq: number): string => sha256(`event ${seq}`)

/** The head of the log after the events of `count` people. */
export const setHead = (count: number): string =>
  `update audit_head set seq = ${count}, hash = '${hashOfEvent(count)}'`

export const listRows = (person: Person, index: number, passwordHash: string): Rows => {
  const { id, username, displayName, email, groups, attributes, hasPhone, hasPasskey } = person
  const seq = index + 1
  const data = JSON.stringify({ by: 'operator', userId: id, username })
  return {
    users: [
      [id, username, username, displayName, email, passwordHash, 'user', then, 0, 1, 0, then, then],
    ],
    user_words: listWords({ username_key: username, display_name: displayName, email }).map(
      (word) => [word, id],
    ),
    user_groups: groups.map((group) => [id, group]),
    user_attributes: attributes.map(([name, value]) => [id, name, 0, value]),
    ...(hasPhone
      ? { push_devices: [listPhone(id, index)] }
      : { totp_authenticators: [listCodeApp(id, index)] }),
    ...(hasPasskey && {
      passkeys: [listPasskey(id, index)],
      passkey_handles: [[id, makeId('handle', index)]],
    }),
    audit_events: [[seq, then, 'user_created', data, hashOfEvent(seq - 1), hashOfEvent(seq), id]],
  }
}

const listPhone = (userId: string, index: number): Cell[] => [
  ...[makeId('dev', index), userId, makeId('mechanism', index), filler, makeId('token', index)],
  ...['android', 'gcm', 'Phone', 1, 'active', then, then],
]

const listCodeApp = (userId: string, index: number): Cell[] => [
  ...[makeId('otp', index), userId, 'Code app', filler, 'SHA1', 6, 30, 1, 'active', then, then],
]

const listPasskey = (userId: string, index: number): Cell[] => [
  ...[
    makeId('psk', index),
    userId,
    'localhost',
    makeId('credential', index),
    filler,
    0,
    '[]',
    1,
    1,
  ],
  ...['Passkey', then],
]
