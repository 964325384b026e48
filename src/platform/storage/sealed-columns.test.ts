/** No sealed value of the database is forgotten by a rotation: the list is compared with the schema, and with the code that seals. */
import assert from 'node:assert/strict'
import { glob, readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { test } from 'node:test'
import { onEachEngine } from '../../dev/test-support/on-each-engine.ts'
import { sealedColumns } from './sealed-columns.ts'

/** Each file that seals values, with the listed columns that it seals; empty if its sealed values are not stored. */
const sealing: Readonly<Record<string, readonly string[]>> = {
  'faces/frame/sealed-cookies.ts': [],
  'faces/protocols/oidc/ciba-asking.ts': ['oidc_records.payload'],
  'faces/protocols/signing-keys.ts': ['signing_keys.private_key_sealed'],
  'identity/apps/app-secrets.ts': ['apps.secret_sealed', 'apps.earlier_secret_sealed'],
  'identity/notify/mail/queue.ts': ['mail_queue.body_sealed'],
  'login/factors/authenticator/devices.ts': [
    'authenticator_devices.server_key_sealed',
    'authenticator_devices.subscription_sealed',
  ],
  'login/factors/authenticator/registrations.ts': [
    'authenticator_registrations.secret_sealed',
    'authenticator_registrations.server_key_sealed',
  ],
  'login/factors/push/devices.ts': ['push_devices.secret_sealed'],
  'login/factors/push/registrations.ts': ['push_registrations.secret_sealed'],
  'login/factors/recovery/enrol-step.ts': ['journeys.state'],
  'login/factors/totp/store.ts': ['totp_authenticators.secret_sealed'],
  'platform/storage/sealing-state.ts': ['settings.value'],
}

const listed = sealedColumns.map(({ table, column }) => `${table}.${column}`)

test('every source file that seals values is known, and the columns that it seals are in the list', async () => {
  const src = resolve(import.meta.dirname, '../..')
  const files = await Array.fromAsync(glob('**/*.ts', { cwd: src }))
  const found: string[] = []
  for (const file of files.sort()) {
    if (/\.test\.ts$|^dev\/|\/kernel\/keyring\.ts$/.test(file)) continue
    if (/\.seal\(/.test(await readFile(resolve(src, file), 'utf8'))) found.push(file)
  }
  assert.deepEqual(found, Object.keys(sealing).sort())
  assert.deepEqual(Object.values(sealing).flat().sort(), listed.toSorted())
})

onEachEngine((engine) => {
  test(`the list has exactly the sealed columns of the schema (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const tables = await db.introspection.getTables()
    const columns = tables.flatMap(({ name, columns }) =>
      columns.map((column) => `${name}.${column.name}`),
    )
    const sealed = columns.filter((column) => column.endsWith('_sealed'))
    const plain = ['settings.value', 'journeys.state', 'oidc_records.payload']
    assert.deepEqual([...sealed, ...plain].sort(), listed.toSorted())
    for (const { table, key } of sealedColumns) assert.ok(columns.includes(`${table}.${key}`))
  })
})
