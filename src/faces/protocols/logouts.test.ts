import assert from 'node:assert/strict'
import { test } from 'node:test'
import { onEachEngine } from '../../dev/test-support/on-each-engine.ts'
import { createScene, createTestClock } from '../../dev/test-support/scene.ts'
import { createLogoutQueue } from '../../identity/sessions/logout-queue.ts'
import { saveParticipant } from '../../identity/sessions/participants.ts'
import { hours, minutes, seconds } from '../../platform/kernel/clock.ts'
import type { Database } from '../../platform/storage/database.ts'
import type { AttemptResult } from '../../platform/storage/work-queue.ts'
import { createBrowserLogout } from './browser-logout.ts'
import {
  type ComeBack,
  createAppLogouts,
  type FindLogoutChannel,
  type LogoutChannel,
} from './logouts.ts'

/** A tiny protocol: what its apps answer stands in a table that a test changes. */
function createEcho() {
  const answers = new Map<string, AttemptResult | 'none' | 'frame' | 'redirect'>()
  const asked: string[] = []
  const comeBacks = new Map<string, ComeBack>()
  const findChannel: FindLogoutChannel = async (
    { appId, data },
    comeBack,
  ): Promise<LogoutChannel> => {
    const answer = answers.get(appId) ?? 'none'
    comeBacks.set(appId, comeBack)
    const url = `https://${appId}.example/logout?name=${data.name}`
    if (answer === 'none') return { type: answer }
    if (answer === 'frame') return { type: answer, urls: [url] }
    if (answer === 'redirect') return { type: answer, url }
    return {
      type: 'back_channel',
      async notify() {
        asked.push(appId)
        return answer
      },
    }
  }
  return { answers, asked, comeBacks, findChannel }
}

const away = { type: 'later', reason: 'not reached' } as const

async function start(
  db: Database,
  apps: Readonly<Record<string, AttemptResult | 'none' | 'frame' | 'redirect'>>,
) {
  const scene = createScene(db, createTestClock())
  const { clock } = scene
  const userId = await scene.addUser()
  const { id: sessionId } = await scene.signIn(userId)
  const echo = createEcho()
  for (const [appId, answer] of Object.entries(apps)) {
    echo.answers.set(appId, answer)
    await saveParticipant(
      db,
      { sessionId, userId, appId, protocol: 'echo', data: { name: 'erika' } },
      { now: clock.now(), expiresAt: clock.now() + hours(12) },
    )
  }
  const queue = createLogoutQueue(scene)
  const logouts = createAppLogouts({ ...scene, queue, findChannel: echo.findChannel })
  const appName = async (id: string) => id.toUpperCase()
  const browser = createBrowserLogout({ queue, findChannel: echo.findChannel, appName })
  return {
    ...{ ...scene, ...echo, sessionId, queue, logouts, browser },
    async statesOf() {
      const all = await browser.list(sessionId)
      return Object.fromEntries(all.map(({ name, state }) => [name, state]))
    },
    async countsOf() {
      const samples = await logouts.metric.read()
      return Object.fromEntries(samples.map(({ labels, value }) => [labels.outcome, value]))
    },
  }
}

onEachEngine((engine) => {
  test(`the end of a session notifies every app, and an app that is down does not stop the others (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const one = await start(db, { mail: { type: 'sent' }, wiki: away, old: 'none' })
    await Promise.all([one.logouts.sessionsEnded([one.sessionId]), one.logouts.sessionsEnded([])])
    await one.logouts.sessionsEnded([one.sessionId])
    assert.deepEqual(one.asked.sort(), ['mail', 'wiki'])
    assert.deepEqual(await one.statesOf(), {
      MAIL: 'logged_out',
      WIKI: 'tried_again',
      OLD: 'not_reached',
    })
    assert.deepEqual(await one.countsOf(), { notified: 1, retried: 1, given_up: 0 })
  })

  test(`a browser sees the apps of its session before the queue notifies them, and each is notified once (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const one = await start(db, { mail: { type: 'sent' } })
    assert.deepEqual(await one.statesOf(), { MAIL: 'under_way' })
    await one.logouts.sessionsEnded([one.sessionId])
    assert.deepEqual(await one.statesOf(), { MAIL: 'logged_out' })
    assert.deepEqual(one.asked, ['mail'])
  })

  test(`a node that stops waits for running logout attempts (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const one = await start(db, { mail: { type: 'sent' } })
    const [begun, answer] = [Promise.withResolvers<void>(), Promise.withResolvers<AttemptResult>()]
    const notify = () => {
      begun.resolve()
      return answer.promise
    }
    const findChannel: FindLogoutChannel = async () => ({ type: 'back_channel', notify })
    const logouts = createAppLogouts({ ...one, findChannel })
    const ending = logouts.sessionsEnded([one.sessionId])
    await begun.promise
    const order: string[] = []
    const stopping = logouts.stop().then(() => order.push('stopped'))
    await new Promise(setImmediate)
    order.push('answered')
    answer.resolve({ type: 'sent' })
    await Promise.all([ending, stopping])
    assert.deepEqual(order, ['answered', 'stopped'])
  })

  test(`an app that was down for ten minutes is notified of the end afterwards (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const one = await start(db, { wiki: away })
    await one.logouts.sessionsEnded([one.sessionId])
    for (const until = one.clock.now() + minutes(10); one.clock.now() < until; ) {
      one.clock.pass(seconds(5))
      await one.logouts.look()
    }
    const tries = one.asked.length
    assert.ok(tries > 5 && tries < 15, `${tries} tries`)
    one.answers.set('wiki', { type: 'sent' })
    one.clock.pass(minutes(5))
    await one.logouts.look()
    await one.logouts.look()
    assert.equal(one.asked.length, tries + 1)
    assert.deepEqual(await one.statesOf(), { WIKI: 'logged_out' })
    assert.deepEqual(await one.listAudit('app_logout_given_up'), [])
  })

  test(`after a day any node can give up a logout, and it writes an audit event (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const one = await start(db, { wiki: away })
    await one.logouts.sessionsEnded([one.sessionId])
    one.clock.pass(hours(24))
    const other = createAppLogouts({ ...one, db, findChannel: one.findChannel })
    await other.look()
    const [given] = await one.listAudit('app_logout_given_up')
    assert.partialDeepStrictEqual(given, { appId: 'wiki', reason: 'not reached' })
    assert.deepEqual(await one.statesOf(), { WIKI: 'not_reached' })
  })

  test(`the server repeats a logout attempt whose protocol failed (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const one = await start(db, { wiki: { type: 'sent' } })
    let isBroken = true
    const findChannel: FindLogoutChannel = async (...asked) => {
      if (isBroken) throw new Error('broken')
      return one.findChannel(...asked)
    }
    const logouts = createAppLogouts({ ...one, db, findChannel })
    await logouts.sessionsEnded([one.sessionId])
    assert.deepEqual(one.asked, [])
    isBroken = false
    one.clock.pass(minutes(1))
    await logouts.look()
    assert.deepEqual(one.asked, ['wiki'])
  })

  test(`an app with a logout frame is signed out after the page with the frame was shown (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const one = await start(db, { owa: 'frame' })
    await one.logouts.sessionsEnded([one.sessionId])
    const [first] = await one.browser.list(one.sessionId)
    assert.deepEqual(first?.frameUrls, ['https://owa.example/logout?name=erika'])
    assert.equal(first?.state, 'under_way')
    const [second] = await one.browser.list(one.sessionId)
    assert.deepEqual([second?.state, second?.frameUrls], ['logged_out', undefined])
  })

  test(`an app with a logout frame is signed out also if the page was closed before its next check (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const one = await start(db, { owa: 'frame' })
    await one.logouts.sessionsEnded([one.sessionId])
    await one.browser.list(one.sessionId)
    one.clock.pass(minutes(10))
    await one.logouts.look()
    assert.deepEqual(await one.statesOf(), { OWA: 'logged_out' })
    assert.deepEqual(await one.listAudit('app_logout_given_up'), [])
  })

  test(`an app with a logout redirect reports itself whether it has signed out (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const one = await start(db, { good: 'redirect', bad: 'redirect', lost: 'redirect' })
    await one.logouts.sessionsEnded([one.sessionId])
    const all = await one.browser.list(one.sessionId)
    assert.equal(all.filter(({ redirectUrl }) => redirectUrl !== undefined).length, 3)
    for (const { id } of all) await one.browser.noteRedirect(one.sessionId, id)
    const idOf = (name: string) => all.find((app) => app.name === name)?.id ?? ''
    assert.equal(one.comeBacks.get('good')?.done, `/logout/apps/${idOf('GOOD')}/done`)
    assert.equal(one.comeBacks.get('bad')?.failed, `/logout/apps/${idOf('BAD')}/failed`)
    await one.browser.finishRedirect(one.sessionId, idOf('GOOD'), true)
    await one.browser.finishRedirect(one.sessionId, idOf('BAD'), false)
    // Nobody is sent again to an app that did not send the browser back.
    assert.deepEqual(await one.statesOf(), {
      GOOD: 'logged_out',
      BAD: 'not_reached',
      LOST: 'not_reached',
    })
    await one.browser.finishRedirect('ses_other', idOf('LOST'), true)
    assert.equal((await one.statesOf()).LOST, 'not_reached')
  })

  test(`after ten minutes without a browser, the server gives up an app that requires one (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const one = await start(db, { owa: 'frame' })
    await one.logouts.sessionsEnded([one.sessionId])
    for (let n = 0; n < 25; n += 1) {
      one.clock.pass(seconds(30))
      await one.logouts.look()
    }
    const [given] = await one.listAudit('app_logout_given_up')
    assert.partialDeepStrictEqual(given, { appId: 'owa', reason: 'no_browser' })
  })
})
