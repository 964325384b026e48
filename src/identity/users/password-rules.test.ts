import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { checkPassword } from './password-rules.ts'

const judge = (password: string, username?: string) => {
  const judgement = checkPassword(password, { minLength: 8, ...(username && { username }) })
  return judgement.type === 'ok' ? 'ok' : judgement.reason
}

test('passwords that guessing begins with are refused', () => {
  const common = [
    'passwort',
    'Passwort1',
    'P@ssw0rd',
    'Pa$$w0rt!',
    'passwortpasswort',
    'password123!',
    '123password',
    'Sommer2025',
    'Sommer2025!',
    '$ommer2025',
    'S0mmer#25',
    'Winter26!!',
    'Frühling2026',
    'Firma2026!',
    'Januar2026!',
    'Montag01!',
    'qwertzuiop',
    'qwertz123',
    'Qwertz123!',
    'asdfghjkl',
    'yxcvbnm1',
    'qwertyuiop',
    '1qaz2wsx',
    '1q2w3e4r',
    '12345678',
    '1234567890',
    '87654321',
    '11111111',
    'aaaaaaaaaaaa',
    'abcabcabc',
    'abcdefgh',
    'zyxwvuts',
    '24.12.1985',
    '19851224',
    '01011990',
    'iloveyou',
    'ichliebedich',
    'HalloWelt1',
    'Willkommen1',
    'letmein!!',
    'changeme1',
    'Einlass2026',
    'schatzilein',
    'admin1234',
    'Administrator',
    'qwertzqwertz',
  ]
  for (const password of common) assert.equal(judge(password), 'common', password)
})

test('passwords that nobody guesses first are let through', () => {
  const fine = [
    'Hund frisst Sommerreifen',
    'korrektes pferd batterie',
    'x7Kp2!qLw9',
    'Sommernachtstraum im Wald',
    '🔑🔑🗝🚪🏠🌙🐈🎈',
    'Grüße-vom-Deich',
    'winterfest2025gemacht',
    'zweimalzweimalzwei',
    '738219475021648',
    'passwortloses Leben ist schön',
    'u8Rf-2mLq-9sXd',
    'Der Januar war 1998 kalt',
  ]
  for (const password of fine) assert.equal(judge(password), 'ok', password)
})

test('length is counted in code points after NFC', () => {
  assert.equal(judge('x7Kp2!q'), 'too_short')
  assert.equal(judge('u\u0308x7Kp2!'), 'too_short')
  assert.equal(judge('🔑🗝🚪🏠🌙🐈🎈'), 'too_short')
  assert.equal(judge(`${'🔑🗝'.repeat(127)}ab`), 'ok')
  assert.equal(judge(`${'xy3!'.repeat(64)}z`), 'too_long')
  assert.equal(judge('x'.repeat(10_000_000)), 'too_long')
})

test('what is let through comes back in NFC', () => {
  const judgement = checkPassword('Gru\u0308ner Tee am Abend', { minLength: 15 })
  assert.deepEqual(judgement, { type: 'ok', password: 'Gr\u00fcner Tee am Abend' })
})

test('the user name must not be in it', () => {
  assert.equal(judge('xx-Erika.Muster-9', 'erika.muster'), 'contains_username')
  assert.equal(judge('ERIKA.MUSTER77', 'Erika.Muster@firma.example'), 'contains_username')
  assert.equal(judge('Max12345', 'max'), 'contains_username')
  assert.equal(judge('ein maximaler Wert', 'max'), 'ok')
  assert.equal(judge('ein guter Satz', 'erika.muster'), 'ok')
})

test('every text gets a judgement, and what is let through is as long as it must be', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: 'binary', maxLength: 300 }),
      fc.string({ unit: 'binary', maxLength: 12 }),
      (password, username) => {
        const judgement = checkPassword(password, { minLength: 8, username })
        if (judgement.type !== 'ok') return
        const length = Array.from(judgement.password).length
        assert.ok(length >= 8 && length <= 256)
      },
    ),
  )
})
