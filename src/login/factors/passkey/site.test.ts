import assert from 'node:assert/strict'
import { test } from 'node:test'
import { onEachEngine } from '../../../dev/test-support/on-each-engine.ts'
import { createPasskeyScene } from '../../../dev/test-support/passkey-scene.ts'
import { findPasskeySite } from './site.ts'
import { createPasskeyStore } from './store.ts'

test('passkeys belong to the host of an https address, and on one machine to localhost', () => {
  assert.deepEqual(findPasskeySite('https://login.example:8443'), {
    rpId: 'login.example',
    origin: 'https://login.example:8443',
  })
  assert.deepEqual(findPasskeySite('http://localhost:8080'), {
    rpId: 'localhost',
    origin: 'http://localhost:8080',
  })
})

test('there are no passkeys where browsers have none', () => {
  for (const url of ['https://192.0.2.7', 'https://[2001:db8::7]:443', 'http://login.example']) {
    assert.equal(findPasskeySite(url), undefined, url)
  }
})

onEachEngine((engine) => {
  test(`passkeys of another host do not count (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createPasskeyScene(db)
    const userId = await scene.addUser()
    await scene.register(userId)
    assert.equal((await scene.store.list(db, userId)).length, 1)
    for (const rpId of ['login.other', undefined]) {
      const moved = createPasskeyStore({ ...scene, rpId })
      assert.deepEqual(await moved.list(db, userId), [])
    }
  })
})
