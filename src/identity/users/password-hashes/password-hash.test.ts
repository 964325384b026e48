import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import fc from 'fast-check'
import { z } from 'zod'
import { parsePasswordHash } from './password-hash.ts'

const vectorsFile = new URL('vectors.json', import.meta.url)
/** Made by the programs that are named in them. */
const vectors = z
  .array(z.object({ by: z.string(), form: z.string(), password: z.string(), hash: z.string() }))
  .parse(JSON.parse(await readFile(vectorsFile, 'utf8')))

const judge = (text: string) => {
  const reading = parsePasswordHash(text)
  return reading.type === 'known' ? reading.hash.form : reading.reason
}

function read(text: string) {
  const reading = parsePasswordHash(text)
  assert.ok(reading.type === 'known', `${text}: ${judge(text)}`)
  return reading.hash
}

test('hashes of other programs are verified', async () => {
  for (const { by, form, password, hash } of vectors) {
    const known = read(hash)
    assert.equal(known.form, form, by)
    assert.equal(await known.verify(password), true, `${by}: ${hash}`)
    assert.equal(await known.verify(`#${password.slice(1)}`), false, `${by}: ${hash}`)
    assert.equal(await known.verify(''), false, by)
  }
})

test('only an argon2id hash with the current cost is sufficient', () => {
  assert.deepEqual(
    vectors.filter(({ hash }) => read(hash).isSufficient).map(({ by }) => by),
    [],
  )
  const own = `$argon2id$v=19$m=19456,t=2,p=1$${'A'.repeat(22)}$${'A'.repeat(43)}`
  assert.equal(read(own).isSufficient, true)
  assert.equal(read(own.replace('v=19', 'v=16')).isSufficient, false)
})

test('a truncated or extended hash is refused', () => {
  for (const { by, hash } of vectors) {
    for (const text of [
      `${hash}$`,
      `${hash} `,
      ` ${hash}`,
      `${hash}\n`,
      `${hash}\u0000`,
      `{${hash}`,
    ])
      assert.notEqual(parsePasswordHash(text).type, 'known', `${by}: ${text}`)
    const beginning = hash.slice(0, hash.search(/[^$}:]*$/))
    assert.notEqual(parsePasswordHash(beginning).type, 'known', `${by}: ${beginning}`)
  }
})

test('a text that is not a hash or has an unsupported form is reported as unknown', () => {
  for (const text of [
    '',
    'Fahrrad im Regen',
    '{CLEARTEXT}secret',
    '{CRYPT}9pXv1aIuTq1SM',
    '{SASL}erika@firma.example',
    'x'.repeat(100_000),
  ])
    assert.equal(judge(text), 'unknown_form', text.slice(0, 80))
})

test('a hash of a form that nothing here computes is refused by its name', () => {
  for (const [name, text] of [
    ['md5crypt', '$1$saltsalt$qjXMvbEw8oaL.CzflDtaK/'],
    ['bcrypt of a faulty version ($2x$)', '$2x$05$6bNw2HLQYeqHYyBfLMsv/OiwqTymGIGzFsA4hOTWebf'],
    // Of mkpasswd and crypt(3) in Debian.
    ['yescrypt', '$y$j9T$Ryj9vBJtxlQRqEWdlFqfH0$u4X2IFwklpUl/VgWbHMwKDsxaS2JLmzG5hEc81MOuiC'],
    [
      'yescrypt',
      '{CRYPT}$y$j9T$F5Jx5fExrKuPp53xLKQ..1$XIrUQfIueUslBDkfCzFbPD0MlDGzYoex5kPFlDtqYB9',
    ],
    ['gost-yescrypt', '$gy$j9T$b2zcUpjq0PuSRs7Qhnj6x.$by2GSmvIcoqf.zo3PUZEy5siiinielFVsNjCFis5Qn5'],
    [
      'scrypt of crypt(3)',
      '$7$CU..../....xYLlQGAUa2uH6nlCiC/j40$Uw8AlQD/6R7ytiFuBR5NiVHeRm/5IeXXR..g3zCyMb0',
    ],
  ] as const)
    assert.deepEqual(parsePasswordHash(text), { type: 'refused', reason: 'unsupported', name })
})

const salt = 'A'.repeat(22)
const digest = 'A'.repeat(43)

test('a hash with parts that no program writes is malformed', () => {
  for (const text of [
    `$argon2id$v=19$m=19456,t=2,p=1$${salt}$`,
    `$argon2id$v=19$m=19456,t=2,p=1$${salt}$AAAA`,
    `$argon2id$v=19$m=4,t=2,p=1$${salt}$${digest}`,
    `$argon2id$v=19$m=19456,t=0,p=1$${salt}$${digest}`,
    `$argon2id$v=19$m=019456,t=2,p=1$${salt}$${digest}`,
    `$argon2id$v=18$m=19456,t=2,p=1$${salt}$${digest}`,
    '$2b$12$abcdefghijklmnopqrstuv',
    '$2b$03$YUc8Vs6sXFvh1lBt3r0F2.4ugPkjPLx5PCDNhFA1Bt1KLbOT/r9hm',
    '$2b$05$YUc8Vs6sXFvh1lBt3r0F2.4ugPkjPLx5PCDNhFA1Bt1KLbOT/r9hn',
    `$bcrypt-sha256$v=2,t=2b,r=05$${salt}$${'A'.repeat(30)}`,
    `$bcrypt-sha256$v=3,t=2b,r=12$${salt}$${'A'.repeat(30)}.`,
    `$bcrypt-sha256$v=2,t=2a,r=12$${salt}$${'A'.repeat(30)}.`,
    `$scrypt$ln=0,r=8,p=1$${salt}$${digest}`,
    `scrypt$1000$salt$8$1$${digest}`,
    `$scrypt$ln=16,r=1,p=1$${salt}$${digest}`,
    `$pbkdf2-sha256$0$${salt}$${digest}`,
    `$pbkdf2-sha256$1e3$${salt}$${digest}`,
    `$pbkdf2-sha256$i=1000,l=31$${salt}$${digest}`,
    `$pbkdf2-md5$1000$${salt}$${digest}`,
    // An empty digest would match every password.
    `{PBKDF2}1000$${salt}$`,
    `{PBKDF2-SHA256}1000$${salt}$AA`,
    '{PBKDF2-HMAC-SHA256}1000:AAAA',
    'pbkdf2_sha256$1000$$AAAA',
    '$6$saltsalt$abc',
    `$5$saltsalt$${'.'.repeat(86)}`,
    `$6$rounds=999$saltsalt$${'.'.repeat(86)}`,
    `$6$saltsalt$${'.'.repeat(85)}z`,
    '{SSHA}',
    '{SSHA}aIG3gWcLRmj89Fl+OUCsrkY+8fo=',
    '{SHA}44D4VtwZtpG1HBzCa5UfHa8xYTzEGGMs',
    '{SSHA512}44D4VtwZtpG1HBzCa5UfHa8xYTzEGGMs',
    '{SHA}aIG3gWcLRmj89Fl-OUCsrkY-8fo=',
  ])
    assert.equal(judge(text), 'malformed', text)
})

test('A37: a hash that would cost a server its memory or its time is refused before any work', () => {
  for (const text of [
    `$argon2id$v=19$m=1048576,t=1,p=1$${salt}$${digest}`,
    `$argon2id$v=19$m=65536,t=100,p=1$${salt}$${digest}`,
    `$argon2id$v=19$m=19456,t=2147483647,p=1$${salt}$${digest}`,
    `$argon2id$v=19$m=19456,t=2,p=255$${salt}$${digest}`,
    '$2b$31$YUc8Vs6sXFvh1lBt3r0F2.4ugPkjPLx5PCDNhFA1Bt1KLbOT/r9hm',
    'bcrypt_sha256$$2b$15$YUc8Vs6sXFvh1lBt3r0F2.4ugPkjPLx5PCDNhFA1Bt1KLbOT/r9hm',
    `$scrypt$ln=30,r=8,p=1$${salt}$${digest}`,
    `$scrypt$ln=1,r=1000000,p=1000$${salt}$${digest}`,
    `$scrypt$ln=10,r=8,p=1000000$${salt}$${digest}`,
    `scrypt:1073741824:8:1$salt$${'00'.repeat(32)}`,
    // Of a small N there may be very many blocks: these two would take four seconds and more.
    `scrypt:2:1:1048576$salt$${'00'.repeat(32)}`,
    `scrypt:2:16384:64$salt$${'00'.repeat(32)}`,
    `$bcrypt-sha256$v=2,t=2b,r=15$TXBUYOcQ.8nEAaN3jSiCs.$pebwohYxR2uEwvUfuE6.LP.KSFS7hYK`,
    `$6$rounds=1000001$saltsalt$${'.'.repeat(86)}`,
    `$6$rounds=999999999$saltsalt$${'.'.repeat(86)}`,
    `{PBKDF2-SHA512}2147483647$${salt}$${digest}`,
    `pbkdf2_sha256$100000000$salt$${digest}`,
  ])
    assert.equal(judge(text), 'too_costly', text)
})

test('every text gets an answer, even a changed hash', () => {
  const parts = vectors.flatMap(({ hash }) => hash.split(/(?<=[$,:}=])/))
  const text = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 200 }),
    fc.array(fc.constantFrom(...parts), { maxLength: 8 }).map((chosen) => chosen.join('')),
    fc.constantFrom(...vectors).map(({ hash }) => hash),
  )
  fc.assert(
    fc.property(text, fc.nat(200), fc.string({ maxLength: 2 }), (hash, at, put) => {
      const changed = hash.slice(0, at) + put + hash.slice(at + 1)
      assert.match(judge(changed), /^[a-z0-9_]+$/)
    }),
    { numRuns: 2000 },
  )
})

test('a hash of very many rounds is computed by a thread, because the event loop serves everybody', async () => {
  // Of crypt(3) of glibc, with as many rounds as a login accepts.
  const hash =
    '$6$rounds=1000000$Zq3mT0a8Lk1x$4qW62SsGPwzx1FuC/JkC0Soup5uwgz6AxvoIjHt73aNfYOLeamlo8JtLwVEyjMPuiH0zBW/4DCV/37zRqz6zG0'
  let threads = 0
  const count = () => {
    threads += 1
  }
  process.on('worker', count)
  try {
    assert.equal(await read(hash).verify('Grüße aus Köln 42'), true)
  } finally {
    process.off('worker', count)
  }
  assert.equal(threads, 1)
})
