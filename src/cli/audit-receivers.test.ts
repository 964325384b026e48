import assert from 'node:assert/strict'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { openTerminal } from '../dev/test-support/cli.ts'
import { testKeyring } from '../dev/test-support/keyring.ts'
import { appendEvent, readAudit } from '../identity/audit/chain.ts'
import { deriveEventKey } from '../identity/audit/keys.ts'
import { createAuditStream } from '../identity/audit/stream/stream.ts'
import { silentLog as log } from '../platform/kernel/log.ts'
import { openDatabase } from '../platform/storage/open.ts'

const at = Date.parse('2026-11-27T08:00:00Z')
const key = deriveEventKey(testKeyring)
const secret = 'a secret of the receiver'
const env = {
  EINLASS_AUDIT_RECEIVERS: JSON.stringify([
    { name: 'siem', kind: 'syslog', host: 'log.example' },
    { name: 'desk', kind: 'webhook', url: 'https://desk.example/', secret },
  ]),
}

/** A server has sent events to the receiver `siem`, and the last attempt failed. */
async function openScene(t: TestContext) {
  const { folder, einlass } = await openTerminal(t)
  const storage = { type: 'sqlite', file: join(folder, 'einlass.db') } as const
  const { db, nodes, close } = await openDatabase({ storage, log })
  let isAway = false
  const deliver = async () => (isAway ? { reason: 'ECONNREFUSED' } : undefined)
  const receivers = [{ name: 'siem', types: [], deliver }]
  const stream = createAuditStream({ db, clock: { now: () => at }, log, nodes, receivers })
  await stream.begin()
  for (let n = 0; n < 5; n += 1) {
    await appendEvent(db, { key, at, type: 'tested', data: { n } })
    if (n === 2) await stream.send()
    if (n === 2) isAway = true
  }
  await stream.send()
  const listTypes = async () =>
    (await readAudit(db, { limit: 100 })).map(({ type, data }) => ({ type, data }))
  t.after(close)
  return { einlass, listTypes }
}

test('the command shows the position of each receiver and the reason of a failure', async (t) => {
  const { einlass } = await openScene(t)
  const { code, stdout } = await einlass(['audit', 'receivers'], { env })
  assert.equal(code, 1)
  assert.deepEqual(
    stdout
      .trim()
      .split('\n')
      .map((line) => line.split(/ {2,}/)),
    [
      ['RECEIVER', 'KIND', 'STATE', 'SENT UP TO', 'WAITING', 'SINCE', 'LAST SENT', 'REASON'],
      [
        ...['siem', 'syslog', 'failing since 2026-11-27 08:00:00, 1 times', '3', '2'],
        ...['2026-11-27 08:00:00', '2026-11-27 08:00:00', 'ECONNREFUSED'],
      ],
      ['desk', 'webhook', 'not begun: no server has started with it', '-', '0', '-', '-', '-'],
    ],
  )
  assert.ok(!stdout.includes(secret))
  const { stdout: json } = await einlass(['audit', 'receivers', '--json'], { env })
  assert.deepEqual(
    (JSON.parse(json) as { name: string }[]).map(({ name }) => name),
    ['siem', 'desk'],
  )
  assert.match((await einlass(['audit', 'receivers'])).stdout, /siem +not configured/)
})

test('without configured receivers the command says where to configure them', async (t) => {
  const { einlass } = await openTerminal(t)
  const { code, stdout } = await einlass(['audit', 'receivers'])
  assert.deepEqual([code, /audit\.receivers/.test(stdout)], [0, true])
})

test('audit resend moves a receiver back to an earlier event, and the log says who did it', async (t) => {
  const { einlass, listTypes } = await openScene(t)
  const { code, stdout } = await einlass(['audit', 'resend', 'siem', '--after', '1'], { env })
  assert.deepEqual([code, stdout], [0, 'siem goes on behind event 1; it was at 3.\n'])
  const moved = (await listTypes()).at(-1)
  assert.equal(moved?.type, 'audit_receiver_moved')
  assert.deepEqual({ ...moved?.data, by: '' }, { receiver: 'siem', from: 3, after: 1, by: '' })
  const { stdout: shown } = await einlass(['audit', 'receivers', '--json'], { env })
  const [siem] = JSON.parse(shown) as { seq: number; failures: number }[]
  assert.deepEqual([siem?.seq, siem?.failures], [1, 0])
})

test('audit resend refuses an unknown receiver and a wrong event number, and changes nothing', async (t) => {
  const { einlass, listTypes } = await openScene(t)
  const tries = [
    [['other', '--after', '1'], 1, /no receiver other/],
    [['siem', '--after', '99'], 64, /no event 99; its last one is 5/],
    [['siem', '--after', 'x'], 64, /the number of an event/],
    [['siem'], 64, /found: {3}nothing/],
  ] as const
  for (const [words, expected, text] of tries) {
    const { code, stderr } = await einlass(['audit', 'resend', ...words], { env })
    assert.equal(code, expected, stderr)
    assert.match(stderr, text)
  }
  assert.equal((await listTypes()).length, 5)
})
