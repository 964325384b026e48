/** New keys for SAML and WS-Federation while Shibboleth, which reads our metadata at its address, lets people in all the time. */

import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { testKeyring as keyring } from '../src/dev/test-support/keyring.ts'
import type { Scope } from '../src/dev/test-support/on-each-engine.ts'
import { createKeyOperations } from '../src/faces/protocols/key-operations.ts'
import { createAudit } from '../src/identity/audit/audit.ts'
import { hours, seconds } from '../src/platform/kernel/clock.ts'
import { person, signIn } from './support/guide.ts'
import { erika } from './support/in-process.ts'
import { seesApp, setShibbolethStage } from './support/shibboleth.ts'
import type { TlsStage } from './support/tls.ts'

/** Our metadata at an address without TLS, which counts how often a reading begins. */
async function publish(t: Scope, { readText }: TlsStage, count: () => void): Promise<string> {
  const server = createServer(async (_req, res) => {
    count()
    // Shibboleth still reads it while the server ends.
    const text = await readText('/saml/metadata').catch(() => undefined)
    if (text === undefined) res.writeHead(503).end()
    else res.setHeader('content-type', 'application/samlmetadata+xml').end(text)
  }).listen(0, '127.0.0.1')
  await new Promise((go) => server.once('listening', go))
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
}

async function setStage(t: Scope) {
  let [offset, reads] = [0, 0]
  const clock = { now: () => Date.now() + offset }
  const findMetadataUrl = (stage: TlsStage) =>
    publish(t, stage, () => {
      reads += 1
    })
  const stage = await setShibbolethStage(t, { clock, findMetadataUrl })
  const { parts, db, publicUrl } = stage.server
  const keys = createKeyOperations({
    ...{ ...parts.platform, clock, db, publicUrl },
    audit: createAudit({ keyring, clock }),
    longestUse: hours(12),
  })
  return {
    ...stage,
    keys,
    pass(ms: number) {
      offset += ms
    },
    /** Shibboleth has what is published now: it reads again when it is ready with what it has read. */
    async isRead() {
      const before = reads
      while (reads < before + 2) await new Promise((go) => setTimeout(go, 50))
    },
  }
}

type Stage = Awaited<ReturnType<typeof setStage>>

/** A login in a new browser, and the certificate that stands in the response. */
async function enter(t: Scope, { browser, origin }: Stage): Promise<string> {
  const { page } = await person(t, browser)
  const answer = page.waitForRequest((one) => one.url().endsWith('/SAML2/POST'))
  await page.goto(`${origin}/secure/`)
  await signIn(page, erika)
  const field = new URLSearchParams((await answer).postData() ?? '').get('SAMLResponse') ?? ''
  await seesApp(page, `${origin}/secure/`)
  await page.context().close()
  return listCertificates(Buffer.from(field, 'base64').toString())[0] ?? ''
}

/** Each once, in their order. */
const listCertificates = (xml: string): string[] => [
  ...new Set([...xml.matchAll(/<ds:X509Certificate>([^<]*)</g)].flatMap(([, one]) => one ?? [])),
]

/** Those that are published, by SAML and by WS-Federation alike; the one that signs comes first. */
async function listPublished({ readText }: Stage): Promise<string[]> {
  const saml = listCertificates(await readText('/saml/metadata'))
  const federation = await readText('/FederationMetadata/2007-06/FederationMetadata.xml')
  assert.deepEqual(listCertificates(federation).toSorted(), saml.toSorted())
  return saml
}

const administrator = { type: 'administrator', name: 'test' } as const

test('during a key rollover the new key is published before it signs, and users can log in at each stage', async (t) => {
  const stage = await setStage(t)
  const { keys, pass, isRead, server } = stage
  const [first, ...none] = await listPublished(stage)
  assert.deepEqual(none, [])
  assert.equal(await enter(t, stage), first)

  await keys.rotateKeys(administrator, { purpose: 'saml', atOnce: false })
  // Within this time each server has read the keys again.
  pass(seconds(11))
  const [signs, next, ...others] = await listPublished(stage)
  assert.deepEqual([signs, others], [first, []])
  assert.ok(next !== undefined && next !== first)
  await isRead()
  assert.equal(await enter(t, stage), first)

  // In place of two weeks, after which it would sign by itself.
  await keys.rotateKeys(administrator, { purpose: 'saml', atOnce: true })
  pass(seconds(61))
  assert.equal((await listPublished(stage)).length, 2)
  assert.equal(await enter(t, stage), next)
  await isRead()
  assert.equal(await enter(t, stage), next)

  // In place of the longest time for which something is valid that the earlier key has signed.
  await server.db
    .updateTable('signing_keys')
    .set({ retired_at: Date.now() })
    .where('retired_at', 'is not', null)
    .execute()
  pass(seconds(11))
  assert.deepEqual(await listPublished(stage), [next])
  await isRead()
  assert.equal(await enter(t, stage), next)
  assert.deepEqual(server.errors, [])
})
