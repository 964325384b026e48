import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { mailUser, readHeader, startMailServer } from '../../../../test/support/mail-server.ts'
import { onEachEngine } from '../../../dev/test-support/on-each-engine.ts'
import { hours, minutes, seconds } from '../../../platform/kernel/clock.ts'
import { createKeyring } from '../../../platform/kernel/keyring.ts'
import { systemRandom } from '../../../platform/kernel/random.ts'
import type { Database } from '../../../platform/storage/database.ts'
import { createMailQueue, createMailWorker } from './queue.ts'
import {
  createSmtpTransport,
  type MailTransport,
  type OutgoingMail,
  type SendResult,
} from './transport.ts'

const start = 1_800_000_000_000

function createTestClock() {
  let time = start
  return {
    now: () => time,
    advance(by: number) {
      time += by
    },
  }
}

type TestClock = ReturnType<typeof createTestClock>

function newMail(kind = 'password_changed') {
  return {
    kind,
    userId: null,
    to: { name: 'Erika', address: 'erika@example.org' },
    subject: 'a subject',
    text: 'a body',
    html: '<p>a body</p>',
  }
}

const keyring = createKeyring({
  keys: [{ id: 'test', key: new Uint8Array(32).fill(7) }],
  random: systemRandom,
})

/** A node whose mail server is a function. */
function createNode(db: Database, clock: TestClock, transport: MailTransport) {
  const entries: { level: string; entry: object; text: string }[] = []
  const note = (level: string) => (entry: object, text: string) =>
    void entries.push({ level, entry, text })
  const log = { debug: note('debug'), info: note('info'), warn: note('warn'), error: note('error') }
  return {
    entries,
    queue: createMailQueue({ clock, random: systemRandom, keyring, domain: 'example.org' }),
    worker: createMailWorker({ db, clock, keyring, log, transport }),
  }
}

function createFakeTransport() {
  const sent: OutgoingMail[] = []
  const fake = {
    sent,
    answer: (_mail: OutgoingMail): SendResult | Promise<SendResult> => ({ type: 'sent' }),
    async send(mail: OutgoingMail) {
      sent.push(mail)
      return await fake.answer(mail)
    },
    close() {},
  }
  return fake
}

const serverTrouble = { type: 'later', about: 'server', reason: 'CONN ESOCKET' } as const
const greylisted = { type: 'later', about: 'mail', reason: 'RCPT TO 450' } as const
const rows = (db: Database) => db.selectFrom('mail_queue').selectAll().execute()

onEachEngine((engine) => {
  const open = async (t: TestContext) => {
    const { db } = await engine.open(t)
    const clock = createTestClock()
    const transport = createFakeTransport()
    return { db, clock, transport, ...createNode(db, clock, transport) }
  }

  test(`a mail is sent if its transaction was committed, and only then (${engine.name})`, async (t) => {
    const { db, queue, worker, transport } = await open(t)
    const rolledBack = db.transaction().execute(async (tx) => {
      await queue.enqueue(tx, newMail())
      throw new Error('rolled back')
    })
    await assert.rejects(rolledBack, /rolled back/)
    await worker.sendDue()
    assert.equal(transport.sent.length, 0)
    await db.transaction().execute((tx) => queue.enqueue(tx, newMail()))
    await worker.sendDue()
    await worker.sendDue()
    assert.equal(transport.sent.length, 1)
    assert.match(transport.sent[0]?.messageId ?? '', /^<[\w-]+@example\.org>$/)
  })

  test(`a sent mail leaves a row without its text, and the row is deleted after 30 days (${engine.name})`, async (t) => {
    const { db, clock, queue, worker } = await open(t)
    await queue.enqueue(db, newMail())
    await worker.sendDue()
    const [row] = await rows(db)
    assert.equal(row?.status, 'sent')
    assert.deepEqual(
      [row.subject, row.text_body, row.html_body, row.recipient_name],
      [null, null, null, null],
    )
    clock.advance(hours(24 * 30))
    await worker.purge()
    assert.equal((await rows(db)).length, 1)
    clock.advance(1)
    await worker.purge()
    assert.equal((await rows(db)).length, 0)
  })

  test(`the wait between attempts doubles from a minute to four hours, and a mail fails after three days (${engine.name})`, async (t) => {
    const { db, clock, queue, worker, transport, entries } = await open(t)
    transport.answer = () => greylisted
    await queue.enqueue(db, newMail())
    const tries: number[] = []
    for (let i = 0; i < 40; i++) {
      await worker.sendDue()
      if (transport.sent.length > tries.length) tries.push(clock.now() - start)
      const [row] = await rows(db)
      if (row?.status !== 'waiting') break
      clock.advance(row.due_at - clock.now())
    }
    const waits = tries.slice(1).map((at, index) => (at - (tries[index] ?? 0)) / minutes(1))
    assert.deepEqual(waits.slice(0, 10), [1, 2, 4, 8, 16, 32, 64, 128, 240, 240])
    assert.equal(tries.at(-1), hours(72))
    const [row] = await rows(db)
    assert.deepEqual([row?.status, row?.text_body, row?.reason], ['failed', null, 'RCPT TO 450'])
    assert.equal(entries.filter(({ level }) => level === 'error').length, 1)
    assert.equal(new Set(transport.sent.map(({ messageId }) => messageId)).size, 1)
  })

  test(`after a server error the worker pauses, and one deferred mail does not delay the others (${engine.name})`, async (t) => {
    const { db, clock, queue, worker, transport } = await open(t)
    for (let i = 0; i < 3; i++) await queue.enqueue(db, newMail())
    transport.answer = () => serverTrouble
    await worker.sendDue()
    await worker.sendDue()
    assert.equal(transport.sent.length, 1)
    clock.advance(seconds(60))
    transport.answer = () => greylisted
    await worker.sendDue()
    assert.equal(transport.sent.length, 4)
  })

  test(`A43: after the clock is set back, the worker does not pause any longer (${engine.name})`, async (t) => {
    const { db, clock, queue, worker, transport } = await open(t)
    await queue.enqueue(db, newMail())
    transport.answer = () => serverTrouble
    await worker.sendDue()
    clock.advance(-hours(3))
    await queue.enqueue(db, newMail())
    transport.answer = () => ({ type: 'sent' })
    await worker.sendDue()
    assert.equal(transport.sent.length, 2)
  })

  test(`two nodes share the mails and send none twice (${engine.name})`, async (t) => {
    const clock = createTestClock()
    const databases = await engine.openTwice(t)
    const transport = createFakeTransport()
    const nodes = databases.map(({ db }) => createNode(db, clock, transport))
    const [{ db }] = databases
    for (let i = 0; i < 20; i++) await nodes[0]?.queue.enqueue(db, newMail())
    await Promise.all(nodes.map(({ worker }) => worker.sendDue()))
    await Promise.all(nodes.map(({ worker }) => worker.sendDue()))
    assert.equal(transport.sent.length, 20)
    assert.equal(new Set(transport.sent.map(({ messageId }) => messageId)).size, 20)
  })

  test(`when a node dies after sending, another node sends one copy with the same Message-ID (${engine.name})`, async (t) => {
    const clock = createTestClock()
    const [first, second] = await engine.openTwice(t)
    const transport = createFakeTransport()
    let goOn = () => {}
    const dead = new Promise<SendResult>((resolve) => {
      goOn = () => resolve(serverTrouble)
    })
    const dying = createNode(first.db, clock, {
      ...transport,
      async send(mail) {
        transport.sent.push(mail)
        return await dead
      },
    })
    const other = createNode(second.db, clock, transport)
    await dying.queue.enqueue(first.db, newMail())
    const never = dying.worker.sendDue()
    while (transport.sent.length === 0) await new Promise((resolve) => setImmediate(resolve))
    await other.worker.sendDue()
    assert.equal(transport.sent.length, 1)
    clock.advance(minutes(5))
    await other.worker.sendDue()
    await other.worker.sendDue()
    const ids = transport.sent.map(({ messageId }) => messageId)
    assert.equal(ids.length, 2)
    assert.equal(ids[0], ids[1])
    // The lease is over, so the late result of the first node is ignored.
    goOn()
    await never
    assert.equal((await rows(second.db))[0]?.status, 'sent')
  })

  test(`a worker that starts sends the waiting mails (${engine.name})`, async (t) => {
    const { db, queue, worker, transport } = await open(t)
    await queue.enqueue(db, newMail())
    worker.start()
    t.after(() => worker.stop())
    while (transport.sent.length === 0) await new Promise((resolve) => setImmediate(resolve))
    await worker.stop()
    assert.equal((await rows(db))[0]?.status, 'sent')
  })

  test(`a worker that stops finishes the current mail and begins no other (${engine.name})`, async (t) => {
    const { db, queue, worker, transport } = await open(t)
    let answer = (_result: SendResult) => {}
    transport.answer = () =>
      new Promise((resolve) => {
        answer = resolve
      })
    await queue.enqueue(db, newMail())
    await queue.enqueue(db, newMail())
    worker.start()
    while (transport.sent.length === 0) await new Promise((resolve) => setImmediate(resolve))
    const stopped = worker.stop()
    answer({ type: 'sent' })
    await stopped
    const states = (await rows(db)).map(({ status }) => status).toSorted()
    assert.deepEqual(states, ['sent', 'waiting'])
  })

  test(`a mail server that is gone for an hour gets each mail when it is back (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const clock = createTestClock()
    const server = await startMailServer(t)
    await server.close()
    const openTransport = (ca: string) => {
      const smtp = {
        host: 'localhost',
        port: server.port,
        security: 'starttls',
        ...mailUser,
      } as const
      const mail = { from: 'login@example.org', smtp }
      const transport = createSmtpTransport({ mail, brandName: 'Beispiel', ca })
      t.after(() => transport.close())
      return transport
    }
    const during = createNode(db, clock, openTransport(server.ca))
    for (let i = 0; i < 3; i++) await during.queue.enqueue(db, newMail())
    for (let minute = 0; minute < 60; minute++) {
      await during.worker.sendDue()
      clock.advance(minutes(1))
    }
    const back = await startMailServer(t, { port: server.port })
    const after = createNode(db, clock, openTransport(back.ca))
    back.cutNextMail()
    for (let minute = 0; minute < 120; minute++) {
      await after.worker.sendDue()
      clock.advance(minutes(1))
    }
    const ids = back.received.map((got) => readHeader(got, 'message-id'))
    assert.equal(new Set(ids).size, 3)
    // The one that was cut has come twice.
    assert.equal(ids.length, 4)
    const logged = JSON.stringify([...during.entries, ...after.entries])
    assert.ok(logged.includes('tried again'))
    for (const secret of [mailUser.password, 'a body', 'a subject', 'erika@example.org'])
      assert.ok(!logged.includes(secret), secret)
  })

  test(`a mail with a secret is sealed in the queue, and is not sent after the secret has expired (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const clock = createTestClock()
    const transport = createFakeTransport()
    const { sent } = transport
    const { queue, worker } = createNode(db, clock, transport)
    const mail = { ...newMail('password_reset'), text: 'the secret', html: '<p>the secret</p>' }
    await queue.enqueue(db, { ...mail, secret: { until: clock.now() + 1000 } })
    assert.ok(
      !JSON.stringify(await db.selectFrom('mail_queue').selectAll().execute()).includes('secret<'),
    )
    await worker.sendDue()
    assert.deepEqual(
      sent.map(({ text, html }) => [text, html]),
      [[mail.text, mail.html]],
    )
    await queue.enqueue(db, { ...mail, secret: { until: clock.now() + 1000 } })
    clock.advance(1000)
    await worker.sendDue()
    const rows = await db
      .selectFrom('mail_queue')
      .select(['status', 'reason', 'body_sealed'])
      .orderBy('status')
      .execute()
    assert.equal(sent.length, 1)
    assert.deepEqual(rows, [
      { status: 'failed', reason: 'too late', body_sealed: null },
      { status: 'sent', reason: null, body_sealed: null },
    ])
  })
})
