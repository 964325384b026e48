import assert from 'node:assert/strict'
import { test } from 'node:test'
import { explainListening } from './listening.ts'

const listen = { host: '192.0.2.1', port: 80 }

const explain = (code: string, more: object = { syscall: 'listen' }) =>
  explainListening(listen, Object.assign(new Error(code), { code, ...more }))?.message ?? ''

test('the error for an address that cannot be used names the key to change', () => {
  assert.match(explain('EADDRINUSE'), /^Port 80 of 192\.0\.2\.1 .*listen\.port/)
  assert.match(explain('EACCES'), /^Only root may open port 80\..*listen\.port/)
  assert.match(explain('EADDRNOTAVAIL'), /no address 192\.0\.2\.1\..*listen\.host/)
  const unknownName = { syscall: 'getaddrinfo', hostname: listen.host }
  assert.match(explain('ENOTFOUND', unknownName), /no address 192\.0\.2\.1\..*listen\.host/)
})

test('other errors get no explanation', () => {
  assert.equal(explain('EMFILE'), '')
  assert.equal(explain('EACCES', { syscall: 'open' }), '')
  assert.equal(explain('ENOTFOUND', { syscall: 'getaddrinfo', hostname: 'db.example.org' }), '')
  assert.equal(explainListening(listen, new Error('listen')), undefined)
})
