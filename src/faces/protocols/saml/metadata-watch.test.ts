import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { type NewServiceProvider, type SigningKey, writeServiceProvider } from '#saml'
import { onEachEngine } from '../../../dev/test-support/on-each-engine.ts'
import { createScene, createTestClock, start } from '../../../dev/test-support/scene.ts'
import { createApps } from '../../../identity/apps/apps.ts'
import { readAudit } from '../../../identity/audit/chain.ts'
import type { GuardedFetch } from '../../../platform/http/guarded-fetch.ts'
import { hours, minutes } from '../../../platform/kernel/clock.ts'
import type { Sample } from '../../../platform/kernel/metric.ts'
import { systemRandom as random } from '../../../platform/kernel/random.ts'
import type { Database } from '../../../platform/storage/database.ts'
import { protocols } from '../index.ts'
import { createCertificate } from '../signing-certificate.ts'
import { samlMetadata } from './metadata.ts'
import { describeMetadata, forgetMetadata } from './metadata-state.ts'
import { createMetadataWatch } from './metadata-watch.ts'

const entityId = 'https://notes.example/metadata'
const acs = 'https://notes.example/acs'
const metadataUrl = 'https://notes.example/metadata.xml'

const createKey = (): SigningKey => {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const certificate = createCertificate(privateKey, { random, host: 'notes.example', now: start })
  return { privateKey, certificate }
}

const keys = [createKey(), createKey()] as const
const [first, second] = keys.map(({ certificate }) => certificate)

const write = (more: Partial<NewServiceProvider> = {}, key?: SigningKey) =>
  writeServiceProvider(
    { entityId, consumerUrls: [acs], signingCertificate: first ?? '', ...more },
    key,
  )

/** An app that was added by an address, where `published.text` stands now. */
async function setUp(db: Database, settings: Readonly<Record<string, unknown>> = {}) {
  const clock = createTestClock()
  const scene = createScene(db, clock)
  const apps = createApps({ ...scene, protocols })
  const published = { text: write(), status: 200, asked: 0 }
  const fetch: GuardedFetch = async (url) => {
    assert.equal(url, metadataUrl)
    published.asked += 1
    return new Response(published.text, { status: published.status })
  }
  const config = { saml: { metadata_refresh: hours(24) }, app_networks: [] }
  const { settings: described } = samlMetadata.read(published.text, {})
  await apps.create(db, {
    ...{ id: 'notes', protocol: 'saml', name: 'Notes' },
    settings: { ...described, metadataUrl, ...settings },
  })
  const createNode = (own?: GuardedFetch, ownDb = db) =>
    createMetadataWatch({ apps, config, base: { ...scene, db: ownDb } }, own)
  const watch = createNode(fetch)
  return {
    ...{ clock, apps, published, watch, createNode, fetch },
    find: async () => (await apps.find(db, 'notes'))?.settings ?? {},
    describe: () => describeMetadata(db, 'notes'),
    listChanges: async () =>
      (await readAudit(db, { limit: 100 })).flatMap(({ type, data }) =>
        type === 'app_changed' ? [data] : [],
      ),
    async count(outcome: string) {
      const samples: readonly Sample[] = (await watch.metrics[0]?.read()) ?? []
      return samples.find(({ labels }) => labels.outcome === outcome)?.value
    },
  }
}

onEachEngine(({ name, open, openTwice }) => {
  test(`a new certificate and a new address are taken over within the interval, and are in the audit log (${name})`, async (t) => {
    const scene = await setUp((await open(t)).db)
    await scene.watch.fetchDue()
    assert.equal(await scene.count('unchanged'), 1)
    scene.published.text = write({ signingCertificate: second ?? '', consumerUrls: [`${acs}2`] })
    scene.clock.pass(hours(24) - 1)
    await scene.watch.fetchDue()
    assert.equal(scene.published.asked, 1)
    scene.clock.pass(1)
    await scene.watch.fetchDue()
    const { signingCertificates, consumerUrls } = await scene.find()
    assert.deepEqual([signingCertificates, consumerUrls], [[second], [`${acs}2`]])
    const [change, ...others] = await scene.listChanges()
    assert.equal(others.length, 0)
    assert.deepEqual([change?.appId, change?.by], ['notes', 'metadata'])
    const lines = `${change?.changes}`
    assert.match(lines, /consumerUrls: added https:\/\/notes\.example\/acs2/)
    assert.match(lines, /signingCertificates: added SHA-256 [0-9A-F]{64}/)
    assert.deepEqual(await scene.describe(), ['read 2027-01-16 08:00 UTC'])
  })

  test(`metadata that is unavailable or wrong does not change the app, is reported, and is fetched again (${name})`, async (t) => {
    const scene = await setUp((await open(t)).db)
    await scene.watch.fetchDue()
    const before = await scene.find()
    const bad: [string, number, RegExp][] = [
      ['', 404, /answered with the status 404/],
      ['<!DOCTYPE x><x/>', 200, /a document type/],
      [write({ entityId: `${entityId}2` }), 200, /another app/],
      [write({ validUntil: '2026-01-01T00:00:00Z' }), 200, /expired/],
      [write({ consumerUrls: ['https://evil.example/acs'] }), 200, /at another host/],
    ]
    scene.clock.pass(hours(24))
    for (const [text, status, pattern] of bad) {
      Object.assign(scene.published, { text, status })
      await scene.watch.fetchDue()
      const [read, warning = ''] = await scene.describe()
      assert.equal(read, 'read 2027-01-15 08:00 UTC')
      assert.match(warning, pattern)
      scene.clock.pass(hours(1))
    }
    assert.equal(await scene.count('failed'), bad.length)
    assert.deepEqual(await scene.watch.metrics[1]?.read(), [{ labels: {}, value: 1 }])
    assert.deepEqual([await scene.find(), await scene.listChanges()], [before, []])
    Object.assign(scene.published, { text: write(), status: 200 })
    await scene.watch.fetchDue()
    assert.equal((await scene.describe()).length, 1)
  })

  test(`A43: a clock that is set back does not delay the next fetch of metadata (${name})`, async (t) => {
    const scene = await setUp((await open(t)).db)
    const { watch, published, clock } = scene
    await watch.fetchDue()
    clock.pass(-hours(48))
    await watch.fetchDue()
    assert.equal(published.asked, 2, 'it would be due in three days')
    published.text = write({ cacheDuration: 'PT2H' })
    clock.pass(hours(24))
    await watch.fetchDue()
    clock.pass(-hours(20))
    published.status = 503
    await watch.fetchDue()
    assert.equal(published.asked, 4, 'it would be due in 22 hours, though two were said')
    await watch.fetchDue()
    assert.equal(published.asked, 4, 'after a failure it waits')
    clock.pass(hours(1))
    await watch.fetchDue()
    assert.equal(published.asked, 5)
  })

  test(`only one of two nodes fetches metadata that is due, and a manual change leads to an early fetch (${name})`, async (t) => {
    const [one, other] = await openTwice(t)
    const scene = await setUp(one.db)
    const nodes = [scene.watch, scene.createNode(scene.fetch, other.db)]
    await Promise.all(nodes.map((node) => node.fetchDue()))
    assert.equal(scene.published.asked, 1)
    scene.clock.pass(minutes(5))
    await scene.apps.change(one.db, 'notes', {
      settings: { ...(await scene.find()), consumerUrls: [`${acs}-typed`] },
    })
    await Promise.all(nodes.map((node) => node.fetchDue()))
    assert.equal(scene.published.asked, 2)
    assert.deepEqual((await scene.find()).consumerUrls, [acs])
    await scene.apps.change(one.db, 'notes', {
      settings: { ...(await scene.find()), metadataUrl: undefined },
    })
    scene.clock.pass(hours(48))
    await scene.watch.fetchDue()
    assert.equal(scene.published.asked, 2)
    assert.deepEqual(await scene.describe(), [])
  })

  test(`metadata with a short validity is fetched sooner, but at most every 15 minutes (${name})`, async (t) => {
    const { db } = await open(t)
    const scene = await setUp(db)
    const validUntil = new Date(start + hours(10)).toISOString()
    const waits: [Partial<NewServiceProvider>, number][] = [
      [{ cacheDuration: 'PT2H' }, hours(2)],
      [{ cacheDuration: 'PT1S' }, minutes(15)],
      [{ cacheDuration: 'P30D' }, hours(24)],
      [{ validUntil }, hours(5)],
    ]
    for (const [said, wait] of waits) {
      await forgetMetadata(db, 'notes')
      scene.clock.time = start
      scene.published.text = write(said)
      const asked = scene.published.asked
      await scene.watch.fetchDue()
      assert.equal(scene.published.asked, asked + 1)
      scene.clock.pass(wait - 1)
      await scene.watch.fetchDue()
      assert.equal(scene.published.asked, asked + 1, JSON.stringify(said))
      scene.clock.pass(1)
      await scene.watch.fetchDue()
      assert.equal(scene.published.asked, asked + 2, JSON.stringify(said))
    }
  })

  test(`A34: the server fetches no metadata from an internal network that is not configured (${name})`, async (t) => {
    const asked: (string | undefined)[] = []
    const trap = createServer((req, res) => {
      asked.push(req.url)
      res.end(write())
    }).listen(0, '127.0.0.1')
    await once(trap, 'listening')
    t.after(() => trap.close())
    const address = `http://127.0.0.1:${(trap.address() as AddressInfo).port}/`
    const scene = await setUp((await open(t)).db, { metadataUrl: address })
    await scene.createNode().fetchDue()
    assert.deepEqual(asked, [])
    const [, warning = ''] = await scene.describe()
    assert.match(warning, /app_networks does not name it/)
  })

  test(`A31: if a metadata certificate is configured, metadata without its signature is not taken over (${name})`, async (t) => {
    const signed = { id: '_signed', signingCertificate: second ?? '' }
    const scene = await setUp((await open(t)).db, { metadataCertificates: [first] })
    const forged = write(signed, keys[0]).replace('/acs"', '/acs-forged"')
    for (const text of [write(signed), write(signed, keys[1]), forged]) {
      scene.published.text = text
      await scene.watch.fetchDue()
      assert.match((await scene.describe())[1] ?? '', /no metadata of a SAML app that can be used/)
      assert.deepEqual((await scene.find()).signingCertificates, [first])
      scene.clock.pass(hours(1))
    }
    scene.published.text = write(signed, keys[0])
    await scene.watch.fetchDue()
    assert.deepEqual((await scene.find()).signingCertificates, [second])
  })

  test(`A31: older signed metadata cannot bring back an earlier certificate (${name})`, async (t) => {
    const { db } = await open(t)
    const scene = await setUp(db, { metadataCertificates: [first] })
    const sign = (signingCertificate: string | undefined, day?: number) => {
      const validUntil = day === undefined ? {} : { validUntil: `2027-02-0${day}T00:00:00Z` }
      const said = { id: '_signed', signingCertificate: signingCertificate ?? '', ...validUntil }
      return write(said, keys[0])
    }
    const publish = async (text: string) => {
      scene.published.text = text
      scene.clock.pass(hours(24))
      await scene.watch.fetchDue()
      const { signingCertificates } = await scene.find()
      return { signingCertificates, problem: (await scene.describe())[1] }
    }
    const old = sign(first, 1)
    await publish(old)
    assert.deepEqual((await publish(sign(second, 2))).signingCertificates, [second])
    for (const text of [old, sign(first)]) {
      const { signingCertificates, problem = '' } = await publish(text)
      assert.deepEqual(signingCertificates, [second])
      assert.match(problem, /older than what was taken over: .* 2027-02-02T00:00:00/)
    }
    // Less time for the same is no way back, and does not open one.
    assert.equal((await publish(sign(second, 1))).problem, undefined)
    assert.deepEqual((await publish(old)).signingCertificates, [second])
    // Nor does an administrator who changes something else.
    const consumerUrls = [acs, `${acs}/typed`]
    await scene.apps.change(db, 'notes', { settings: { ...(await scene.find()), consumerUrls } })
    const after = await publish(old)
    assert.deepEqual(after.signingCertificates, [second])
    assert.match(after.problem ?? '', /older than what was taken over/)
    const settings = { ...(await scene.find()), signingCertificates: [first] }
    await scene.apps.change(db, 'notes', { settings })
    const { signingCertificates, problem } = await publish(old)
    assert.deepEqual([signingCertificates, problem], [[first], undefined])
  })
})
