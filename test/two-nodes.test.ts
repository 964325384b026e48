/**
 * What people meet behind the proxies of examples/two-nodes while a node has no database, is silent or is away. Servers that do
 * as the test says stand in for the nodes, as only they know which requests reached them; the last test has real nodes.
 */
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { createPlainBrowser } from '../src/dev/test-support/plain-browser.ts'
import { de } from '../src/platform/ui/messages/de.ts'
import { openCutLine } from './support/cut-line.ts'
import { ownPage, type StandInNode, startStandIns } from './support/stand-in-nodes.ts'
import { startTwoNodes } from './support/two-nodes.ts'

type Nodes = readonly [StandInNode, StandInNode]

/**
 * As a browser: a proxy closes a connection when the one to a node, which it used again, ends at that moment, and the browser sends
 * the request again.
 */
async function sendAgainWhenClosed<Answer>(send: () => Promise<Answer>): Promise<Answer> {
  try {
    return await send()
  } catch (error) {
    const { cause } = error as { cause?: { code?: string } }
    if (cause?.code !== 'UND_ERR_SOCKET') throw error
    return await send()
  }
}

/** `POST` sends a number that only it has. */
function createClient(url: string) {
  let posts = 0
  const read = async (response: Response) => ({
    status: response.status,
    type: response.headers.get('content-type'),
    text: await response.text(),
  })
  const postOnce = async (path: string) => {
    posts += 1
    return read(await fetch(`${url}${path}?post=${posts}`, { method: 'POST', body: 'x' }))
  }
  return {
    get: (path = '/login') => sendAgainWhenClosed(async () => read(await fetch(`${url}${path}`))),
    post: (path = '/login') => sendAgainWhenClosed(() => postOnce(path)),
  }
}

function checkNoneTwice(nodes: Nodes): void {
  const posts = nodes.flatMap(({ requests }) => requests.filter((one) => one.startsWith('POST')))
  assert.ok(posts.length > 0)
  assert.deepEqual(posts.toSorted(), [...new Set(posts)].toSorted())
}

/** Waits for checks of the proxy that come after this, or for the end of the test. */
async function untilChecked(
  { signal }: TestContext,
  { requests }: StandInNode,
  times: number,
): Promise<void> {
  const count = () => requests.filter((one) => one === 'GET /readyz').length
  const enough = count() + times
  while (count() < enough) await sleep(50, undefined, { signal })
}

function checkAway({ status, type, text }: { status: number; type: string | null; text: string }) {
  assert.ok(status === 503 || status === 504, `${status}`)
  assert.equal(type, 'text/html; charset=utf-8')
  assert.match(text, /^<!doctype html><html lang="de">/)
  assert.match(text, /Bitte versuchen Sie es in einer Minute noch einmal\./)
  assert.match(text, /<p lang="en">The login cannot be reached right now\./)
}

const limit = { timeout: 50_000 }
for (const name of ['nginx', 'haproxy'] as const) {
  test(
    `behind ${name}, a page comes from the other node while one has no database, and no form is sent twice`,
    limit,
    async (t) => {
      const { nodes, url, balancer } = await startStandIns(t, name)
      const { get, post } = createClient(url)
      nodes[0].state = 'unready'
      for (let round = 0; round < 20; round += 1) {
        // Two of three: the nodes take turns, and all pages would go to one.
        for (let page = 0; page < 2; page += 1)
          assert.equal((await get()).status, 200, balancer.said())
        const { status, text } = await post()
        assert.ok(status === 200 || text === ownPage, text)
      }
      checkNoneTwice(nodes)
    },
  )

  test(
    `behind ${name}, users get the error page of a node while no node has a database`,
    limit,
    async (t) => {
      const { nodes, url, balancer } = await startStandIns(t, name)
      const { get, post } = createClient(url)
      for (const node of nodes) node.state = 'unready'
      const started = performance.now()
      for (let round = 0; round < 40 || performance.now() - started < 4000; round += 1) {
        for (const { status, text } of [await get(), await post()])
          assert.deepEqual([status, text], [503, ownPage], balancer.said())
        await sleep(20)
      }
      checkNoneTwice(nodes)
      for (const node of nodes) node.state = 'fine'
      while ((await post()).status !== 200) await sleep(50)
    },
  )

  test(
    `behind ${name}, no user waits long for a silent node, and no form is sent twice`,
    limit,
    async (t) => {
      const { nodes, url } = await startStandIns(t, name)
      const { get, post } = createClient(url)
      nodes[0].state = 'silent'
      // Until one has met it.
      let replies: Awaited<ReturnType<typeof get>>[] = []
      while (!nodes[0].requests.some((one) => one.startsWith('POST')))
        replies = [...replies, ...(await Promise.all([get(), post(), get(), post()]))]
      for (const reply of replies) if (reply.status !== 200) checkAway(reply)
      checkNoneTwice(nodes)
      while ((await get()).status !== 200) await sleep(50)
    },
  )

  test(
    `behind ${name}, a page comes from the other node when one ends before it answers, and no form is sent twice`,
    limit,
    async (t) => {
      const { nodes, url, balancer } = await startStandIns(t, name)
      const { get, post } = createClient(url)
      nodes[0].state = 'dying'
      // nginx leaves it alone for a second after each request that it did not answer.
      while (!nodes[0].requests.some((one) => one.startsWith('POST'))) {
        assert.equal((await get()).status, 200, balancer.said())
        // A proxy may close the connection, so that the browser knows no more than it does.
        await post().catch(() => undefined)
        await sleep(50)
      }
      checkNoneTwice(nodes)
    },
  )

  test(
    `behind ${name}, users read in German and English that no node answers`,
    limit,
    async (t) => {
      const { nodes, url } = await startStandIns(t, name)
      const { get, post } = createClient(url)
      for (const node of nodes) await node.close()
      for (let round = 0; round < 10; round += 1) {
        checkAway(await get())
        checkAway(await post())
      }
    },
  )

  test(
    `behind ${name}, an event stream may last longer than the time limit for a page`,
    limit,
    async (t) => {
      const { nodes, url } = await startStandIns(t, name)
      const streams = await Promise.all(
        ['/login/abc/events', '/authenticator/v1/events'].map((path) => fetch(`${url}${path}`)),
      )
      await sleep(3000)
      for (const node of nodes) node.release()
      for (const stream of streams) assert.equal(await stream.text(), 'good')
    },
  )
}

test(
  'behind haproxy, a leaving node completes its open requests and gets no new ones',
  limit,
  async (t) => {
    const { nodes, url } = await startStandIns(t, 'haproxy', { isHasty: false })
    const { get, post } = createClient(url)
    const held = [post('/held'), post('/held'), post('/held'), post('/held')]
    while (!nodes[0].requests.some((one) => one.startsWith('POST /held')))
      await sleep(20, undefined, { signal: t.signal })
    nodes[0].state = 'leaving'
    await untilChecked(t, nodes[0], 5)
    const before = nodes[0].requests.filter((one) => one.endsWith('/login')).length
    for (let round = 0; round < 10; round += 1) await get()
    assert.equal(nodes[0].requests.filter((one) => one.endsWith('/login')).length, before)
    for (const node of nodes) node.release()
    for (const one of held) assert.equal((await one).text, 'good')
  },
)

for (const name of ['nginx', 'haproxy'] as const) {
  test(`behind ${name}, users read that a login is not possible right now while PostgreSQL is unreachable`, async (t) => {
    let cut = () => {}
    const { installation, processes } = await startTwoNodes(t, name, {
      async findStorage(server) {
        const line = await openCutLine(t, server)
        cut = line.cut
        return { url: line.url }
      },
    })
    const browser = createPlainBrowser(installation.publicUrl)
    const title = de['error.unavailable.title']
    const page = await browser.get('/login')
    cut()
    for (const { url } of processes)
      while ((await fetch(`${url}/readyz`)).status === 200) await sleep(50)
    for (let round = 0; round < 30; round += 1) {
      const read = await sendAgainWhenClosed(() => browser.get('/login'))
      const tried = { username: 'user0', password: 'x', action: 'login' }
      const sent = await sendAgainWhenClosed(() => browser.answer(page, tried))
      // It needs no database.
      assert.equal(read.status, 200)
      assert.equal(sent.status, 503)
      assert.ok(sent.text.includes(title), sent.text)
      const fromApp = await sendAgainWhenClosed(() => browser.get('/oidc/auth?client_id=wiki'))
      assert.deepEqual([fromApp.status, fromApp.text.includes(title)], [503, true], fromApp.text)
      await sleep(100)
    }
  })
}
