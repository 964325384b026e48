/** A36, A35: thousands of requests over raw sockets through real proxies, and what of them reaches the app behind each. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { enterApp } from './support/enter-app.ts'
import { createCorpus, readCarelessly } from './support/forward-auth-corpus.ts'
import { setForwardAuthStage } from './support/forward-auth-stage.ts'
import { openRawConnection } from './support/raw-connection.ts'
import { type Received, readValues } from './support/recording-app.ts'

/** Every header that an app could read as one that says who its user is. */
function findClaims({ headers }: Received): string[] {
  return headers
    .filter(([name]) => /^remote[^a-z0-9](user|name|email|groups)$/.test(name.trim()))
    .map(([name, value]) => `${name.trim()}=${value}`)
}

/** What is wrong with a request that has reached the app; `undefined`: nothing. */
function findBreach(got: Received): string | undefined {
  const names = readValues(got, 'remote-user').filter((value) => value !== '')
  const foreign = findClaims(got).filter((claim) => !/^remote-\w+=(erika.*|office|)$/.test(claim))
  const place = readCarelessly(got.url)
  if (foreign.length > 0) return `foreign identity ${foreign}`
  if (names.length > 1) return `two users ${names}`
  if (place === 'admin') return 'a path for another group'
  return place !== 'public' && names.length === 0 ? 'no user' : undefined
}

for (const proxy of ['nginx', 'caddy', 'haproxy'] as const) {
  test(`A36: of 4,000 requests through ${proxy} none reaches the app without a user or as another user, and none fails`, async (t) => {
    const stage = await setForwardAuthStage(t)
    const session = await stage.signIn(await stage.addUser('erika', 'not asked for', ['office']))
    const host = 'wiki.example.org'
    const settings = { rules: ['/public public', '/admin groups=board'] }
    const { app, port } = await stage.addApp(proxy, host, { settings })
    const cookie = await enterApp({ einlass: stage.origin, host, session })
    app.forget()
    const connection = openRawConnection(port, host)
    t.after(async () => connection.close())
    const failures: string[] = []
    let entered = 0
    for (const { id, text } of createCorpus(host, cookie, 4000)) {
      const { status } = await connection.send(text)
      if (status >= 500) failures.push(`${id} ${status}: ${text}`)
      for (const got of app.received) {
        entered += 1
        const breach = findBreach(got)
        if (breach !== undefined) failures.push(`${id} ${breach}: ${text} -> ${got.url}`)
      }
      app.forget()
    }
    assert.deepEqual(failures, [])
    assert.deepEqual(stage.errors, [])
    // The right ones get through, or the rest would prove nothing.
    assert.ok(entered > 100, `${entered}`)
  })
}
