import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import type { Scope } from '../src/dev/test-support/on-each-engine.ts'
import { createPlainBrowser, type PlainBrowser } from '../src/dev/test-support/plain-browser.ts'
import { createInstallation, type ServerProcess } from './support/installation.ts'
import { enterPassword } from './support/way-in.ts'

// Apps that refresh their tokens all the time, while servers are killed: an answer that was under way is lost, and a public app
// has only the token that it has spent.

const erika = { username: 'erika', password: 'Regenschirm im Mai' }
const redirectUri = 'https://notes.example/callback'
const verifier = 'a'.repeat(43)
const challenge = createHash('sha256').update(verifier).digest('base64url')
const clients = 8
const config = { default_policy: { second_factor: 'none' } }
/**
 * Of PostgreSQL the answer to a COMMIT comes some time after it, so a kill between the two is soon met. SQLite has told it
 * already, and a kill that meets the answer is rare.
 */
const mostKills = { sqlite: 5, postgres: 40 }

async function prepare(t: Scope, storage: 'sqlite' | 'postgres') {
  const installation = await createInstallation(t, { storage, config })
  await installation.addUser({ ...erika, displayName: 'Erika Mustermann' })
  await installation.addApp({
    ...{ id: 'notes', name: 'Notes', protocol: 'oidc' },
    settings: { redirectUris: [redirectUri], tokenEndpointAuthMethod: 'none' },
  })
  const ask = (origin: string, form: Record<string, string>) =>
    fetch(`${origin}/oidc/token`, {
      method: 'POST',
      body: new URLSearchParams({ client_id: 'notes', ...form }),
    })
  return { installation, ask }
}

type Prepared = Awaited<ReturnType<typeof prepare>>

/** The refresh token of a login in the browser. */
async function signIn({ ask, installation }: Prepared, browser: PlainBrowser): Promise<string> {
  const query = new URLSearchParams({
    ...{ client_id: 'notes', redirect_uri: redirectUri, response_type: 'code' },
    ...{ scope: 'openid offline_access', prompt: 'consent' },
    ...{ code_challenge: challenge, code_challenge_method: 'S256' },
  })
  let reply = await browser.get(`/oidc/auth?${query}`)
  let onward = reply.headers.get('location') ?? ''
  for (let hops = 0; !onward.startsWith(redirectUri) && hops < 5; hops += 1) {
    reply = await browser.get(reply.location ?? '')
    onward = reply.headers.get('location') ?? ''
  }
  const code = new URL(onward).searchParams.get('code') ?? ''
  const form = { grant_type: 'authorization_code', code, redirect_uri: redirectUri }
  const answer = await ask(installation.publicUrl, { ...form, code_verifier: verifier })
  return readRefreshToken(await answer.json())
}

function readRefreshToken(tokens: unknown): string {
  const { refresh_token: token }: { readonly refresh_token?: unknown } = Object(tokens)
  assert.ok(typeof token === 'string', JSON.stringify(tokens))
  return token
}

/** Refreshes until it is stopped. An app whose request broke off asks again with the token that it has. */
async function refreshOn(
  { ask }: Prepared,
  first: string,
  { origins, isOver }: { readonly origins: readonly string[]; readonly isOver: () => boolean },
): Promise<number> {
  let token = first
  let refreshed = 0
  for (let tries = 0; !isOver(); tries += 1) {
    const origin = origins[tries % origins.length] ?? ''
    const answer = await ask(origin, { grant_type: 'refresh_token', refresh_token: token })
      .then(async (response) => ({ status: response.status, content: await response.json() }))
      .catch(() => undefined)
    if (answer === undefined || answer.status === 503) continue
    assert.equal(answer.status, 200, `after ${refreshed}: ${JSON.stringify(answer.content)}`)
    token = readRefreshToken(answer.content)
    refreshed += 1
  }
  return refreshed
}

const countRepeated = (servers: readonly ServerProcess[]) =>
  servers.flatMap((server) => server.output().match(/A refresh was repeated/g) ?? []).length

for (const storage of ['sqlite', 'postgres'] as const) {
  test(`no app loses its login when servers are killed while it refreshes (${storage})`, async (t) => {
    const prepared = await prepare(t, storage)
    const { installation } = prepared
    const { serve } = installation
    const running = [await serve(), ...(storage === 'postgres' ? [await serve()] : [])]
    const servers = [...running]
    const browser = createPlainBrowser(installation.publicUrl)
    await enterPassword(browser, erika)
    const tokens: string[] = []
    for (let n = 0; n < clients; n += 1) tokens.push(await signIn(prepared, browser))
    let isOver = false
    const origins = running.map(({ url }) => url)
    const apps = tokens.map((token) =>
      refreshOn(prepared, token, { origins, isOver: () => isOver }),
    )
    const failed = Promise.all(apps).then(() => undefined)
    for (let kills = 0; kills < mostKills[storage] && countRepeated(servers) === 0; kills += 1) {
      const at = kills % running.length
      await Promise.race([failed, new Promise((go) => setTimeout(go, 300))])
      await running[at]?.stop('SIGKILL')
      const next = await serve()
      running[at] = next
      servers.push(next)
    }
    isOver = true
    const counts = await Promise.all(apps)
    assert.ok(counts.every((count) => count > 0))
    if (storage === 'postgres') {
      assert.ok(countRepeated(servers) > 0, 'no kill met an answer')
    }
  })
}
