import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { test } from 'node:test'
import { createScene, createTestClock, start } from '../../../dev/test-support/scene.ts'
import { createApps } from '../../../identity/apps/apps.ts'
import { hours } from '../../../platform/kernel/clock.ts'
import { silentLog } from '../../../platform/kernel/log.ts'
import { systemRandom as random } from '../../../platform/kernel/random.ts'
import { openDatabase } from '../../../platform/storage/open.ts'
import { protocols } from '../index.ts'
import { createCertificate } from '../signing-certificate.ts'
import { createSigningKeys } from '../signing-keys.ts'
import { createCertificateWatch } from './certificate-watch.ts'

const day = hours(24)
const tenYears = Date.UTC(2037, 0, 15, 8) - start

test('the log warns once a day of a certificate that expires in 30 days, and the metric has the time left', async (t) => {
  const storage = { type: 'sqlite', file: ':memory:' } as const
  const { db, close } = await openDatabase({ storage, log: silentLog })
  t.after(close)
  const clock = createTestClock()
  const warnings: { readonly appId?: string }[] = []
  const log = { ...silentLog, warn: (entry: object) => void warnings.push(entry) }
  const scene = { ...createScene(db, clock), log }
  await createSigningKeys({ ...scene, publicUrl: 'https://login.example' }).find('saml')
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const now = start - tenYears + 40 * day
  const certificate = createCertificate(privateKey, { random, host: 'notes.example', now })
  const apps = createApps({ ...scene, protocols })
  await apps.create(db, {
    ...{ id: 'notes', protocol: 'saml', name: 'Notes' },
    settings: {
      entityId: 'https://notes.example/metadata',
      consumerUrls: ['https://notes.example/acs'],
      signingCertificates: [certificate],
      encryptionCertificate: 'bm90IGEgY2VydGlmaWNhdGU=',
    },
  })
  const watch = createCertificateWatch({ apps, base: scene })
  const read = () => watch.metric.read().map(({ labels, value }) => [labels.of, value])
  assert.deepEqual(read(), [])
  await watch.look()
  assert.equal(warnings.length, 0)
  const [own, ofApp] = read()
  assert.deepEqual(own, ['own', tenYears / 1000])
  assert.equal(ofApp?.[0], 'app')
  assert.ok(Math.abs(Number(ofApp?.[1]) - (40 * day) / 1000) < (2 * day) / 1000)

  clock.pass(15 * day)
  for (let look = 0; look < 3; look += 1) await watch.look()
  assert.equal(warnings.length, 1)
  assert.equal(warnings[0]?.appId, 'notes')
  clock.pass(day)
  await watch.look()
  assert.equal(warnings.length, 2)
  // A43: the clock is set back.
  clock.pass(-hours(5))
  for (let look = 0; look < 3; look += 1) await watch.look()
  assert.equal(warnings.length, 3)
})
