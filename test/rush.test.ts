// Many passwords at the same moment, over the sockets of a whole server whose hashes are slow.
import assert from 'node:assert/strict'
import { type ClientRequest, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { availableParallelism } from 'node:os'
import { test } from 'node:test'
import { hash as argon2 } from '@node-rs/argon2'
import { createPlainBrowser, readForm } from '../src/dev/test-support/plain-browser.ts'
import { createUsers } from '../src/identity/users/users.ts'
import { startInProcess } from './support/in-process.ts'

const password = 'Regenschirm im Mai'
/** So slow that the test acts while others wait. */
const slow = { memoryCost: 19_456, timeCost: 40 }

test('no password is hashed for a browser that has closed the connection', async (t) => {
  const { publicUrl, server, parts } = await startInProcess(t, {
    metrics: { port: 0 },
    trusted_proxies: ['127.0.0.1/32'],
  })
  const users = createUsers(parts.platform)
  const passwordHash = await argon2(password, slow)
  const names = Array.from({ length: availableParallelism() + 6 }, (_, n) => `person${n}`)
  for (const username of names)
    await users.create(parts.platform.database.db, {
      username,
      displayName: username,
      passwordHash,
    })
  const { port = 0 } = (server.metrics?.address() ?? {}) as Partial<AddressInfo>
  const read = async (name: string) => {
    const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text()
    return Number(
      text
        .split('\n')
        .find((line) => line.startsWith(`${name} `))
        ?.split(' ')[1],
    )
  }
  const until = async (name: string, value: number) => {
    for (let now = await read(name); now !== value; now = await read(name));
  }

  const sent = await Promise.all(names.map((username, n) => sendPassword(publicUrl, username, n)))
  await until('einlass_queue_length{queue="passwords"}', 6)
  for (const { outgoing } of sent.slice(-5)) outgoing.destroy()
  await until('einlass_password_hashes_left_total', 5)
  assert.equal(await read('einlass_queue_length{queue="passwords"}'), 1)
  const stayed = await Promise.all(sent.slice(0, -5).map(({ status }) => status))
  assert.deepEqual(stayed, Array(names.length - 5).fill(303))
  assert.equal(await read('einlass_password_hashes_refused_total'), 0)
  assert.equal(await read('einlass_queue_length{queue="passwords"}'), 0)
})

interface Sent {
  readonly outgoing: ClientRequest
  /** 0: there was no answer. */
  readonly status: Promise<number>
}

async function sendPassword(publicUrl: string, username: string, n: number): Promise<Sent> {
  const browser = createPlainBrowser(publicUrl)
  const { action, hidden } = readForm(await browser.get('/login'))
  const headers = {
    ...{ cookie: browser.cookieHeader(), origin: publicUrl },
    'x-forwarded-for': `198.51.${n}.7`,
    'content-type': 'application/x-www-form-urlencoded',
  }
  const outgoing = request(new URL(action, publicUrl), { method: 'POST', headers, agent: false })
  const status = new Promise<number>((resolve) => {
    outgoing.once('response', (answer) => {
      answer.resume().once('end', () => resolve(answer.statusCode ?? 0))
    })
    outgoing.once('error', () => resolve(0))
  })
  outgoing.end(new URLSearchParams({ ...hidden, username, password, action: 'login' }).toString())
  return { outgoing, status }
}
