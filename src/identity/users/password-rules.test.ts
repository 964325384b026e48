import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import fc from 'fast-check'
import { configSchema } from '../../platform/config/schema.ts'
import { estimateGuesses } from './guesses.ts'
import { createPasswordRules, type PasswordOwner } from './password-rules.ts'

const examples: { readonly weak: readonly string[]; readonly good: readonly string[] } = JSON.parse(
  await readFile(new URL('password-examples.json', import.meta.url), 'utf8'),
)
const rules = createPasswordRules(
  configSchema.parse({
    public_url: 'https://anmeldung.bergbahn.example',
    brand: { name: 'Bergbahn Süd GmbH' },
  }),
)
const withSecondFactor = { username: 'max', hasSecondFactor: true }

async function judge(password: string, owner: Partial<PasswordOwner> = {}) {
  const judgement = await rules.check(password, { ...withSecondFactor, ...owner })
  return judgement.type === 'ok' ? 'ok' : judgement.reason
}

test('passwords that an attacker guesses first are refused', async () => {
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
  for (const password of common) assert.equal(await judge(password), 'common', password)
})

test('passwords that no attacker guesses first are accepted', async () => {
  const fine = [
    'Hund frisst Sommerreifen',
    'korrektes pferd batterie',
    'x7Kp2!qLw9',
    'Sommernachtstraum im Wald',
    '🔑🔑🗝🚪🏠🌙🐈🎈',
    'Grüße-vom-Deich',
    'winterfest2025gemacht',
    '738219475021648',
    'passwortloses Leben ist schön',
    'u8Rf-2mLq-9sXd',
    'Der Januar war 1998 kalt',
  ]
  for (const password of fine) assert.equal(await judge(password), 'ok', password)
})

test('length is counted in code points after NFC', async () => {
  assert.equal(await judge('x7Kp2!q'), 'too_short')
  assert.equal(await judge('u\u0308x7Kp2!'), 'too_short')
  assert.equal(await judge('🔑🗝🚪🏠🌙🐈🎈'), 'too_short')
  assert.equal(await judge(`Hund, Katze und Dachs ${'🔑🗝'.repeat(117)}`), 'ok')
  assert.equal(await judge(`${'xy3!'.repeat(64)}z`), 'too_long')
  assert.equal(await judge('x'.repeat(10_000_000)), 'too_long')
})

test('a password needs 15 characters alone, and 8 beside a second factor', async () => {
  const alone = { hasSecondFactor: false }
  assert.equal(await judge('x7Kp2!qL'), 'ok')
  assert.equal(await judge('x7Kp2!qL', alone), 'too_short')
  assert.equal(await judge('x7Kp2!qLw9 und1', alone), 'ok')
  assert.deepEqual(await rules.check('x7Kp2!qL', { ...withSecondFactor, ...alone }), {
    ...{ type: 'refused', reason: 'too_short', minLength: 15 },
  })
  const passwords = { min_length: 10, min_length_with_second_factor: 12 }
  const other = createPasswordRules(configSchema.parse({ passwords }))
  assert.equal(other.findMinLength({ hasSecondFactor: true }), 10)
})

test('an accepted password is returned in NFC', async () => {
  const judgement = await rules.check('Gru\u0308ner Tee am Abend', withSecondFactor)
  assert.deepEqual(judgement, {
    ...{ type: 'ok', password: 'Gr\u00fcner Tee am Abend' },
    guessability: 'strong',
  })
})

test('listed passwords and words are refused, in any case and with a few more characters', async () => {
  for (const password of [
    'steamship',
    'Haltepunkt',
    'Haltepunkt26!',
    'Haltepunkt2026!!!!!',
    '1111Haltepunkt1111',
    'lexus432',
    'W@Q!XSW2',
    'peterlustig',
    'FÜHRUNGSSTIL',
  ])
    assert.equal(await judge(password), 'common', password)
  assert.equal(await judge('Haltepunkt ohne Gleis'), 'ok')
})

test('a password that contains the user name is refused', async () => {
  const name = (username: string) => ({ username })
  assert.equal(await judge('xx-Erika.Muster-9', name('erika.muster')), 'contains_username')
  const mail = name('Erika.Muster@firma.example')
  assert.equal(await judge('ERIKA.MUSTER77', mail), 'contains_username')
  assert.equal(await judge('Max12345', name('max')), 'contains_username')
  assert.equal(await judge('ein maximaler Wert', name('max')), 'ok')
  assert.equal(await judge('ein guter Satz', name('erika.muster')), 'ok')
})

test('names of the user and of the server are refused as a password, but allowed as a part of one', async () => {
  const owner = { username: 'e4711', displayName: 'Érika Müller', email: 'erika@talblick.example' }
  for (const password of [
    'Bergbahn2026!',
    'Bergbahn-Süd-GmbH',
    'BergbahnSued99',
    'anmeldung.bergbahn',
    'Müller#2026',
    'MuellerMueller',
    'talblick-4711',
    'Bergbahn-Sommer26',
    'Bergbahn12345678',
  ])
    assert.equal(await judge(password, owner), 'only_names', password)
  for (const password of ['Bergbahn fährt rückwärts', 'Frau Müller zählt Möwen'])
    assert.equal(await judge(password, owner), 'ok', password)
})

test('every text gets a judgement, and an accepted password has the required length', async () => {
  const text = (maxLength: number) => fc.string({ unit: 'binary', maxLength })
  await fc.assert(
    fc.asyncProperty(text(300), text(12), text(20), async (password, username, displayName) => {
      const owner = { username, displayName, hasSecondFactor: true }
      const judgement = await rules.check(password, owner)
      if (judgement.type !== 'ok') return
      const length = Array.from(judgement.password).length
      assert.ok(length >= 8 && length <= 256)
    }),
  )
})

test('200 example passwords of known words, numbers and repetitions are all refused', async () => {
  assert.equal(examples.weak.length, 200)
  for (const password of examples.weak) assert.equal(await judge(password), 'common', password)
})

test('200 example passwords of sentences, unrelated words and password managers are all accepted', async () => {
  assert.equal(examples.good.length, 200)
  for (const password of examples.good) assert.equal(await judge(password), 'ok', password)
})

test('a common word or number is refused even when it is repeated many times', async () => {
  const alone = { hasSecondFactor: false }
  for (const password of ['Passwort'.repeat(30), '1234567890'.repeat(25), 'Hallo '.repeat(40)])
    assert.equal(await judge(password, alone), 'common')
})

test('A48: only the first names of a user are checked, as many as a real name has', async () => {
  const password = 'Zwetschgenkuchenbackform'
  const displayName = 'Zwetschgen Kuchen Back Form'
  assert.equal(await judge(password, { displayName }), 'only_names')
  const others = (separator: string) =>
    Array.from({ length: 20 }, (_, n) => `name${n}`).join(separator)
  const known = await judge(password)
  for (const before of [others(' '), `${'x'.repeat(256)}`])
    assert.equal(await judge(password, { displayName: `${before} ${displayName}` }), known)
})

test('A48: the cost of a password check does not grow with the number of similar names', () => {
  const password = 'bdmvcrjlhngzkfpqxtwbdhcvmrljgnzkpfqtxwbcdmhvlrjngkzpfqwtxbcdhm4v'
  const names = Array.from(password, (_, at) => password.slice(at))
  let searches = 0
  const isMissing = <Answer>(answer: Answer) => {
    searches += 1
    return answer
  }
  const blocklist = { findRank: () => isMissing(undefined), hasStart: () => isMissing(false) }
  estimateGuesses(password, { blocklist, names })
  assert.ok(searches <= password.length * 4, `${searches}`)
})
