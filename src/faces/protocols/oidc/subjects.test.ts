import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createKeyring } from '../../../platform/kernel/keyring.ts'
import { systemRandom } from '../../../platform/kernel/random.ts'
import { readRegistration } from './registration-metadata.ts'
import { createSubjects } from './subjects.ts'

const keyring = createKeyring({
  keys: [{ id: 'test', key: new Uint8Array(32).fill(7) }],
  random: systemRandom,
})
const computeSubject = createSubjects(keyring)

/** As the library reads the addresses: a scheme has no host. */
const learn = (clientId: string, address: string, sector?: string) =>
  computeSubject('usr_1', {
    ...{ clientId, redirectUris: [address], subjectType: 'pairwise' },
    sectorIdentifier: new URL(sector ?? address).host,
    sectorIdentifierUri: sector,
  })

test('pairwise apps with the same host or scheme share ids, and apps with loopback addresses do not', () => {
  const same: readonly (readonly [string, string])[] = [
    ['https://a.example/cb', 'https://a.example/other'],
    ['com.mallory.app:/cb', 'com.mallory.app:/other'],
  ]
  for (const [one, other] of same) assert.equal(learn('one', one), learn('two', other), one)
  const local = 'http://127.0.0.1/cb'
  const different = [
    ...['https://a.example/cb', 'https://b.example/cb', 'com.mallory.app:/cb', 'org.other.app:/cb'],
    ...[local, 'http://localhost/cb', 'http://[::1]:8080/cb'],
  ]
  const ids = different.map((address, at) => learn(`app${at}`, address))
  assert.equal(new Set([...ids, 'usr_1']).size, different.length + 1)
  assert.notEqual(learn('one', local), learn('two', local))
  assert.equal(learn('one', local), learn('one', 'http://localhost:7000/cb'))
  const list = 'https://a.example/list.json'
  assert.equal(learn('one', local, list), learn('two', 'org.other.app:/cb', list))
  assert.equal(learn('one', local, list), learn('three', 'https://a.example/cb'))
})

test('a pairwise app with several schemes is refused without a sector document', () => {
  const options = { publicUrl: 'https://login.example', issuer: 'https://login.example/oidc' }
  const read = (...addresses: string[]) => {
    const metadata = { subject_type: 'pairwise', application_type: 'native' }
    const body = { ...metadata, redirect_uris: addresses }
    return 'request' in readRegistration(options, body, { terms: {} })
  }
  assert.equal(read('com.mallory.app:/cb', 'org.other.app:/cb'), false)
  assert.equal(read('com.mallory.app:/cb', 'http://127.0.0.1/cb'), false)
  assert.equal(read('com.mallory.app:/cb', 'com.mallory.app:/other'), true)
  assert.equal(read('http://127.0.0.1/cb', 'http://localhost/cb'), true)
})
