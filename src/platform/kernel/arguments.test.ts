import assert from 'node:assert/strict'
import { test } from 'node:test'
import { joinPem, wrongOption } from './arguments.ts'

const options = {
  'redirect-uri': { type: 'string', multiple: true, value: 'URI' },
  public: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const

test('valid arguments cause no message', () => {
  const args = ['id', '-h', '--public', '--redirect-uri', 'a', '--redirect-uri=-b', '--', '--other']
  assert.equal(wrongOption(args, options), undefined)
})

test('the message for an unknown option suggests a similar option, if there is one', () => {
  assert.equal(
    wrongOption(['--redirect-url', 'a'], options),
    'There is no option --redirect-url. Did you mean --redirect-uri?',
  )
  assert.equal(
    wrongOption(['--nonsense-entirely'], options),
    'There is no option --nonsense-entirely.',
  )
  assert.equal(wrongOption(['--__proto__'], options), 'There is no option --__proto__.')
})

test('a missing or unexpected value of an option is reported', () => {
  assert.equal(
    wrongOption(['--redirect-uri'], options),
    '--redirect-uri needs a value: --redirect-uri URI',
  )
  assert.match(
    wrongOption(['--redirect-uri', '--public'], options) ?? '',
    /write --redirect-uri=--public/,
  )
  assert.equal(wrongOption(['--public=yes'], options), '--public takes no value.')
})

test('a PEM text is the value of the option before it', () => {
  const pem = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n'
  const args = ['id', '--redirect-uri', pem, `--redirect-uri=${pem}`, '--public']
  const joined = joinPem(args)
  assert.deepEqual(joined, ['id', `--redirect-uri=${pem}`, `--redirect-uri=${pem}`, '--public'])
  assert.equal(wrongOption(joined, options), undefined)
})
