import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { namesGuarded, phoneUser, plainPath } from './nginx-patterns.ts'

/** JavaScript has no possessive quantifiers, which only save nginx time here. */
const read = (pattern: string) => new RegExp(pattern.replaceAll(/([+*])\+/g, '$1'), 'i')
const plain = read(plainPath)

/** As the nginx of the plan does for an open address. */
const isRefused = (address: string) =>
  read(namesGuarded).test(address.replace(read(phoneUser), '$1$2'))

const encode = (text: string) => encodeURIComponent(text).replace(/[()*]/g, encodeByte)
const encodeByte = (byte: string | number) =>
  `%${(typeof byte === 'number' ? byte : byte.charCodeAt(0)).toString(16).padStart(2, '0')}`

/** Every character beyond ASCII that has an encoding in UTF-8. */
function* listCharacters(): Generator<string> {
  for (let point = 0x80; point <= 0x10_ffff; point += 1) {
    if (point < 0xd800 || point > 0xdfff) yield String.fromCodePoint(point)
  }
}

test('a character of a path is visible, and is in no form a sign, a space or a guarded letter of ASCII', () => {
  const wrong: string[] = []
  let accepted = 0
  for (const character of listCharacters()) {
    if (!plain.test(`/EWS/${encode(character)}`)) continue
    accepted += 1
    const forms = [
      character,
      character.normalize('NFKC'),
      character.toUpperCase(),
      character.toLowerCase(),
    ]
    const hasOtherSense = forms.some(
      (form) =>
        /[\p{C}\p{Z}\p{Default_Ignorable_Code_Point}]/u.test(form) ||
        /[^\P{ASCII}a-z]/iu.test(form) ||
        /^[acehloprsw]$/i.test(form),
    )
    if (hasOtherSense) wrong.push(`U+${character.codePointAt(0)?.toString(16)}`)
  }
  assert.deepEqual(wrong, [])
  assert.ok(accepted > 40_000, `${accepted}`)
})

const germanName = fc.string({
  unit: fc.constantFrom(...'äöüÄÖÜßẞéèçñøåłžşığ§€–„“‚‘aZ9_-'),
  minLength: 1,
})

test('a name with umlauts is accepted composed and decomposed, in upper and lower case of its encoding', () => {
  fc.assert(
    fc.property(germanName, fc.constantFrom('NFC', 'NFD'), (name, form) => {
      const encoded = encode(name.normalize(form))
      for (const path of [`/owa/${encoded}@${encoded}.example/x`, `/EWS/${encoded}?x`]) {
        assert.match(path, plain)
        assert.match(path.toLowerCase(), plain)
      }
    }),
  )
})

test('bytes that are no UTF-8, or that are longer than necessary, are refused', () => {
  const byte = fc.oneof(
    fc.integer({ min: 0x80, max: 0xff }),
    fc.constantFrom(0, 0x2f, 0x5c, 0xc0, 0xc1, 0xe0, 0xed, 0xf0, 0x80, 0xa0, 0xaf, 0xc3, 0xbc),
  )
  fc.assert(
    fc.property(fc.array(byte, { minLength: 1, maxLength: 6 }), (bytes) => {
      const encoded = bytes.map(encodeByte).join('')
      if (!plain.test(`/owa/${encoded}/x`)) return
      const text = new TextDecoder('utf-8', { fatal: true }).decode(Uint8Array.from(bytes))
      assert.deepEqual([...Buffer.from(text)], bytes)
    }),
    { numRuns: 20_000 },
  )
  for (const encoded of ['%c0%af', '%e0%80%af', '%f0%80%80%af', '%c1%9c', '%ed%a0%80', '%fc']) {
    assert.doesNotMatch(`/owa/${encoded}`, plain)
    assert.doesNotMatch(`/owa/b${encoded}ro`, plain)
  }
  for (const path of ['/owa/%c3', '/owa/%c3/%bc', '/owa/%c3x', '/owa/%bc', '/owa/%25c3%25bc']) {
    assert.doesNotMatch(path, plain)
  }
})

const phone = '/Microsoft-Server-ActiveSync?'
const guardedUser = fc
  .tuple(fc.constantFrom('FIRMA', 'firma-1', 'B%C3%9CRO', ''), fc.constantFrom('%5C', '%5c', '\\'))
  .chain(([domain, slash]) =>
    fc
      .constantFrom('ecp', 'owa', 'PowerShell', 'ecp.vertrieb', 'owa%20b%C3%BCro')
      .map((name) => `User=${domain}${slash}${name}`),
  )
const parameter = fc.constantFrom('Cmd=Sync', 'DeviceId=APPL1', 'AttachmentName=5%3a1%3a0', 'x', '')
const parameters = fc.array(parameter, { maxLength: 4 })

test('a phone whose user is named like a path behind the login is let through, wherever its query names the user', () => {
  fc.assert(
    fc.property(parameters, guardedUser, parameters, (before, user, after) => {
      const address = `${phone}${[...before, user, ...after].join('&')}`
      assert.equal(isRefused(address), false, address)
    }),
    { numRuns: 2000 },
  )
})

test('a path behind the login in another place of the query of a phone is refused', () => {
  const path = fc.constantFrom('/owa/', 'a=/ecp/x', 'x%2fpowershell%2f', 'User=/owa/', '%5c%6fwa')
  fc.assert(
    fc.property(
      fc.array(fc.oneof(parameter, guardedUser), { maxLength: 4 }),
      path,
      fc.array(fc.oneof(parameter, guardedUser), { maxLength: 4 }),
      (before, hidden, after) => {
        const address = `${phone}${[...before, hidden, ...after].join('&')}`
        assert.equal(isRefused(address), true, address)
      },
    ),
    { numRuns: 2000 },
  )
})
