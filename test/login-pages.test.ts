// What a person meets on the way through a login: old pages, other windows, time that runs out, too many tries.

import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import {
  createPlainBrowser,
  type PlainBrowser,
  type Reply,
  readForm,
} from '../src/dev/test-support/plain-browser.ts'
import { createHasher } from '../src/identity/users/hasher.ts'
import { createLocalPasswords } from '../src/identity/users/local/passwords.ts'
import { createUsers } from '../src/identity/users/users.ts'
import { createContinuations } from '../src/login/engine/continuation.ts'
import { hours, minutes, seconds } from '../src/platform/kernel/clock.ts'
import { silentLog } from '../src/platform/kernel/log.ts'
import { type MessageKey, message } from '../src/platform/ui/message.ts'
import { de } from '../src/platform/ui/messages/de.ts'
import { en } from '../src/platform/ui/messages/en.ts'
import { createTranslator } from '../src/platform/ui/translate.ts'
import { erika, startInProcess } from './support/in-process.ts'
import { enterPassword, pathOfPage } from './support/way-in.ts'

async function begin(t: TestContext, settings: Parameters<typeof startInProcess>[1] = {}) {
  const clock = { time: Date.UTC(2026, 10, 25), now: () => clock.time }
  const server = await startInProcess(t, settings, clock)
  const key = server.parts.platform.keyring.derive('continuations')
  const { sign } = createContinuations({ key, clock })
  const openBrowser = () => createPlainBrowser(server.publicUrl)
  return { ...server, clock, sign, openBrowser }
}

const says = ({ text }: Reply, key: MessageKey) =>
  assert.ok(text.includes(`>${de[key]}<`), `${key}\n${text.slice(-2000)}`)

test('a second answer to a page changes nothing, and shows the current step', async (t) => {
  const { openBrowser } = await begin(t)
  const one = openBrowser()
  const offer = await enterPassword(one, erika)
  const path = pathOfPage(offer)
  await one.answer(offer, { action: 'register' })
  const late = await one.post(path, { ...readForm(offer).hidden, action: 'skip' })
  assert.equal(late.status, 409)
  says(late, 'journey.moved.title')
  says(late, 'enrol.phone.title')
  assert.equal(one.cookie('einlass_session'), undefined)
  const again = await one.answer(late, { action: 'back' })
  assert.equal(again.status, 200)
  assert.equal((await one.answer(again, { action: 'skip' })).status, 200)
  assert.notEqual(one.cookie('einlass_session'), undefined)
})

test('going back after a login leads to its destination again', async (t) => {
  const { openBrowser, sign } = await begin(t)
  const one = openBrowser()
  const page = await one.get(`/login?continue=${sign({ returnTo: '/account' })}`)
  const offer = await one.answer(page, erika)
  const path = pathOfPage(offer)
  await one.answer(offer, { action: 'skip' })
  for (const reply of [
    await one.get(path),
    await one.post(path, { ...readForm(offer).hidden, action: 'skip' }),
  ]) {
    assert.equal(reply.status, 200)
    assert.match(reply.text, /<meta http-equiv="refresh" content="0;url=\/account">/)
    assert.match(reply.text, /href="\/account"/)
  }
})

test('a login with one step redirects to own pages directly, and to an app through a page between', async (t) => {
  const { openBrowser, sign } = await begin(t, { default_policy: { second_factor: 'none' } })
  const own = openBrowser()
  const page = await own.get(`/login?continue=${sign({ returnTo: '/account' })}`)
  const entered = await own.post(readForm(page).action, { ...readForm(page).hidden, ...erika })
  assert.equal(entered.location, '/account')

  const one = openBrowser()
  const path = `/login?continue=${sign({ appId: 'wiki', returnTo: '/account' })}`
  const first = await one.get(path)
  const done = await one.post(path, { ...readForm(first).hidden, ...erika })
  assert.deepEqual([done.status, done.location], [303, path])
  for (let times = 0; times < 2; times += 1) {
    const between = await one.get(path)
    assert.equal(between.status, 200)
    assert.match(between.text, /<meta http-equiv="refresh" content="0;url=\/account">/)
  }
  // The same form once more, from another tab.
  const again = await one.post(path, { ...readForm(first).hidden, ...erika })
  assert.equal(again.location, path)

  const other = await openBrowser().get(path)
  assert.match(other.text, /name="password"/)
  assert.doesNotMatch(other.text, /http-equiv="refresh"/)
  const forged = await one.get('/login?continue=x.y')
  assert.equal(forged.status, 410)
})

test('after a login is complete, a browser without its session sees that the login has ended', async (t) => {
  const { openBrowser } = await begin(t)
  const one = openBrowser()
  const offer = await enterPassword(one, erika)
  const path = pathOfPage(offer)
  await one.answer(offer, { action: 'skip' })
  const other = await openBrowser().get(path)
  assert.equal(other.status, 404)
  says(other, 'journey.ended.title')

  const { hidden } = readForm(await one.get('/logout'))
  await one.post('/logout', hidden)
  const later = await one.get(path)
  assert.equal(later.status, 410)
  says(later, 'journey.ended.title')
  assert.doesNotMatch(later.text, /http-equiv="refresh"/)
})

test('a user with a session skips the login page, unless the app requires a newer login', async (t) => {
  const { openBrowser, sign } = await begin(t)
  const one = openBrowser()
  await one.answer(await enterPassword(one, erika), { action: 'skip' })
  assert.deepEqual((await one.get('/login')).location, '/')
  const own = `/login?continue=${sign({ returnTo: '/account' })}`
  assert.equal((await one.get(own)).location, '/account')
  // Another tab may have logged in while this one shows the form. Its redirects must not lead to the app.
  const path = `/login?continue=${sign({ appId: 'wiki', returnTo: '/account' })}`
  const { hidden } = readForm(await one.get('/logout'))
  const forgets = await one.post(path, { ...hidden, forget: '1' })
  assert.deepEqual([forgets.status, forgets.location], [303, path])
  const between = await one.get(path)
  assert.equal(between.status, 200)
  assert.match(between.text, /<meta http-equiv="refresh" content="0;url=\/account">/)
  const since = Date.UTC(2027, 0, 1)
  const fresh = await one.get(
    `/login?continue=${sign({ returnTo: '/', authenticatedSince: since })}`,
  )
  assert.equal(fresh.status, 200, 'a login that must be newer is a login')
})

test('a login that has expired can be started again with the same destination', async (t) => {
  const { openBrowser, clock, sign } = await begin(t)
  const one = openBrowser()
  const first = await one.get(`/login?continue=${sign({ returnTo: '/account' })}`)
  const offer = await one.answer(first, erika)
  const path = pathOfPage(offer)
  clock.time += minutes(20)
  const late = [
    await one.get(path),
    await one.post(path, { ...readForm(offer).hidden, action: 'skip' }),
  ]
  for (const reply of late) {
    assert.equal(reply.status, 410)
    says(reply, 'journey.expired.title')
  }
  assert.deepEqual(JSON.parse((await one.get(`${path}/status`)).text).final, true)
  const again = /href="(\/login\?continue=[\w.-]+)"/.exec(late[0]?.text ?? '')?.[1] ?? ''
  const next = await one.answer(await one.get(again), erika)
  const done = await one.post(pathOfPage(next), { ...readForm(next).hidden, action: 'skip' })
  assert.equal(done.location, '/account')
})

test('a login page that was open for an hour is answered as expired', async (t) => {
  const { openBrowser, clock, sign } = await begin(t)
  const one = openBrowser()
  const path = `/login?continue=${sign({ returnTo: '/account' })}`
  const page = await one.get(path)
  clock.time += hours(1)
  for (const reply of [
    await one.get(path),
    await one.post(path, { ...readForm(page).hidden, ...erika }),
  ]) {
    assert.equal(reply.status, 410)
    says(reply, 'journey.expired.title')
  }
  assert.equal(one.cookie('einlass_session'), undefined)
})

/** The page that an answer was refused on is loaded again; everything else stays as it is. */
async function showRefusal(browser: PlainBrowser, reply: Reply): Promise<Reply> {
  return reply.location === '/login' ? await browser.get('/login') : reply
}

test('a wrong password redirects to the login page, which shows the error once, so a reload sends nothing', async (t) => {
  const { openBrowser } = await begin(t)
  const one = openBrowser()
  const page = await one.get('/login')
  const fields = { ...readForm(page).hidden, username: 'erika.m', password: 'not my secret' }
  const reply = await one.post('/login', fields)
  assert.deepEqual([reply.status, reply.location, reply.text], [303, '/login', ''])
  const carried = reply.headers.getSetCookie().join()
  assert.match(carried, /einlass_refusal=v1\.[\w.-]+; Path=\/; HttpOnly; SameSite=Lax; Max-Age=60/)
  assert.doesNotMatch(carried, /erika|secret/)
  const refused = await one.get('/login')
  assert.equal(refused.status, 422)
  says(refused, 'login.wrong.title')
  assert.match(refused.text, /name="username"[^>]* value="erika.m"/)
  assert.doesNotMatch(refused.text, /not my secret/)
  const again = await one.get('/login')
  assert.equal(again.status, 200)
  assert.equal(readForm(again).action, '/login')
  assert.doesNotMatch(again.text, /erika.m|class="note error/)
})

test('the error of a refused login is shown only in its own browser and for its own login', async (t) => {
  const { openBrowser, sign } = await begin(t)
  const one = openBrowser()
  const page = await one.get('/login')
  await one.post('/login', { ...readForm(page).hidden, username: 'erika.m', password: 'wrong' })
  const carried = one.cookie('einlass_refusal') ?? ''
  const second = await one.get(`/login?continue=${sign({ returnTo: '/account' })}`)
  assert.equal(second.status, 200, 'the login to something else')
  const third = openBrowser()
  await third.get('/login')
  for (const value of [carried, `${carried}A`, 'v1.k.AAAA', 'x'.repeat(3600)]) {
    third.setCookie('einlass_refusal', value)
    assert.equal((await third.get('/login')).status, 200, value.slice(0, 12))
  }
  assert.equal((await one.get('/login')).status, 422, 'and still where it belongs')
})

test('after too many wrong passwords the page says how long to wait, and then accepts the right one', async (t) => {
  const { openBrowser, clock } = await begin(t)
  const one = openBrowser()
  const page = await one.get('/login')
  const tryOnce = async (password: string) => {
    const fields = { ...readForm(page).hidden, username: erika.username, password }
    return await showRefusal(one, await one.post('/login', fields))
  }
  let reply = await tryOnce('wrong')
  assert.equal(reply.status, 422)
  says(reply, 'login.wrong.title')
  for (let count = 0; reply.status === 422 && count < 20; count += 1) reply = await tryOnce('wrong')
  assert.equal(reply.status, 429)
  says(reply, 'login.throttled.title')
  const wait = Number(reply.headers.get('retry-after'))
  assert.ok(wait >= 1)
  assert.equal((await tryOnce(erika.password)).status, 429, 'not even the right one')
  clock.time += seconds(wait)
  assert.equal((await tryOnce(erika.password)).status, 303)
})

test('while an attacker guesses passwords, the owner can log in from a known browser, even with a new password', async (t) => {
  const { openBrowser, sign, db, parts } = await begin(t)
  const guess = async () => {
    const one = openBrowser()
    const { hidden } = readForm(await one.get('/login'))
    const fields = { ...hidden, username: erika.username, password: 'wrong' }
    const tryOnce = async () => await showRefusal(one, await one.post('/login', fields))
    let reply = await tryOnce()
    for (let count = 0; reply.status === 422 && count < 20; count += 1) reply = await tryOnce()
    assert.equal(reply.status, 429)
  }
  const own = openBrowser()
  const enter = async (password: string) => {
    const page = await own.get(`/login?continue=${sign({ appId: 'wiki', returnTo: '/account' })}`)
    const { action, hidden } = readForm(page)
    return (await own.post(action, { ...hidden, username: erika.username, password })).status
  }
  assert.equal(await enter(erika.password), 303)
  const users = createUsers(parts.platform)
  const hasher = createHasher({ cores: 1, log: silentLog })
  const newPassword = 'Sonnenhut im Juni 2027'
  const user = await users.findByName(db, erika.username)
  await db.deleteFrom('sessions').execute()
  await createLocalPasswords(parts.platform).set(db, `${user?.id}`, await hasher.hash(newPassword))
  await guess()
  assert.equal(await enter(newPassword), 303)
})

test('a browser without cookies gets a page that says so and links to the login', async (t) => {
  const { openBrowser, sign } = await begin(t)
  const path = `/login?continue=${sign({ returnTo: '/account' })}`
  const page = await openBrowser().get(path)
  const reply = await openBrowser().post(path, { ...readForm(page).hidden, ...erika })
  assert.equal(reply.status, 403)
  says(reply, 'cookies.title')
  assert.ok(reply.text.includes(`href="${path}"`))
})

const everyPage: readonly [path: string, key: MessageKey][] = [
  ['/login', 'login.title'],
  ['/forgot-password', 'forgot.title'],
  ['/logout', 'logout.done.title'],
  ['/nowhere', 'error.not_found.title'],
  ['/login/some', 'journey.ended.title'],
  ['/login?continue=x', 'journey.expired.title'],
  ['/setup/some', 'setup.used.title'],
]

test('every page is in the language of the browser and must not be cached', async (t) => {
  const { publicUrl } = await begin(t)
  for (const [path, key] of everyPage) {
    for (const [header, language] of [
      ['de-AT,de;q=0.9,en;q=0.8', 'de'],
      ['en-GB', 'en'],
      ['fr-FR, en;q=0.2', 'en'],
      ['tlh', 'de'],
    ] as const) {
      const reply = await fetch(`${publicUrl}${path}`, { headers: { 'accept-language': header } })
      const text = await reply.text()
      const title = createTranslator(language)(message(key))
      assert.ok(text.includes(`>${title}<`), `${path} in ${language}`)
      assert.match(text, new RegExp(`<html lang="${language}">`))
      assert.equal(reply.headers.get('content-language'), language)
      assert.equal(reply.headers.get('cache-control'), 'no-store')
      assert.doesNotMatch(reply.headers.get('content-security-policy') ?? 'unsafe', /unsafe/)
    }
  }
})

test('a link on the page switches the language in the middle of a login, and the next pages keep it', async (t) => {
  const { openBrowser } = await begin(t)
  const one = openBrowser()
  const offer = await enterPassword(one, erika)
  says(offer, 'choice.title')
  const link = /href="([^"]*lang=en)"/.exec(offer.text)?.[1]?.replaceAll('&amp;', '&') ?? ''
  const english = await one.follow(await one.get(link))
  assert.equal(english.status, 200)
  assert.ok(english.text.includes(`>${en['choice.title']}<`))
  assert.equal(pathOfPage(english), pathOfPage(offer))
  const next = await one.answer(english, { action: 'register' })
  assert.ok(next.text.includes(`>${en['enrol.phone.title']}<`))
})
