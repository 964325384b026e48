/** What people whom nobody knows leave behind when they send all they can for ten minutes: a bounded number of rows and of bytes. */
import assert from 'node:assert/strict'
import { Agent, request } from 'node:http'
import { test } from 'node:test'
import { sql } from 'kysely'
import { onEachEngine } from '../src/dev/test-support/on-each-engine.ts'
import { createPlainBrowser, readForm } from '../src/dev/test-support/plain-browser.ts'
import { createTestClock } from '../src/dev/test-support/scene.ts'
import { minutes } from '../src/platform/kernel/clock.ts'
import type { Database } from '../src/platform/storage/database.ts'
import { startInProcess } from './support/in-process.ts'

/** Of one customer of a provider: 600 of its networks, all different. */
const addresses = Array.from({ length: 600 }, (_, n) => `2001:db8:7:${n.toString(16)}::1`)
/** What a /48 may begin in a minute. */
const admitted = 480
/** Names that nobody has: each has a row, so that it waits like the name of a user. */
const namesPerMinute = 50
/** Besides, in all: events of the audit log. */
const someRows = 100
/** Of the ten minutes, as each gives the same. */
const sendingMinutes = 2

const callback = 'https://wiki.example.org/callback'
const good = { client_id: 'wiki', response_type: 'code', scope: 'openid', redirect_uri: callback }
const challenge = {
  code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWcuEOiHeFqIM',
  code_challenge_method: 'S256',
}
const bad = [
  { ...good, redirect_uri: 'https://elsewhere.example.org' },
  { ...good, client_id: 'nobody' },
  { ...good, prompt: 'none login' },
]

async function countRows(db: Database): Promise<number> {
  const tables = await db.introspection.getTables()
  let all = 0
  for (const { name } of tables) {
    const { rows } = await sql<{ n: number }>`select count(*) as n from ${sql.table(name)}`.execute(
      db,
    )
    all += Number(rows[0]?.n)
  }
  return all
}

interface Sent {
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly address: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

onEachEngine((engine) => {
  test(`A48: app requests and wrong names from 600 networks add a limited number of rows and of bytes in the log (${engine.name})`, async (t) => {
    const { storage } = await engine.openPlace(t)
    const clock = createTestClock()
    const config = { storage, trusted_proxies: ['127.0.0.1/32'] }
    const { publicUrl, db, notes, warnings, errors } = await startInProcess(t, config, clock)
    const agent = new Agent({ keepAlive: true, maxSockets: 16 })
    t.after(() => agent.destroy())
    const send = ({ method, path, address, headers = {}, body = '' }: Sent) =>
      new Promise<number>((resolve, reject) => {
        const all = { ...headers, 'x-forwarded-for': address }
        const sent = request(
          new URL(path, publicUrl),
          { method, agent, headers: all },
          (answer) => {
            answer.resume().on('end', () => resolve(answer.statusCode ?? 0))
          },
        )
        sent.on('error', reject).end(body)
      })
    const browser = createPlainBrowser(publicUrl)
    const { action, hidden } = readForm(await browser.get('/login'))
    const form = {
      cookie: browser.cookieHeader(),
      origin: publicUrl,
      'content-type': 'application/x-www-form-urlencoded',
    }
    const rows = await countRows(db)
    const lines = notes.length + warnings.length
    const statuses = new Map<number, number>()

    for (let minute = 0; minute < sendingMinutes; minute += 1) {
      await Promise.all(
        addresses.map(async (address, n) => {
          const query = (fields: Record<string, string>) =>
            `/oidc/auth?${new URLSearchParams({ ...fields, ...challenge, state: `${n}` })}`
          const all: Sent[] = [
            { method: 'GET', path: query(good), address },
            { method: 'GET', path: query(bad[n % bad.length] ?? good), address },
          ]
          if (n % (addresses.length / namesPerMinute) === 0) {
            const fields = { ...hidden, username: `name${n}`, password: 'no', action: 'login' }
            const body = new URLSearchParams(fields).toString()
            all.push({ method: 'POST', path: action, address, headers: form, body })
          }
          for (const one of all) {
            const status = await send(one)
            statuses.set(status, (statuses.get(status) ?? 0) + 1)
          }
        }),
      )
      clock.pass(minutes(1))
    }

    const written = [...notes, ...warnings].slice(lines)
    const more = (await countRows(db)) - rows
    assert.ok(more <= (admitted + namesPerMinute) * sendingMinutes + someRows, `${more} rows`)
    const bytes = JSON.stringify(written).length
    assert.ok(bytes < 5_000, `${bytes} bytes`)
    // The last kind of a bad request is an answer to the app.
    assert.equal(statuses.get(400), ((addresses.length * 2) / bad.length) * sendingMinutes)
    assert.equal(statuses.get(429), (addresses.length - admitted) * sendingMinutes)
    // PostgreSQL has another time than the clock of this test.
    const others = errors.filter(({ message }) => !message.startsWith('the clock of this node'))
    assert.deepEqual(others, [])
  })
})
