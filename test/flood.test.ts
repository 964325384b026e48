/** A flood of wrong passwords from everywhere, against the servers as they run: the owners of known browsers still get in. */
import assert from 'node:assert/strict'
import { Agent, request } from 'node:http'
import { type TestContext, test } from 'node:test'
import {
  createPlainBrowser,
  type PlainBrowser,
  readForm,
} from '../src/dev/test-support/plain-browser.ts'
import {
  createInstallation,
  type Installation,
  type ServerProcess,
} from './support/installation.ts'
import { enterPassword } from './support/way-in.ts'

const owners = Array.from({ length: 20 }, (_, n) => ({
  username: `owner${n}`,
  password: `Regenschirm im Mai ${n}`,
}))

/** 1,000 networks of IPv4 and as many addresses of one /48 of IPv6. */
const addresses = Array.from({ length: 2000 }, (_, n) =>
  n % 2 === 0
    ? `${100 + (n >> 9)}.${n & 0xff}.${n >> 8}.7`
    : `2001:db8:1:${n.toString(16)}::${n.toString(16)}`,
)

async function install(t: TestContext, storage: 'sqlite' | 'postgres'): Promise<Installation> {
  const installation = await createInstallation(t, {
    storage,
    config: { trusted_proxies: ['127.0.0.1/32'], default_policy: { second_factor: 'none' } },
  })
  for (const { username, password } of owners) {
    await installation.addUser({ username, displayName: username, password })
  }
  return installation
}

/** Sends wrong passwords from all addresses at the same moment; gives the status of each answer. */
async function flood(publicUrl: string, origins: readonly string[]): Promise<number[]> {
  const agent = new Agent({ keepAlive: true, maxSockets: 2000 })
  const first = createPlainBrowser(publicUrl)
  const { action, hidden } = readForm(await first.get('/login'))
  const answers = addresses.map((address, n) => {
    const username = n % 4 === 0 ? owners[n % owners.length]?.username : `name${n}`
    const fields = { ...hidden, username: `${username}`, password: `wrong ${n}`, action: 'login' }
    const url = new URL(action, origins[n % origins.length])
    return send(agent, url, { publicUrl, address, cookie: first.cookieHeader(), fields })
  })
  try {
    return await Promise.all(answers)
  } finally {
    agent.destroy()
  }
}

interface Sent {
  readonly publicUrl: string
  readonly address: string
  readonly cookie: string
  readonly fields: Readonly<Record<string, string>>
}

function send(
  agent: Agent,
  url: URL,
  { publicUrl, address, cookie, fields }: Sent,
): Promise<number> {
  const headers = {
    ...{ cookie, 'x-forwarded-for': address, origin: publicUrl },
    'content-type': 'application/x-www-form-urlencoded',
  }
  return new Promise((resolve, reject) => {
    const sent = request(url, { method: 'POST', agent, headers }, (answer) => {
      answer.resume().on('end', () => resolve(answer.statusCode ?? 0))
    })
    sent.on('error', reject)
    sent.end(new URLSearchParams(fields).toString())
  })
}

/** A new login in a browser in which the person has logged in before. */
async function logInAgain(origin: string, { browser, owner }: Known): Promise<number> {
  const later = createPlainBrowser(origin)
  later.setCookie(deviceCookie, browser.cookie(deviceCookie) ?? '')
  await enterPassword(later, owner)
  return (await later.get('/account')).status
}

const deviceCookie = 'einlass_device'

interface Known {
  readonly browser: PlainBrowser
  readonly owner: (typeof owners)[number]
}

async function logInEverywhere(origin: string): Promise<Known[]> {
  const known: Known[] = []
  for (const owner of owners) {
    const browser = createPlainBrowser(origin)
    await enterPassword(browser, owner)
    known.push({ browser, owner })
  }
  return known
}

const countErrors = ({ output }: ServerProcess) =>
  output()
    .split('\n')
    .filter((line) => line.includes('"level":50')).length

for (const storage of ['sqlite', 'postgres'] as const) {
  test(`A46: while 1,000 networks and one /48 send wrong passwords, users in known browsers can log in (${storage})`, async (t) => {
    const installation = await install(t, storage)
    const nodes = [await installation.serve()]
    if (storage === 'postgres') nodes.push(await installation.serve())
    const origins = nodes.map(({ url }) => url)
    const known = await logInEverywhere(installation.publicUrl)

    let isOver = false
    const flooding = flood(installation.publicUrl, origins).finally(() => {
      isOver = true
    })
    const ends = await Promise.all(
      known.map(async (one, n) => {
        // The session that they have, and a new login.
        const live = await one.browser.get('/account', origins[n % origins.length])
        return [live.status, await logInAgain(installation.publicUrl, one)]
      }),
    )
    assert.equal(isOver, false, 'they came in the middle of it')
    assert.deepEqual(ends, Array(owners.length).fill([200, 200]))

    const statuses = await flooding
    const refused = statuses.filter((status) => status === 503).length
    assert.ok(refused > 0, 'more came than could be judged')
    assert.equal(statuses.filter((status) => status === 303).length + refused, addresses.length)
    for (const node of nodes) assert.ok(countErrors(node) <= 2, 'the log has one line of it')
  })
}
