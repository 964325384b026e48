/** Events and signed heads of the audit log at a real syslog server, over TLS. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Scope } from '../src/dev/test-support/on-each-engine.ts'
import { createPlainBrowser } from '../src/dev/test-support/plain-browser.ts'
import { readHeads } from '../src/identity/audit/heads.ts'
import { type ListedEvent, listAudit } from '../src/identity/audit/list.ts'
import { listReceivers } from '../src/identity/audit/stream/positions.ts'
import { verifyAudit } from '../src/identity/audit/verify.ts'
import { createAuthority } from './support/certificate.ts'
import { erika, startInProcess } from './support/in-process.ts'
import { type SyslogLine, startRsyslog } from './support/rsyslog.ts'
import { enterPassword } from './support/way-in.ts'

async function waitFor<Found>(find: () => Promise<Found | undefined>): Promise<Found> {
  for (let times = 0; times < 600; times += 1) {
    const found = await find()
    if (found !== undefined) return found
    await sleep(50)
  }
  throw new Error('it did not come')
}

type Rsyslog = Awaited<ReturnType<typeof startRsyslog>>

function startNode(t: Scope, { port, files }: Rsyslog, receiver = {}) {
  const siem = { name: 'siem', kind: 'syslog', host: 'localhost', port, ca_file: files.authority }
  return startInProcess(t, {
    default_policy: { second_factor: 'none' },
    audit: {
      receivers: [{ ...siem, ...receiver }],
      heads: { receivers: ['siem'], every: '10s' },
    },
  })
}

type Node = Awaited<ReturnType<typeof startNode>>

const logIn = ({ publicUrl }: Node, username = erika.username) =>
  enterPassword(createPlainBrowser(publicUrl), { ...erika, username })

const listEvents = async ({ db }: Node) => (await Array.fromAsync(listAudit(db, {}))).flat()

const isHead = ({ type }: SyslogLine) => type === 'audit_head'

/** The events that came, each once. */
function readEvents(lines: readonly SyslogLine[]): ListedEvent[] {
  const events = lines.filter((line) => !isHead(line)).map(({ message }) => JSON.parse(message))
  return [...new Map(events.map((event) => [event.hash, event])).values()]
}

const untilAllCame = (node: Node, rsyslog: Rsyslog) =>
  waitFor(async () => {
    const [lines, events] = [await rsyslog.read(), await listEvents(node)]
    return readEvents(lines).length === events.length ? { lines, events } : undefined
  })

test('a syslog server that requires a client certificate receives the audit events in the order of the chain', async (t) => {
  const rsyslog = await startRsyslog(t, { wantsClient: true })
  const node = await startNode(t, rsyslog, {
    client_certificate_file: rsyslog.files.clientCertificate,
    client_key_file: rsyslog.files.clientKey,
  })
  await logIn(node, 'nobody')
  await logIn(node)
  const { lines, events } = await untilAllCame(node, rsyslog)
  assert.deepEqual(readEvents(lines), events)
  assert.deepEqual(
    lines.filter((line) => !isHead(line)).map(({ severity, type }) => [severity, type]),
    [
      ['warning', 'login_failed'],
      ['info', 'login_succeeded'],
    ],
  )
  const [first] = lines
  assert.equal(first?.hostname, '127.0.0.1')
  assert.equal(
    first?.structuredData,
    `[einlass@32473 seq="1" hash="${events[0]?.hash}" address="127.0.0.1" reason="wrong_credentials"]`,
  )
  const heads = await waitFor(async () => {
    const found = (await rsyslog.read()).filter(isHead).map(({ message }) => message)
    return found.length > 0 ? readHeads(found.join('\n'), node.parts.platform.keyring) : undefined
  })
  const state = await verifyAudit(node.db, node.parts.platform.keyring, heads)
  assert.equal(state.type, 'intact')
})

test('a syslog server receives the events of its downtime when it is back', async (t) => {
  const rsyslog = await startRsyslog(t)
  const node = await startNode(t, rsyslog)
  await logIn(node)
  await untilAllCame(node, rsyslog)
  await rsyslog.stop('SIGKILL')
  await logIn(node)
  await logIn(node)
  const failing = await waitFor(async () =>
    (await listReceivers(node.db)).find(({ failures }) => failures > 0),
  )
  // It may have been killed in the middle of a connection, with what was not sure to be read.
  assert.match(`${failing.reason}`, /^(ECONNREFUSED|ECONNRESET|ClosedEarly)$/)
  await rsyslog.start()
  const { lines, events } = await untilAllCame(node, rsyslog)
  assert.deepEqual(readEvents(lines), events)
  assert.equal(events.length, 3)
})

test('a syslog server with the certificate of another authority receives no events', async (t) => {
  const rsyslog = await startRsyslog(t)
  await rsyslog.replaceAuthority(createAuthority().cert)
  const node = await startNode(t, rsyslog)
  await logIn(node)
  const failing = await waitFor(async () =>
    (await listReceivers(node.db)).find(({ failures }) => failures > 0),
  )
  assert.match(`${failing.reason}`, /^(UNABLE_TO|SELF_SIGNED|DEPTH_ZERO|CERT_)/)
  assert.deepEqual(await rsyslog.read(), [])
})
