import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hash as argon2 } from '@node-rs/argon2'
import { Fault } from '../../platform/kernel/fault.ts'
import { silentLog } from '../../platform/kernel/log.ts'
import { createHasher } from './hasher.ts'

const hasher = createHasher({ cores: 1, log: silentLog })
const argon2d = 0

function collectingLog() {
  const entries: string[] = []
  return {
    entries,
    log: { ...silentLog, error: (_: object, text: string) => void entries.push(text) },
  }
}

test('a password matches its own hash and no other', async () => {
  const hash = await hasher.hash('Grüße aus Köln')
  assert.match(hash, /^\$argon2id\$v=19\$m=19456,t=2,p=1\$/)
  assert.deepEqual(await hasher.verify(hash, 'Grüße aus Köln'), { matches: true })
  assert.deepEqual(await hasher.verify(hash, 'Grüße aus Köln '), { matches: false })
  assert.deepEqual(await hasher.verify(hash, ''), { matches: false })
  assert.notEqual(await hasher.hash('Grüße aus Köln'), hash)
})

test('composed and decomposed letters are the same password', async () => {
  const hash = await hasher.hash('Gru\u0308n')
  assert.deepEqual(await hasher.verify(hash, 'Gr\u00fcn'), { matches: true })
})

test('a password with half a surrogate pair is refused, because all halves would be equal', async () => {
  const hash = await hasher.hash('Regenschirm im Mai\ufffd')
  for (const half of ['\ud800', '\udfff', '\udc00\ud800']) {
    assert.equal((await hasher.verify(hash, `Regenschirm im Mai${half}`)).matches, false)
    await assert.rejects(hasher.hash(`Regenschirm im Mai${half}`), { code: 'bad_request' })
  }
  assert.ok((await hasher.verify(hash, 'Regenschirm im Mai\ufffd')).matches)
})

test('the whole password is compared, up to 256 code points', async () => {
  const longest = '🔑'.repeat(256)
  const hash = await hasher.hash(longest)
  assert.deepEqual(await hasher.verify(hash, longest), { matches: true })
  assert.deepEqual(await hasher.verify(hash, `${longest}x`), { matches: false })
  assert.deepEqual(await hasher.verify(hash, '🔑'.repeat(255)), { matches: false })
  await assert.rejects(
    hasher.hash(`${longest}x`),
    (error) => error instanceof Fault && error.code === 'bad_request',
  )
})

test('without a hash no password matches', async () => {
  for (const password of ['', 'a', '\u0000', 'x'.repeat(1000)]) {
    assert.deepEqual(await hasher.verify(undefined, password), { matches: false })
    assert.deepEqual(await hasher.verify(null, password), { matches: false })
  }
  assert.deepEqual(await hasher.verify('', 'a'), { matches: false })
})

test('weaker and older hashes still match and are rehashed', async () => {
  const weaker = [
    await argon2('secret', { memoryCost: 4096, timeCost: 1 }),
    await argon2('secret', { algorithm: argon2d, memoryCost: 19_456, timeCost: 2 }),
    await argon2('secret', { version: 0, memoryCost: 19_456, timeCost: 2 }),
    await argon2('secret', { memoryCost: 19_456, timeCost: 2, outputLen: 16 }),
  ]
  for (const hash of weaker) {
    const { matches, rehashed } = await hasher.verify(hash, 'secret')
    assert.equal(matches, true)
    assert.deepEqual(await hasher.verify(rehashed, 'secret'), { matches: true })
    assert.deepEqual(await hasher.verify(hash, 'wrong'), { matches: false })
  }
})

test('a stronger hash is left as it is', async () => {
  const hash = await argon2('secret', { memoryCost: 20_000, timeCost: 3 })
  assert.deepEqual(await hasher.verify(hash, 'secret'), { matches: true })
})

test('a malformed hash, or one that would exhaust the machine, matches nobody and is logged', async () => {
  const { entries, log } = collectingLog()
  const sound = await hasher.hash('secret')
  const malformed = [
    'x',
    '$2b$12$abcdefghijklmnopqrstuv',
    sound.slice(0, sound.lastIndexOf('$')),
    sound.slice(0, 40),
    sound.replace('m=19456', 'm=4294967295'),
    sound.replace('t=2', 't=4294967295'),
    sound.replace('p=1', 'p=16777215'),
  ]
  const logging = createHasher({ cores: 1, log })
  for (const hash of malformed)
    assert.deepEqual(await logging.verify(hash, 'secret'), { matches: false }, hash)
  assert.equal(entries.length, malformed.length)
  assert.doesNotMatch(entries.join(), /secret|argon2id/)
})

test('a hash of another program is verified and replaced, and a hash of the empty password never matches', async () => {
  const elsewhere = '{SSHA}xaK83prLa32iLspnzTUXWMbug3Wz5HBN'
  const { matches, rehashed } = await hasher.verify(elsewhere, 'Grüße aus Köln 42')
  assert.equal(matches, true)
  assert.deepEqual(await hasher.verify(rehashed, 'Grüße aus Köln 42'), { matches: true })
  assert.deepEqual(await hasher.verify(elsewhere, 'Grüße aus Köln 43'), { matches: false })
  const ofNothing = '{SHA}2jmj7l5rSw0yVb/vlWAYkK/YBwk='
  assert.deepEqual(await hasher.verify(ofNothing, ''), { matches: false })
})

test('A15: an unknown name can cost the work of another hash, and no password matches it', async () => {
  const like = '{SSHA}xaK83prLa32iLspnzTUXWMbug3Wz5HBN'
  assert.deepEqual(await hasher.verify(undefined, 'Grüße aus Köln 42', { like }), {
    matches: false,
  })
  const { entries, log } = collectingLog()
  const logging = createHasher({ cores: 1, log })
  assert.deepEqual(await logging.verify(null, 'x', { like: '$2b$31$' }), { matches: false })
  assert.deepEqual(entries, [])
})

test('A37: the hasher runs one hash per core, has a bounded queue, and refuses the rest with a time to retry', async () => {
  const small = createHasher({ cores: 2, queueLimit: 3, log: silentLog })
  const results = await Promise.allSettled(
    Array.from({ length: 8 }, () => small.verify(undefined, 'x')),
  )
  const refused = results.filter((result) => result.status === 'rejected')
  assert.equal(refused.length, 3)
  for (const { reason } of refused) {
    assert.ok(reason instanceof Fault)
    assert.deepEqual([reason.code, reason.retryAfter], ['busy', 1])
  }
  assert.deepEqual(await small.verify(undefined, 'x'), { matches: false })
})

test('a failed verification frees its place in the queue', async () => {
  const small = createHasher({ cores: 1, queueLimit: 0, log: silentLog })
  for (let i = 0; i < 3; i += 1)
    assert.deepEqual(await small.verify('malformed', 'x'), { matches: false })
})

test('A37: new hashes use at most a quarter of the queue, and the rest is reserved for logins', async () => {
  const small = createHasher({ cores: 1, queueLimit: 4, log: silentLog })
  const made = Array.from({ length: 6 }, () => small.hash('x'))
  const logins = Array.from({ length: 3 }, () => small.verify(undefined, 'x'))
  const refused = (await Promise.allSettled(made)).filter(({ status }) => status === 'rejected')
  assert.equal(refused.length, 4)
  assert.deepEqual(await Promise.all(logins), Array(3).fill({ matches: false }))
})
