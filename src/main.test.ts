import assert from 'node:assert/strict'
import { test } from 'node:test'
import { configSchema } from './config/schema.ts'
import { gapsOf, portTaken } from './main.ts'

test('a start says what nobody has configured: mail, and a way to phones', () => {
  const [mail, push, ...others] = gapsOf(configSchema.parse({}))
  assert.match(`${mail}`, /^mail is not configured/)
  assert.match(`${push}`, /^no push sender is configured \(push\.senders\)/)
  assert.deepEqual(others, [])
  const config = configSchema.parse({
    mail: { from: 'login@example.org', smtp: { host: 'mail.example.org' } },
    push: { senders: { fcm: { service_account_file: 'fcm.json' } } },
  })
  assert.deepEqual(gapsOf(config), [])
})

test('a port that is taken is told by its name and key', () => {
  const listen = { host: '127.0.0.1', port: 8080 }
  const taken = Object.assign(new Error('listen EADDRINUSE'), { code: 'EADDRINUSE' })
  assert.match(`${portTaken(listen, taken)?.message}`, /^Port 8080 of 127\.0\.0\.1 .*listen\.port/)
  assert.equal(portTaken(listen, new Error('listen')), undefined)
})
