import assert from 'node:assert/strict'
import { test } from 'node:test'
import { configSchema } from '../../../platform/config/schema.ts'
import { push } from './push.ts'

const senders = { http: { allowed_origins: ['https://gateway.example.org'] } }
const warningsFor = (config: object) =>
  push.listWarnings?.(configSchema.parse({ push: { senders }, ...config })) ?? []

test('a name that phones show in another spelling is a warning, with that spelling', () => {
  assert.deepEqual(warningsFor({}), [])
  assert.deepEqual(warningsFor({ brand: { name: 'Банк' } }), [])
  assert.deepEqual(warningsFor({ brand: { name: 'Zoë AG' } }), [])
  assert.deepEqual(warningsFor({ brand: { name: 'Страхование' } }), [
    'brand.name: the ForgeRock Authenticator cannot show "Страхование" and names accounts "Strakhovanie"; push.issuer can be any other spelling',
  ])
  const [warning = ''] = warningsFor({ push: { senders, issuer: '保険' } })
  assert.match(warning, /^push\.issuer: .*"保険".*"BaoXian"/)
})

test('a name without any spelling that phones can show gives way to the host', () => {
  const config = { brand: { name: '?\u{fffff}?' }, public_url: 'https://login.example.org' }
  assert.match(warningsFor(config)[0] ?? '', /names accounts "login\.example\.org"/)
})

test('no warning is given where no phone of that app can be enrolled', () => {
  assert.deepEqual(warningsFor({ push: {}, brand: { name: 'Страхование' } }), [])
})
