// The last step of a login is sent again: a node ended in the middle of it, or its answer was lost.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Browser, createBrowser } from '../../../dev/test-support/oidc-browser.ts'
import {
  type RelyingParty,
  startTestServer,
  type TestServer,
} from '../../../dev/test-support/oidc-server.ts'
import { type Engine, onEachEngine } from '../../../dev/test-support/on-each-engine.ts'
import { hashRecordId } from './record-ids.ts'

type Scope = Parameters<typeof startTestServer>[0]

/** Two nodes, an app, and the browser of a person who has just logged in for it and has the last step before them. */
async function openScene(t: Scope, engine: Engine) {
  const [own, other] = await engine.openTwice(t)
  const server = await startTestServer(t, own)
  const second = await startTestServer(t, other, { publicUrl: server.origin })
  const mail = await server.addApp({ id: 'mail' })
  const erika = await server.addUser('erika')
  const browser = createBrowser()
  const attempt = await mail.begin({ prompt: 'login' })
  const page = await browser.open(attempt.url, mail.redirectUri)
  const login = await server.logIn(browser, erika.id)
  const path = await goBack(server, browser, page.url)
  return {
    ...{ server, second, mail, erika, browser, attempt, login },
    interaction: hashRecordId(path.split('/').at(-1) ?? ''),
    last: `${server.origin}${path}`,
    lastOnOther: `${second.origin}${path}`,
  }
}

/** From the login page to the path of the last step. */
async function goBack(
  server: TestServer,
  browser: Browser,
  page: URL,
  by: 'returnTo' | 'cancelTo' = 'returnTo',
): Promise<string> {
  const wish = server.continuations.open(page.searchParams.get('continue') ?? '')
  const back = await browser.fetch(`${server.origin}${wish?.[by]}`)
  return new URL(back.headers.get('Location') ?? '', server.origin).pathname
}

const readCode = (answer: Response) => {
  const location = answer.headers.get('Location')
  return location === null ? null : new URL(location).searchParams.get('code')
}

const readAnswer = (answer: Response) => new URL(answer.headers.get('Location') ?? '')

const countCodes = async ({ db }: TestServer) => {
  const codes = db.selectFrom('oidc_records').select('id').where('model', '=', 'AuthorizationCode')
  return (await codes.execute()).length
}

onEachEngine((engine) => {
  const { name } = engine

  test(`another node repeats a last step whose answer was lost, with a new code (${name})`, async (t) => {
    const { server, mail, erika, browser, attempt, last, lastOnOther } = await openScene(t, engine)
    const lost = readAnswer(await browser.lose(last))
    const repeated = readAnswer(await browser.fetch(lastOnOther))
    assert.equal(repeated.searchParams.get('state'), attempt.checks.expectedState)
    assert.notEqual(repeated.searchParams.get('code'), lost.searchParams.get('code'))
    assert.equal(await countCodes(server), 1, 'the lost code is gone')
    await assert.rejects(mail.finish(lost, attempt), { error: 'invalid_grant' })
    const tokens = await mail.finish(repeated, attempt)
    assert.equal(tokens.claims()?.sub, erika.id)
    await assert.rejects(mail.finish(repeated, attempt))
  })

  test(`another node continues a last step if the first node stopped before it created a code (${name})`, async (t) => {
    const { server, mail, browser, attempt, interaction, lastOnOther } = await openScene(t, engine)
    await server.db
      .updateTable('oidc_records')
      .set({ consumed_at: Date.now(), consumed_by: 'gone' })
      .where('id', '=', interaction)
      .execute()
    assert.ok((await mail.finish(readAnswer(await browser.fetch(lastOnOther)), attempt)).id_token)
  })

  test(`an answer that was lost twice is repeated again, without a longer lifetime (${name})`, async (t) => {
    const { server, mail, browser, attempt, interaction, ...at } = await openScene(t, engine)
    const readEnd = async () => {
      const rows = server.db.selectFrom('oidc_records').select('expires_at')
      return (await rows.where('id', '=', interaction).executeTakeFirst())?.expires_at
    }
    await browser.lose(at.last)
    const end = await readEnd()
    await browser.lose(at.lastOnOther)
    assert.equal(await readEnd(), end)
    assert.ok((await mail.finish(readAnswer(await browser.fetch(at.last)), attempt)).id_token)
  })

  test(`the answer that a user declined is repeated (${name})`, async (t) => {
    const { browser, server, second, mail } = await openScene(t, engine)
    const page = await browser.open((await mail.begin({ prompt: 'login' })).url, mail.redirectUri)
    const path = await goBack(server, browser, page.url, 'cancelTo')
    const lost = readAnswer(await browser.lose(`${server.origin}${path}`))
    const repeated = readAnswer(await browser.fetch(`${second.origin}${path}`))
    assert.equal(repeated.searchParams.get('error'), 'access_denied')
    assert.equal(repeated.href, lost.href)
  })

  test(`only the interaction that used a pushed request can repeat its answer (${name})`, async (t) => {
    const { server, second, mail, erika, browser } = await openScene(t, engine)
    const url = new URL(`${server.origin}/oidc/auth`)
    url.search = `${new URLSearchParams({ client_id: mail.clientId, request_uri: await push(mail) })}`
    const pages = [await browser.open(url, '-'), await browser.open(url, '-')] as const
    await server.logIn(browser, erika.id)
    const [one, other] = [
      await goBack(server, browser, pages[0].url),
      await goBack(server, browser, pages[1].url),
    ]
    await browser.lose(`${server.origin}${one}`)
    assert.ok(readCode(await browser.lose(`${second.origin}${one}`)))
    const refused = readAnswer(await browser.fetch(`${second.origin}${other}`))
    assert.equal(refused.searchParams.get('error'), 'invalid_request_uri')
    assert.ok(readCode(await browser.fetch(`${second.origin}${one}`)))
  })

  test(`another node repeats the answer to a pushed request whose node stopped, but not that of a node that runs (${name})`, async (t) => {
    const { server, second, mail, browser } = await openScene(t, engine)
    const uri = await push(mail, {})
    const query = new URLSearchParams({ client_id: mail.clientId, request_uri: uri })
    const ask = async ({ origin }: TestServer) => await browser.lose(`${origin}/oidc/auth?${query}`)
    assert.ok(readCode(await ask(server)))
    const refused = readAnswer(await ask(second))
    assert.equal(refused.searchParams.get('error'), 'invalid_request_uri')
    await server.db
      .updateTable('oidc_records')
      .set({ consumed_by: 'gone' })
      .where('model', '=', 'PushedAuthorizationRequest')
      .execute()
    assert.ok(readCode(await ask(second)))
    const again = readAnswer(await ask(second))
    assert.equal(again.searchParams.get('error'), 'invalid_request_uri', 'it was valid once more')
  })

  test(`A24: an answer whose code was used is not repeated (${name})`, async (t) => {
    const { mail, browser, attempt, last, lastOnOther } = await openScene(t, engine)
    const arrived = readAnswer(await browser.lose(last))
    const tokens = await mail.finish(arrived, attempt)
    const again = await browser.lose(lastOnOther)
    assert.deepEqual([again.status, readCode(again)], [400, null])
    const used = await fetch(`${mail.config.serverMetadata().userinfo_endpoint}`, {
      headers: { authorization: `Bearer ${tokens.access_token}` },
    })
    assert.equal(used.status, 200, 'and what it gave is still good')
  })

  test(`A24: an answer is repeated only to its own browser and session, and only for a short time (${name})`, async (t) => {
    const { server, erika, browser, login, interaction, last, lastOnOther } = await openScene(
      t,
      engine,
    )
    await browser.lose(last)
    const refuses = async (asking: Browser, why: string) => {
      const answer = await asking.lose(lastOnOther)
      assert.deepEqual([answer.status, answer.headers.get('Location')], [400, null], why)
    }
    await refuses(createBrowser(), 'no cookie')
    const planted = createBrowser()
    for (const cookie of ['einlass-oidc-resume', 'einlass-oidc-resume.sig'])
      planted.setCookie(cookie, browser.cookie(cookie) ?? '')
    await refuses(planted, 'the cookie of the request alone')
    await server.logIn(planted, (await server.addUser('max')).id)
    await refuses(planted, 'in the browser of another person')
    await server.logIn(planted, erika.id)
    await refuses(planted, 'in another login of the same person')
    assert.equal(await countCodes(server), 1, 'none of them removed the code')

    const ofInteraction = server.db.updateTable('oidc_records').where('id', '=', interaction)
    const rows = server.db.selectFrom('oidc_records').select('expires_at')
    const { expires_at: end = 0 } =
      (await rows.where('id', '=', interaction).executeTakeFirst()) ?? {}
    assert.ok(Number(end) <= Date.now() + 60_000)
    await ofInteraction.set({ expires_at: Date.now() }).execute()
    await refuses(browser, 'too late')
    await ofInteraction.set({ expires_at: end }).execute()
    await server.db
      .updateTable('sessions')
      .set({ ended_at: Date.now(), end_reason: 'not_me' })
      .where('id', '=', login)
      .execute()
    await refuses(browser, 'after the end of the session')
  })

  test(`simultaneous last steps leave only one usable code (${name})`, async (t) => {
    const { server, browser, last, lastOnOther } = await openScene(t, engine)
    const answers = await Promise.all([last, lastOnOther, last].map((url) => browser.lose(url)))
    assert.ok(answers.some((answer) => readCode(answer) !== null))
    assert.equal(await countCodes(server), 1)
  })
})

/** Pushes a request to log in. */
async function push(
  { config, clientId, clientSecret = '', begin }: RelyingParty,
  extra: Record<string, string> = { prompt: 'login' },
) {
  const { url } = await begin(extra)
  const answer = await fetch(`${config.serverMetadata().pushed_authorization_request_endpoint}`, {
    method: 'POST',
    headers: { authorization: `Basic ${btoa(`${clientId}:${clientSecret}`)}` },
    body: url.searchParams,
  })
  const { request_uri: uri } = (await answer.json()) as { request_uri: string }
  return uri
}
