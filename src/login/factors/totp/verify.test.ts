import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { URI } from 'otpauth'
import { findOnlyName } from './authenticators.ts'
import {
  codeAt,
  defaultParameters,
  matchingStep,
  otpauthUri,
  readCode,
  secretAsText,
  stepAt,
  type TotpAlgorithm,
} from './verify.ts'
import { createTotpForm } from './verify-step.ts'

const digitsOf = (length: number) => Buffer.from('1234567890'.repeat(7).slice(0, length))
const secret = digitsOf(20)

/** RFC 6238 appendix B: the time in seconds, then the code by SHA-1, SHA-256 and SHA-512. */
const vectors = [
  [59, '94287082', '46119246', '90693936'],
  [1111111109, '07081804', '68084774', '25091201'],
  [1111111111, '14050471', '67062674', '99943326'],
  [1234567890, '89005924', '91819424', '93441116'],
  [2000000000, '69279037', '90698825', '38618901'],
  [20000000000, '65353130', '77737706', '47863826'],
] as const

test('the codes are those of RFC 6238 appendix B', () => {
  for (const [time, ...codes] of vectors) {
    for (const [algorithm, length, code] of [
      ['SHA1', 20, codes[0]],
      ['SHA256', 32, codes[1]],
      ['SHA512', 64, codes[2]],
    ] as [TotpAlgorithm, number, string][]) {
      const parameters = { algorithm, digits: 8, period: 30 } as const
      const step = stepAt(time * 1000, parameters)
      assert.equal(codeAt(digitsOf(length), step, parameters), code)
      assert.equal(matchingStep(digitsOf(length), code, parameters, time * 1000), step)
    }
  }
})

test('a code is valid in its time step and in the next one, and never early', () => {
  const now = 1_800_000_000_000
  const step = stepAt(now, defaultParameters)
  for (const [away, isRight] of [
    [-2, false],
    [-1, true],
    [0, true],
    [1, false],
    [2, false],
  ] as const) {
    const code = codeAt(secret, step + away, defaultParameters)
    const found = matchingStep(secret, code, defaultParameters, now)
    assert.equal(found, isRight ? step + away : undefined)
  }
})

test('a code is read with separators and full-width digits, and other text is refused', () => {
  for (const typed of ['123456', ' 123 456 ', '12\u00a034\u202f56', '123-456', '１２３４５６']) {
    assert.equal(readCode(typed, defaultParameters), '123456')
  }
  for (const typed of ['', '12345', '1234567', '12345a', '-', '１２３４５', '١٢٣٤٥٦']) {
    assert.equal(readCode(typed, defaultParameters), undefined)
  }
})

test('the otpauth address gives a code app the parameters that the server uses', () => {
  const account = 'erika@example.org'
  const uri = otpauthUri(secret, defaultParameters, { issuer: 'Amt: Süd & Nord', account })
  const read = URI.parse(uri)
  assert.equal(read.issuer, 'Amt  Süd & Nord')
  assert.equal(read.label, account)
  assert.equal(read.algorithm, 'SHA1')
  assert.equal(read.digits, 6)
  assert.equal('period' in read && read.period, 30)
  assert.deepEqual(Buffer.from(read.secret.bytes), secret)
})

test('the secret is shown in groups of four characters', () => {
  assert.equal(secretAsText(secret), 'GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ')
})

test('the otpauth address encodes any name of an issuer and any account', () => {
  fc.assert(
    fc.property(fc.string({ minLength: 1 }), fc.string({ minLength: 1 }), (issuer, account) => {
      const uri = new URL(otpauthUri(secret, defaultParameters, { issuer, account }))
      assert.equal(uri.protocol, 'otpauth:')
      const [name, label] = [issuer, account].map((text) => text.replaceAll(':', ' '))
      assert.equal(uri.searchParams.get('issuer'), name)
      assert.equal(decodeURIComponent(uri.pathname.slice(1)), `${name}:${label}`)
    }),
  )
})

test('the page names the device of the code app if it is the only one and has a name', () => {
  assert.equal(findOnlyName([{ name: 'Diensttelefon' }]), 'Diensttelefon')
  assert.equal(findOnlyName([{ name: 'Diensttelefon' }, { name: 'Tablet' }]), undefined)
  for (const name of ['Code-App', 'Code app']) assert.equal(findOnlyName([{ name }]), undefined)
  assert.equal(createTotpForm(false, 'Diensttelefon').lead?.key, 'totp.lead.named')
})
