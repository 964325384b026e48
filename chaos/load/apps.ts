/** What an app does with a person's session: gets a code and tokens, refreshes repeatedly, and uses codes and tokens twice. */
import { createHash, randomBytes } from 'node:crypto'
import { z } from 'zod'
import type { Outcome, Thing } from '../check/history.ts'
import { redirectUri } from '../stage/stage.ts'
import { findUrl, type Load, type Session, titleOf } from './login.ts'

const codeLifetime = 60_000

interface Code {
  readonly code: string
  readonly verifier: string
  readonly thing: Thing
}

interface Token {
  readonly text: string
  readonly thing: Thing
}

/** Enters the app. Resolves with its refresh token, unless something was refused or lost. */
export async function enterApp(load: Load, session: Session): Promise<Token | undefined> {
  const code = await fetchCode(load, session)
  if (code === undefined) return undefined
  const { choices } = load
  const twice = choices.isTrue(0.1)
  const exchanges = await Promise.all(
    Array.from({ length: twice ? 2 : 1 }, () => redeem(load, code)),
  )
  const token = exchanges.find(({ token }) => token !== undefined)?.token
  if (exchanges.every(({ outcome }) => outcome === 'unknown')) {
    // The code may be spent already: then it is refused, and its tokens are revoked.
    await load.gate.pass()
    return (await redeem(load, code)).token
  }
  const isReused = twice || choices.isTrue(0.05)
  if (token === undefined || !isReused) return token
  const judge = (outcome: Outcome | undefined) =>
    // An expired code is refused too, but that revokes nothing.
    outcome === 'refused' && performance.now() >= code.thing.lapsesAt ? 'unknown' : outcome
  if (!twice)
    await withdrawBy(load, token, async () => ({
      outcome: judge((await redeem(load, code)).outcome),
    }))
  else {
    const outcomes = exchanges.map(({ outcome }) => judge(outcome))
    if (outcomes.includes('refused')) noteWithdrawn(load, token)
    else if (outcomes.includes('unknown')) noteWithdrawn(load, token, 'unknown')
  }
  const { outcome } = await refresh(load, token)
  if (outcome === 'refused' && exchanges.some((one) => one.outcome === 'unknown'))
    load.count('tokens that an unanswered second use of their code has ended')
  return undefined
}

/**
 * Refreshes some times; sometimes uses a spent token, which ends its family. It is one whose successor was used too: until then,
 * its answer would be repeated once.
 */
export async function refreshOn(load: Load, first: Token): Promise<Token | undefined> {
  const { choices, gate } = load
  let token = first
  for (let times = 1 + Math.floor(choices.next() * 3); times > 0; times -= 1) {
    await gate.pass()
    const next = await refreshOnce(load, token)
    if (next === undefined) return undefined
    if (choices.isTrue(0.1)) return await reuse(load, token, next)
    token = next
  }
  return token
}

async function reuse(load: Load, token: Token, next: Token): Promise<undefined> {
  const last = await refreshOnce(load, next)
  if (last === undefined) return
  await withdrawBy(load, last, () => refresh(load, token))
  await refresh(load, last)
}

/** Repeats the request with the same token if the answer was lost. */
async function refreshOnce(load: Load, token: Token): Promise<Token | undefined> {
  const { gate, count } = load
  const { outcome, token: next } = await refresh(load, token)
  if (outcome !== 'unknown') return next
  await gate.pass()
  const again = await refresh(load, token)
  if (again.outcome === 'done') count('apps that go on after a lost answer')
  if (again.outcome === 'refused') count('apps that lost their login with an answer')
  return again.token
}

/** Uses a token after its session has ended; it must be refused. */
export async function showWithdrawn(load: Load, token: Token): Promise<void> {
  noteWithdrawn(load, token)
  await refresh(load, token)
}

/** @param outcome `unknown`: the answer of the request that may have ended it was lost */
function noteWithdrawn(
  { history }: Load,
  { thing }: Token,
  outcome: 'done' | 'unknown' = 'done',
): void {
  history.note(thing, { act: 'withdraw', outcome, begin: performance.now() - 0.001 })
}

/** A request that ends the token, whether it is refused or returns a new token. */
async function withdrawBy(
  { history }: Load,
  { thing }: Token,
  show: () => Promise<{ readonly outcome: Outcome | undefined }>,
): Promise<void> {
  await history.run(thing, 'withdraw', async () => {
    const { outcome } = await show()
    return outcome === 'refused' || outcome === 'done' ? 'done' : 'unknown'
  })
}

async function fetchCode(load: Load, { browser }: Session): Promise<Code | undefined> {
  const { history } = load
  const at = findUrl(load)
  const verifier = randomBytes(32).toString('base64url')
  const query = new URLSearchParams({
    ...{ client_id: 'notes', redirect_uri: redirectUri, response_type: 'code' },
    ...{ scope: 'openid offline_access', prompt: 'consent' },
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
  })
  const begin = performance.now()
  const thing = history.add('code', { lapsesAt: begin + codeLifetime })
  let reply = await browser.get(`/oidc/auth?${query}`, at)
  let onward = reply.headers.get('location') ?? ''
  for (
    let hops = 0;
    reply.location !== undefined && !onward.startsWith(redirectUri) && hops < 6;
    hops += 1
  ) {
    reply = await browser.get(reply.location, at)
    onward = reply.headers.get('location') ?? ''
  }
  const code = onward.startsWith(redirectUri) ? new URL(onward).searchParams.get('code') : null
  if (code === null) {
    load.count(`no code: ${reply.status} ${titleOf(reply)}`)
    return undefined
  }
  history.note(thing, { act: 'issue', outcome: 'done', begin })
  return { code, verifier, thing }
}

interface Exchange {
  readonly outcome: Outcome | undefined
  readonly token?: Token | undefined
}

const redeem = (load: Load, { code, verifier, thing }: Code): Promise<Exchange> =>
  ask(load, thing, {
    ...{ grant_type: 'authorization_code', code, redirect_uri: redirectUri },
    code_verifier: verifier,
  })

const refresh = (load: Load, { text, thing }: Token): Promise<Exchange> =>
  ask(load, thing, { grant_type: 'refresh_token', refresh_token: text })

const answerSchema = z.object({
  refresh_token: z.string().optional(),
  error: z.string().optional(),
})

async function ask(load: Load, thing: Thing, form: Record<string, string>): Promise<Exchange> {
  const { history } = load
  const begin = performance.now()
  let text: string | undefined
  const outcome = await history.run(thing, 'spend', async () => {
    const response = await fetch(`${findUrl(load)}/oidc/token`, {
      method: 'POST',
      body: new URLSearchParams({ client_id: 'notes', ...form }),
    })
    const answer = answerSchema.parse(await response.json())
    if (response.status >= 500) return 'unknown'
    text = answer.refresh_token
    if (response.status === 200) return 'done'
    if (answer.error === 'invalid_grant') return 'refused'
    load.count(`not judged: ${response.status} ${answer.error}`)
    return undefined
  })
  if (text === undefined) return { outcome }
  const next = history.add('refresh token', { kind: 'regainable', from: thing })
  history.note(next, { act: 'issue', outcome: 'done', begin })
  return { outcome, token: { text, thing: next } }
}
