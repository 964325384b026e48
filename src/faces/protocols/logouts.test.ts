import assert from 'node:assert/strict'
import { test } from 'node:test'
import { onEachEngine } from '../../dev/test-support/on-each-engine.ts'
import { createScene, createTestClock } from '../../dev/test-support/scene.ts'
import { createLogoutQueue } from '../../identity/sessions/logout-queue.ts'
import { saveParticipant } from '../../identity/sessions/participants.ts'
import { hours, minutes, seconds } from '../../platform/kernel/clock.ts'
import type { Database } from '../../platform/storage/database.ts'
import type { AttemptResult } from '../../platform/storage/work-queue.ts'
import { answerTime, createBrowserLogout, frameTime } from './browser-logout.ts'
import {
  createAppLogouts,
  type FindLogoutChannel,
  type LogoutCarrier,
  type LogoutChannel,
} from './logouts.ts'

/** A tiny protocol: what its apps answer stands in a table that a test changes. */
function createEcho() {
  const answers = new Map<string, AttemptResult | 'none' | 'frame' | 'frames' | 'message'>()
  const asked: string[] = []
  const carriers = new Map<string, LogoutCarrier>()
  const findChannel: FindLogoutChannel = async (
    { appId, data },
    carrier,
  ): Promise<LogoutChannel> => {
    const answer = answers.get(appId) ?? 'none'
    carriers.set(appId, carrier)
    const url = `https://${appId}.example/logout?name=${data.name}`
    if (answer === 'none') return { type: answer }
    if (answer === 'frame') return { type: answer, urls: [url] }
    if (answer === 'frames') return { type: 'frame', urls: [url, `${url}2`] }
    if (answer === 'message') return { type: answer, url }
    return {
      type: 'back_channel',
      async notify() {
        asked.push(appId)
        return answer
      },
    }
  }
  return { answers, asked, carriers, findChannel }
}

const away = { type: 'later', reason: 'not reached' } as const

async function start(
  db: Database,
  apps: Readonly<Record<string, AttemptResult | 'none' | 'frame' | 'frames' | 'message'>>,
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
  const browser = createBrowserLogout({ queue, clock, findChannel: echo.findChannel, appName })
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

  test(`an app counts as asked to log out after the browser has loaded all its frames (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const one = await start(db, { owa: 'frames' })
    const { browser, sessionId } = one
    await one.logouts.sessionsEnded([sessionId])
    const [first] = await browser.list(sessionId)
    const id = first?.id ?? ''
    const frameUrls = [0, 1].map((index) => `/logout/apps/${id}/frames/${index}`)
    assert.partialDeepStrictEqual(first, { state: 'under_way', frameUrls })
    // The page alone proves nothing: the browser may never load its frames.
    assert.partialDeepStrictEqual((await browser.list(sessionId))[0], { frameUrls })
    const lead = (index: number) => browser.lead(sessionId, { id, place: 'frame', index })
    assert.equal(await browser.lead('ses_other', { id, place: 'frame', index: 1 }), undefined)
    assert.equal(await lead(0), 'https://owa.example/logout?name=erika')
    assert.partialDeepStrictEqual((await browser.list(sessionId))[0], { frameUrls })
    assert.equal(await lead(1), 'https://owa.example/logout?name=erika2')
    assert.deepEqual(await browser.list(sessionId), [{ name: 'OWA', id, state: 'under_way' }])
    one.clock.pass(frameTime)
    assert.deepEqual(await one.statesOf(), { OWA: 'asked' })
    one.clock.pass(minutes(10))
    await one.logouts.look()
    assert.deepEqual(await one.statesOf(), { OWA: 'asked' })
    assert.deepEqual(await one.listAudit('app_logout_given_up'), [])
  })

  test(`frames of an app that come out of order all lead to the app (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const { browser, sessionId, logouts } = await start(db, { owa: 'frames' })
    await logouts.sessionsEnded([sessionId])
    const { id = '' } = (await browser.list(sessionId))[0] ?? {}
    for (const index of [1, 0])
      assert.match((await browser.lead(sessionId, { id, place: 'frame', index })) ?? '', /^https/)
    for (const index of [-1, 2, 0.5, Number.NaN])
      assert.equal(await browser.lead(sessionId, { id, place: 'frame', index }), undefined)
  })

  test(`an app that does not answer a message in time was not logged out, and a late answer still counts (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const one = await start(db, { good: 'message', bad: 'message', lost: 'message' })
    const { browser, sessionId, queue } = one
    await one.logouts.sessionsEnded([sessionId])
    const all = await browser.list(sessionId)
    const idOf = (name: string) => all.find((app) => app.name === name)?.id ?? ''
    for (const { id } of all) await browser.lead(sessionId, { id, place: 'frame', index: 0 })
    assert.deepEqual(one.carriers.get('good'), { id: idOf('GOOD'), place: 'frame' })
    await queue.noteAnswer(idOf('GOOD'), true)
    await queue.noteAnswer(idOf('BAD'), false)
    assert.deepEqual(await one.statesOf(), {
      ...{ GOOD: 'logged_out', BAD: 'not_reached', LOST: 'under_way' },
    })
    one.clock.pass(answerTime)
    const lost = (await browser.list(sessionId)).find(({ name }) => name === 'LOST')
    const windowUrl = `/logout/apps/${idOf('LOST')}/window`
    assert.deepEqual(lost, { name: 'LOST', id: idOf('LOST'), state: 'not_reached', windowUrl })
    await browser.lead(sessionId, { id: idOf('BAD'), place: 'window', index: 0 })
    assert.deepEqual(one.carriers.get('bad'), { id: idOf('BAD'), place: 'window' })
    await queue.noteAnswer(idOf('LOST'), true)
    assert.deepEqual(await one.statesOf(), {
      ...{ GOOD: 'logged_out', BAD: 'under_way', LOST: 'logged_out' },
    })
  })

  test(`the server gives up an app that never answered the browser, and says why (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const one = await start(db, { silent: 'message', unwilling: 'message' })
    await one.logouts.sessionsEnded([one.sessionId])
    for (const { id, name } of await one.browser.list(one.sessionId)) {
      await one.browser.lead(one.sessionId, { id, place: 'frame', index: 0 })
      if (name === 'UNWILLING') await one.queue.noteAnswer(id, false)
    }
    one.clock.pass(minutes(10))
    await one.logouts.look()
    const given = await one.listAudit('app_logout_given_up')
    assert.deepEqual(Object.fromEntries(given.map(({ appId, reason }) => [appId, reason])), {
      silent: 'no_answer',
      unwilling: 'declined',
    })
    assert.deepEqual(await one.statesOf(), { SILENT: 'not_reached', UNWILLING: 'not_reached' })
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
