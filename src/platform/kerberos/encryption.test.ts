import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decrypt, foldBits, makeChecksum } from './encryption.ts'

const hex = (text: string) => Buffer.from(text.replaceAll(' ', ''), 'hex')

test('n-fold gives the values of RFC 3961, A.1', () => {
  for (const [text, length, wanted] of [
    ['012345', 8, 'be072631276b1955'],
    ['password', 7, '78a07b6caf85fa'],
    ['Rough Consensus, and Running Code', 8, 'bb6ed30870b7f0e0'],
    [
      'MASSACHVSETTS INSTITVTE OF TECHNOLOGY',
      24,
      'db3b0d8f0b061e603282b308a50841229ad798fab9540c1b',
    ],
    ['Q', 21, '518a54a2 15a8452a 518a54a2 15a8452a 518a54a2 15'],
    ['kerberos', 16, '6b657262 65726f73 7b9b5b2b 93132b93'],
  ] as const) {
    assert.equal(foldBits(Buffer.from(text), length).toString('hex'), wanted.replaceAll(' ', ''))
  }
})

const keys = {
  19: hex('3705D96080C17728A0E800EAB6E0D23C'),
  20: hex('6D404D37FAF79F9DF0D33568D320669800EB4836472EA8A026D16B7182460C52'),
}

test('AES with SHA-2 decrypts the samples of RFC 8009, A, and no changed ones', () => {
  for (const [type, plain, data] of [
    [19, '', 'EF85FB890BB8472F4DAB20394DCA781DAD877EDA39D50C870C0D5A0A8E48C718'],
    [
      19,
      '000102030405',
      '84D7F30754ED987BAB0BF3506BEB09CFB55402CEF7E6877CE99E247E52D16ED4421DFDF8976C',
    ],
    [
      19,
      '000102030405060708090A0B0C0D0E0F',
      '3517D640F50DDC8AD3628722B3569D2AE07493FA8263254080EA65C1008E8FC295FB4852E7D83E1E7C48C37EEBE6B0D3',
    ],
    [
      20,
      '000102030405060708090A0B0C0D0E0F1011121314',
      '40013E2DF58E8751957D2878BCD2D6FE101CCFD556CB1EAE79DB3C3EE86429F2B2A602AC86FEF6ECB647D6295FAE077A1FEB517508D2C16B4192E01F62',
    ],
  ] as const) {
    const given = { key: keys[type], usage: 2, data: hex(data) }
    assert.equal(decrypt(type, given)?.toString('hex'), plain.toLowerCase())
    for (const at of [3, given.data.length - 1]) {
      const changed = Buffer.from(given.data)
      changed[at] = (changed[at] ?? 0) ^ 1
      assert.equal(decrypt(type, { ...given, data: changed }), undefined)
    }
  }
})

test('the checksums of RFC 8009, A, are made', () => {
  const data = hex('000102030405060708090A0B0C0D0E0F1011121314')
  for (const [type, wanted] of [
    [19, 'd78367186643d67b411cba9139fc1dee'],
    [20, '45ee791567eefca37f4ac1e0222de80d43c3bfa06699672a'],
  ] as const) {
    const made = makeChecksum(type, { key: keys[type], usage: 2, data })
    assert.equal(made?.toString('hex'), wanted)
  }
})

test('a key of another length, an unknown encryption and too few bytes give nothing', () => {
  const key = Buffer.alloc(32)
  for (const type of [17, 18, 19, 20, 23, 3]) {
    for (const length of [0, 1, 12, 28, 40]) {
      assert.equal(decrypt(type, { key, usage: 2, data: Buffer.alloc(length) }), undefined)
    }
  }
  assert.equal(makeChecksum(16, { key: Buffer.alloc(16), usage: 17, data: key }), undefined)
  assert.equal(makeChecksum(7, { key, usage: 17, data: key }), undefined)
})
