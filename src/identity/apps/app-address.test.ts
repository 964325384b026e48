import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isLoopbackHost } from './app-address.ts'

test('each name and address of this machine is a loopback host', () => {
  const names = ['localhost', 'localhost.', 'app.localhost', 'app.LOCALHOST.', '127.0.0.1', '127.1']
  const addresses = ['2130706433', '0x7f.1', '0.0.0.0', '0', '[::1]', '[0::1]', '[::]']
  const mapped = ['[::ffff:127.0.0.1]', '[::ffff:7f01:203]', '[::ffff:0.0.0.0]']
  for (const host of [...names, ...addresses, ...mapped]) {
    assert.ok(isLoopbackHost(new URL(`http://${host}/`)), host)
  }
})

test('the name or address of another machine is not a loopback host, even if it looks similar', () => {
  const names = ['localhost.example', 'notlocalhost', '127.0.0.1.example', 'localhost-example.com']
  const addresses = ['128.0.0.1', '10.0.0.1', '[::2]', '[::ffff:10.0.0.1]', '[7f::1]', '[::7f00:1]']
  for (const host of [...names, ...addresses]) {
    assert.ok(!isLoopbackHost(new URL(`http://${host}/`)), host)
  }
})
