import assert from 'node:assert/strict'
import { test } from 'node:test'
import { z } from 'zod'
import {
  addUser,
  asks,
  browserToken,
  client,
  createSessionFor,
  createTestEngine,
  finishes,
  form,
  journeysIn,
  lifetime,
  passwordProof,
  proofsIn,
  pushProof,
  readReference,
  request,
  sessionId,
  step,
  storedAs,
  table,
  twoSteps,
} from '../../dev/test-support/engine.ts'
import {
  onEachEngine,
  type Scope,
  type Engine as Storage,
} from '../../dev/test-support/on-each-engine.ts'
import { start } from '../../dev/test-support/scene.ts'
import { seconds } from '../../platform/kernel/clock.ts'
import { message } from '../../platform/ui/message.ts'
import { journeyEntry } from './data.ts'
import type { Change, StepContext, StepResult } from './step.ts'
import type { Finish } from './write.ts'

const count = journeyEntry('fake.count', z.int())
const isTried = journeyEntry('fake.tried', z.boolean())
const isSent = journeyEntry('fake.sent', z.boolean())

const done = (change?: Change): StepResult<string> => ({
  type: 'done',
  outcome: 'done',
  ...(change && { change }),
})

/** Goes on by `action=go`, leaves by `action=leave`, stays by `action=stay`, which moves the version. */
function second({ answers, data }: StepContext): StepResult<string> {
  if (answers?.action === 'go') return done({ proof: pushProof })
  if (answers?.action === 'leave') return { type: 'done', outcome: 'left' }
  if (answers?.action !== 'stay') return asks
  return { ...asks, change: { data: count.write((count.read(data) ?? 0) + 1) } }
}

async function open(
  storage: Storage,
  t: Scope,
  run: (context: StepContext) => StepResult<string> | Promise<StepResult<string>> = second,
  finish: Finish = finishes,
) {
  const { db } = await storage.open(t)
  const userId = await addUser(db, 'erika')
  return { db, userId, ...createTestEngine(db, [twoSteps(userId, run)], { finish }) }
}

onEachEngine((storage) => {
  const say = (sentence: string) => `${sentence} (${storage.name})`

  test(say('a preview shows the first page and writes nothing'), async (t) => {
    const { db, engine } = await open(storage, t)
    const view = await engine.preview('login', request, client)
    assert.ok(view.type === 'page')
    assert.deepEqual([view.step, view.version, view.outdated], ['fake/password', 0, false])
    assert.deepEqual([await journeysIn(db), await proofsIn(db)], [[], []])
  })

  test(
    say('a step that knows no cancelling is left all the same where an app waits for the answer'),
    async (t) => {
      const { db, engine } = await open(storage, t)
      const cancelTo = '/sso/oidc/abc/cancel'
      const answers = { password: 'right' }
      for (const [wanted, expected] of [
        [{ ...request, cancelTo }, 'left'],
        [request, 'page'],
        [{ returnTo: '/account', cancelTo }, 'page'],
      ] as const) {
        const moved = await engine.begin(
          { kind: 'login', request: wanted, browserToken, answers },
          client,
        )
        const left = await engine.submit(
          readReference(moved),
          { version: 0, answers: { action: 'cancel' } },
          client,
        )
        assert.equal(left.type, expected)
        if (left.type === 'left') {
          assert.deepEqual(left.cancelled, { kind: 'login', request: wanted, text: undefined })
          const [row] = await journeysIn(db)
          assert.deepEqual([row?.finished_at, row?.session_id], [start, null])
          assert.equal((await engine.look(readReference(moved), client)).type, 'over')
        }
      }
    },
  )

  test(say('a wrong first answer leaves no row'), async (t) => {
    const { db, begin } = await open(storage, t)
    const view = await begin({ password: 'wrong' })
    assert.ok(view.type === 'page')
    assert.equal(view.version, 0)
    assert.deepEqual([await journeysIn(db), await proofsIn(db)], [[], []])
  })

  test(
    say('a first answer that was used before leaves no row, and the page says so'),
    async (t) => {
      const { db } = await storage.open(t)
      const userId = await addUser(db, 'erika')
      const spent: Change = { userId, write: async () => false }
      const first = (context: StepContext) => (context.answers === undefined ? asks : done(spent))
      const journey = table([step('fake/first', first)], { 'fake/first:done': 'finish' })
      const { begin } = createTestEngine(db, [journey])
      const view = await begin()
      assert.ok(view.type === 'page')
      assert.deepEqual([view.version, view.outdated], [0, true])
      assert.deepEqual([await journeysIn(db), await proofsIn(db)], [[], []])
    },
  )

  test(say('a right first answer writes the journey and its proof together'), async (t) => {
    const { db, begin, userId } = await open(storage, t)
    const reference = readReference(await begin())
    const [row, ...others] = await journeysIn(db)
    assert.ok(row)
    assert.deepEqual(others, [])
    assert.equal(row.id_hash, storedAs(reference))
    assert.deepEqual([row.step, row.version, row.user_id], ['fake/second', 0, userId])
    assert.deepEqual([row.expires_at, row.finished_at], [start + lifetime, null])
    assert.ok(!JSON.stringify(row).includes(reference.journeyId), 'the address is a secret')
    assert.ok(!JSON.stringify(row).includes(browserToken), 'the cookie is a secret')
    const proofs = await proofsIn(db)
    assert.deepEqual(
      proofs.map((proof) => [proof.journey_hash, proof.user_id, proof.factor, proof.session_id]),
      [[row.id_hash, userId, 'password', null]],
    )
  })

  test(say('the last answer finishes: session, proofs and end in one'), async (t) => {
    const { db, userId, engine, begin } = await open(storage, t)
    const reference = readReference(await begin())
    const view = await engine.submit(reference, { version: 0, answers: { action: 'go' } }, client)
    assert.deepEqual(view, {
      type: 'finished',
      journeyId: reference.journeyId,
      token: 'the-token',
      userId,
      kind: 'login',
      request,
    })
    const [row] = await journeysIn(db)
    assert.deepEqual([row?.finished_at, row?.session_id, row?.version], [start, sessionId, 1])
    const proofs = await proofsIn(db)
    assert.deepEqual(
      proofs.map((proof) => proof.session_id),
      [sessionId, sessionId],
    )
  })

  test(say('a double click counts once'), async (t) => {
    const { db, engine, begin } = await open(storage, t)
    const reference = readReference(await begin())
    const click = () =>
      engine.submit(reference, { version: 0, answers: { action: 'stay' } }, client)
    const views = await Promise.all([click(), click(), click()])
    const [row] = await journeysIn(db)
    assert.equal(row?.version, 1)
    assert.deepEqual(JSON.parse(row?.state ?? '').kept, { 'fake.count': 1 })
    const shown = views.map((view) => (view.type === 'page' ? view.outdated : view.type)).sort()
    assert.deepEqual(shown, ['moved', true, true].sort())
  })

  test(say('a double click on the last page makes one session'), async (t) => {
    let finished = 0
    const finish: Finish = async () => ({ sessionId, token: `token-${++finished}` })
    const { db, engine, begin } = await open(storage, t, second, finish)
    const reference = readReference(await begin())
    const click = () => engine.submit(reference, { version: 0, answers: { action: 'go' } }, client)
    const views = await Promise.all([click(), click(), click()])
    assert.deepEqual(views.map((view) => view.type).sort(), ['finished', 'over', 'over'])
    assert.equal(finished, 1, 'whoever was late finds no proofs to finish with')
    assert.equal((await proofsIn(db)).length, 2)
  })

  test(say('of two nodes that get the same answer one moves the journey'), async (t) => {
    const [{ db }, { db: other }] = await storage.openTwice(t)
    const journey = twoSteps(await addUser(db, 'erika'), second)
    const one = createTestEngine(db, [journey])
    const two = createTestEngine(other, [journey])
    const reference = readReference(await one.begin())
    const answer = { version: 0, answers: { action: 'stay' } }
    const views = await Promise.all([
      one.engine.submit(reference, answer, client),
      two.engine.submit(reference, answer, client),
    ])
    assert.deepEqual(views.map((view) => view.type).sort(), ['moved', 'page'])
    assert.equal((await journeysIn(db))[0]?.version, 1)
  })

  test(say('an answer to a page that was left changes nothing and says so'), async (t) => {
    const { db, engine, begin } = await open(storage, t)
    const reference = readReference(await begin())
    await engine.submit(reference, { version: 0, answers: { action: 'stay' } }, client)
    const before = await journeysIn(db)
    for (const version of [0, 2, 999]) {
      const view = await engine.submit(reference, { version, answers: { action: 'go' } }, client)
      assert.ok(view.type === 'page')
      assert.deepEqual([view.outdated, view.version], [true, 1])
    }
    assert.deepEqual(await journeysIn(db), before)
  })

  test(say('looking, an empty form and another language never move a journey'), async (t) => {
    const { db, engine, begin } = await open(storage, t)
    const reference = readReference(await begin())
    const before = await journeysIn(db)
    const english = { ...client, language: 'en' } as const
    for (const view of [
      await engine.look(reference, client),
      await engine.look(reference, english),
      await engine.submit(reference, { version: 0, answers: {} }, client),
      await engine.submit(reference, { version: 0, answers: { action: '' } }, english),
    ]) {
      assert.ok(view.type === 'page')
      assert.equal(view.outdated, false)
    }
    assert.deepEqual(await journeysIn(db), before)
    assert.equal((await proofsIn(db)).length, 1)
  })

  test(say('a look moves a journey by evidence that came from elsewhere'), async (t) => {
    let isThere = false
    const { engine, begin } = await open(storage, t, () => (isThere ? done() : asks))
    const reference = readReference(await begin())
    assert.equal((await engine.look(reference, client)).type, 'page')
    isThere = true
    assert.equal((await engine.look(reference, client)).type, 'finished')
    assert.equal((await engine.look(reference, client)).type, 'over')
  })

  test(
    say('a look that has read what a move at the same moment changes is taken again'),
    async (t) => {
      let meanwhile: (() => Promise<unknown>) | undefined
      const { engine, begin } = await open(storage, t, async (context) => {
        const work = context.answers === undefined ? meanwhile : undefined
        if (work !== undefined) meanwhile = undefined
        await work?.()
        return second(context)
      })
      const reference = readReference(await begin())
      meanwhile = () =>
        engine.submit(reference, { version: 0, answers: { action: 'stay' } }, client)
      const view = await engine.look(reference, client)
      assert.ok(view.type === 'page')
      assert.deepEqual([view.version, view.outdated], [1, false])
    },
  )

  test(say('another browser has no part in a journey'), async (t) => {
    const { db, engine, begin } = await open(storage, t)
    const { journeyId } = readReference(await begin())
    const before = await journeysIn(db)
    for (const token of ['', 'another', `${browserToken}x`, browserToken.slice(1)]) {
      const reference = { journeyId, browserToken: token }
      const answer = { version: 0, answers: { action: 'go' } }
      assert.deepEqual(await engine.submit(reference, answer, client), { type: 'unknown' })
      assert.deepEqual(await engine.look(reference, client), { type: 'unknown' })
      assert.equal(await engine.status(reference, client), undefined)
      assert.equal(await engine.findTopic(reference), undefined)
    }
    assert.deepEqual(await journeysIn(db), before)
  })

  test(say('a journey that never was is unknown'), async (t) => {
    const { engine } = await open(storage, t)
    assert.deepEqual(await engine.look({ journeyId: 'none', browserToken }, client), {
      type: 'unknown',
    })
  })

  test(say('an expired journey takes no answer'), async (t) => {
    const { db, engine, begin, pass } = await open(storage, t)
    const reference = readReference(await begin())
    const answer = { version: 0, answers: { action: 'go' } }
    pass(lifetime)
    const before = await journeysIn(db)
    const restartPath = '/login?app=app_mail'
    const expired = { type: 'expired', request, restartPath }
    assert.deepEqual(await engine.submit(reference, answer, client), expired)
    assert.deepEqual(await engine.look(reference, client), expired)
    assert.deepEqual(await engine.status(reference, client), {
      final: true,
      status: message('wait.moved'),
    })
    assert.deepEqual(await journeysIn(db), before)
  })

  test(say('a finished journey says where it ended and moves no more'), async (t) => {
    const { db, clock, engine, begin, pass } = await open(storage, t)
    const reference = readReference(await begin())
    await engine.submit(reference, { version: 0, answers: { action: 'go' } }, client)
    const before = await journeysIn(db)
    const finishedAt = clock.now()
    pass(lifetime)
    const restartPath = '/login?app=app_mail'
    const over = { type: 'over', sessionId, request, restartPath, finishedAt }
    for (const version of [0, 1]) {
      const answer = { version, answers: { action: 'go' } }
      assert.deepEqual(await engine.submit(reference, answer, client), over)
    }
    assert.deepEqual(await journeysIn(db), before)
    assert.equal(await engine.findTopic(reference), undefined)
  })

  test(say('a journey that was left ends without a session'), async (t) => {
    const finish: Finish = async () => assert.fail('nothing to finish')
    const { db, engine, begin } = await open(storage, t, second, finish)
    const reference = readReference(await begin())
    const view = await engine.submit(
      reference,
      { version: 0, answers: { action: 'leave' } },
      client,
    )
    assert.deepEqual(view, { type: 'left', restartPath: '/login?app=app_mail' })
    const again = await engine.look(reference, client)
    assert.ok(again.type === 'over')
    assert.equal(again.sessionId, null)
    assert.equal((await proofsIn(db))[0]?.session_id, null)
  })

  test(say('when a write finds that somebody was faster, nothing of the move stays'), async (t) => {
    let tries = 0
    let shown = 0
    const run = ({ answers, userId }: StepContext): StepResult<string> => {
      if (answers === undefined) return asks
      return done({
        proof: pushProof,
        data: isTried.write(true),
        async write(queries) {
          tries++
          await queries
            .insertInto('second_factor_choices')
            .values({ user_id: userId ?? '', skips_used: 1, last_skipped_at: 1, declined_at: null })
            .execute()
          return false
        },
        afterCommit: () => {
          shown++
        },
      })
    }
    const { db, engine, begin } = await open(storage, t, run)
    const reference = readReference(await begin())
    const before = [await journeysIn(db), await proofsIn(db)]
    const view = await engine.submit(reference, { version: 0, answers: { action: 'go' } }, client)
    assert.ok(view.type === 'page')
    assert.deepEqual([view.outdated, view.version], [true, 0])
    assert.deepEqual([await journeysIn(db), await proofsIn(db)], before)
    assert.deepEqual(await db.selectFrom('second_factor_choices').selectAll().execute(), [])
    assert.deepEqual([tries, shown], [1, 0], 'the answer is not used a second time')
  })

  test(say('a write that fails in the middle leaves nothing'), async (t) => {
    const run = ({ answers }: StepContext) =>
      answers === undefined ? asks : done({ proof: pushProof, write: explode })
    const explode = async () => {
      throw new Error('the disk is full')
    }
    const { db, engine, begin } = await open(storage, t, run)
    const reference = readReference(await begin())
    const before = [await journeysIn(db), await proofsIn(db)]
    const answer = { version: 0, answers: { action: 'go' } }
    await assert.rejects(engine.submit(reference, answer, client), /the disk is full/)
    assert.deepEqual([await journeysIn(db), await proofsIn(db)], before)
  })

  test(say('a finish that fails leaves nothing'), async (t) => {
    const finish: Finish = async (queries) => {
      await queries.insertInto('settings').values({ name: 'a', value: 'b' }).execute()
      throw new Error('no session')
    }
    const { db, engine, begin } = await open(storage, t, second, finish)
    const reference = readReference(await begin())
    const before = [await journeysIn(db), await proofsIn(db)]
    const answer = { version: 0, answers: { action: 'go' } }
    await assert.rejects(engine.submit(reference, answer, client), /no session/)
    assert.deepEqual([await journeysIn(db), await proofsIn(db)], before)
    assert.deepEqual(await db.selectFrom('settings').selectAll().execute(), [])
  })

  test(say('when the proof cannot be written, the journey stays where it was'), async (t) => {
    const { db } = await storage.open(t)
    const userId = await addUser(db, 'erika')
    const { store } = createTestEngine(db, [])
    const broken = {
      ...store,
      insertProof: async () => {
        throw new Error('the proof is lost')
      },
    }
    const { begin } = createTestEngine(db, [twoSteps(userId, second)], { store: broken })
    await assert.rejects(begin(), /the proof is lost/)
    assert.deepEqual([await journeysIn(db), await proofsIn(db)], [[], []])
  })

  test(say('what cannot be taken back happens after the commit'), async (t) => {
    const seen: number[] = []
    const run = ({ answers }: StepContext): StepResult<string> =>
      answers === undefined
        ? asks
        : { ...asks, change: { data: isSent.write(true), afterCommit: () => seen.push(1) } }
    const { db, engine, begin } = await open(storage, t, run)
    const reference = readReference(await begin())
    assert.equal(
      (await engine.submit(reference, { version: 0, answers: {} }, client)).type,
      'moved',
    )
    assert.deepEqual(seen, [1])
    assert.equal((await journeysIn(db))[0]?.version, 1)
  })

  test(say('a table that goes round without a question throws and writes nothing'), async (t) => {
    const { db } = await storage.open(t)
    const there = step('fake/there', ({ answers }) =>
      answers === undefined ? done({ data: count.write(1) }) : done(),
    )
    const back = step('fake/back', () => done())
    const ways = { 'fake/there:done': 'fake/back', 'fake/back:done': 'fake/there' } as const
    const { engine, begin } = createTestEngine(db, [table([there, back], ways)])
    await assert.rejects(begin(), /does not come to rest/)
    await assert.rejects(engine.preview('login', request, client), /does not come to rest/)
    assert.deepEqual(await journeysIn(db), [])
  })

  test(say('a journey that moves before anybody answered has no preview'), async (t) => {
    const { db } = await storage.open(t)
    const hasty = step('fake/hasty', () => ({ ...asks, change: { data: count.write(1) } }))
    const { engine } = createTestEngine(db, [table([hasty], {})])
    await assert.rejects(engine.preview('login', request, client), /moves before anybody answered/)
    assert.deepEqual(await journeysIn(db), [])
  })

  test(say('an answer reaches the first step of a walk and no other'), async (t) => {
    const { db } = await storage.open(t)
    const userId = await addUser(db, 'erika')
    const seen: unknown[] = []
    const journey = twoSteps(userId, (context) => {
      seen.push(context.answers)
      return asks
    })
    const { begin } = createTestEngine(db, [journey])
    await begin({ password: 'right', action: 'go' })
    assert.deepEqual(seen, [undefined])
  })

  test(say('the proof of another person never counts'), async (t) => {
    const { db } = await storage.open(t)
    const [erika, max] = [await addUser(db, 'erika'), await addUser(db, 'max')]
    const change = (): Change => ({ userId: max, proof: pushProof })
    const journey = twoSteps(erika, ({ answers }) => (answers ? done(change()) : asks))
    const { engine, begin } = createTestEngine(db, [journey])
    const reference = readReference(await begin())
    const before = [await journeysIn(db), await proofsIn(db)]
    const answer = { version: 0, answers: { action: 'go' } }
    await assert.rejects(engine.submit(reference, answer, client), /a proof of another user/)
    assert.deepEqual([await journeysIn(db), await proofsIn(db)], before)
  })

  test(say('a journey without a person does not finish'), async (t) => {
    const { db } = await storage.open(t)
    const only = step('fake/only', ({ answers }) => (answers ? done() : asks))
    const { begin } = createTestEngine(db, [table([only], { 'fake/only:done': 'finish' })])
    await assert.rejects(begin({}), /without a user/)
    assert.deepEqual(await journeysIn(db), [])
  })

  test(
    say('a journey of one step finishes with its only proof, and leaves nothing else'),
    async (t) => {
      const { db } = await storage.open(t)
      const userId = await addUser(db, 'erika')
      const only = step('fake/only', ({ answers }) =>
        answers ? done({ userId, proof: passwordProof }) : asks,
      )
      const { begin } = createTestEngine(db, [table([only], { 'fake/only:done': 'finish' })])
      const view = await begin({})
      assert.ok(view.type === 'finished')
      assert.deepEqual(
        (await proofsIn(db)).map((proof) => proof.session_id),
        [sessionId],
      )
      assert.equal(view.journeyId, undefined)
      assert.deepEqual(await journeysIn(db), [])
    },
  )

  test(say('what finishes hears of the person, the proofs and the way'), async (t) => {
    const heard: unknown[] = []
    const finish: Finish = async (_, { kind, userId, proofs, path, now }) => {
      heard.push({ kind, userId, factors: proofs.map(({ factor }) => factor), path, now })
      return { sessionId, token: 'x', afterCommit: () => heard.push('after') }
    }
    const { engine, begin, userId, pass } = await open(storage, t, second, finish)
    const reference = readReference(await begin())
    pass(5)
    await engine.submit(reference, { version: 0, answers: { action: 'go' } }, client)
    const path = ['fake/password:passed', 'fake/second:done']
    const factors = ['password', 'push']
    assert.deepEqual(heard, [{ kind: 'login', userId, factors, path, now: start + 5 }, 'after'])
  })

  test(say('a step-up begins with the person of the session'), async (t) => {
    const { db } = await storage.open(t)
    const session = createSessionFor(await addUser(db, 'erika'))
    const begun = step('fake/begin', ({ answers }) => (answers ? done() : asks))
    const waits = step('fake/wait', () => asks)
    const ways = { 'fake/begin:done': 'fake/wait' } as const
    const { engine } = createTestEngine(db, [table([begun, waits], ways, 'step_up')])
    const view = await engine.begin(
      { kind: 'step_up', request, browserToken, answers: {} },
      { ...client, session },
    )
    assert.equal(view.type, 'moved')
    const [row] = await journeysIn(db)
    assert.equal(row?.user_id, session.userId)
    assert.equal(JSON.parse(row?.state ?? '').sessionId, session.id)
    await assert.rejects(engine.preview('step_up', request, client), /needs a session/)
  })

  test(say('a complaint comes with the page that it is about'), async (t) => {
    const formError = {
      status: 422,
      title: message('login.wrong.title'),
      text: message('login.wrong.text'),
    } as const
    const { engine, begin } = await open(storage, t, ({ answers }) =>
      answers ? { ...asks, formError } : asks,
    )
    const reference = readReference(await begin())
    const view = await engine.submit(reference, { version: 0, answers: { action: 'go' } }, client)
    assert.ok(view.type === 'page')
    assert.deepEqual([view.formError, view.form], [formError, form])
    const later = await engine.look(reference, client)
    assert.ok(later.type === 'page')
    assert.equal(later.formError, undefined)
  })

  test(say('a page that waits can be asked for its status by its own browser'), async (t) => {
    const status = { final: false, status: message('push.enrol.waiting') }
    const { db } = await storage.open(t)
    const userId = await addUser(db, 'erika')
    const plain = twoSteps(userId, () => asks)
    const waits = { ...step('fake/second', () => asks), status: async () => status }
    const journey = { ...plain, steps: new Map([...plain.steps, [waits.name, waits]]) }
    const { engine, begin } = createTestEngine(db, [journey])
    const reference = readReference(await begin())
    assert.deepEqual(await engine.status(reference, client), status)
    assert.equal((await engine.findTopic(reference))?.topic, `journey:${storedAs(reference)}`)
  })

  test(say('journeys are removed an hour after they expired'), async (t) => {
    const { db, engine, begin, pass } = await open(storage, t)
    await begin()
    pass(lifetime + seconds(3600))
    assert.equal(await engine.purge(), 0)
    const [old] = await proofsIn(db)
    assert.ok(old)
    await db
      .insertInto('proofs')
      .values({ ...old, id: 'counted', journey_hash: 'gone', session_id: 'a session' })
      .execute()
    pass(1)
    const young = readReference(await begin())
    assert.equal(await engine.purge(), 1)
    assert.equal((await journeysIn(db)).length, 1)
    // What was proven goes with its journey, unless a session counts it.
    const left = (await proofsIn(db)).map((one) => one.journey_hash)
    assert.deepEqual(new Set(left), new Set(['gone', storedAs(young)]))
  })

  test(say('one run removes all that is too old, however much it is'), async (t) => {
    const { db, engine, store, begin, pass } = await open(storage, t)
    const reference = readReference(await begin())
    const one = await store.find(db, storedAs(reference))
    assert.ok(one)
    await db.transaction().execute(async (tx) => {
      for (let n = 0; n < 2500; n += 1) await store.insert(tx, { ...one, idHash: `j${n}` }, start)
    })
    pass(lifetime + seconds(3601))
    assert.equal(await engine.purge(), 2501)
    assert.deepEqual(await journeysIn(db), [])
  })

  test(say('a session begins 30 journeys in a minute, another one its own'), async (t) => {
    const { db } = await storage.open(t)
    const userId = await addUser(db, 'erika')
    const stays = table([step('fake/second', second)], {}, 'step_up')
    const { engine, pass } = createTestEngine(db, [stays])
    const session = createSessionFor(userId)
    const begin = (from: typeof session = session) =>
      engine.begin(
        { kind: 'step_up', request, browserToken, answers: { action: 'stay' } },
        { ...client, session: from },
      )
    const times = Array.from({ length: 30 }, () => begin())
    assert.ok((await Promise.all(times)).every(({ type }) => type === 'moved'))
    const isTooMany = { name: 'Fault', code: 'too_many_requests', retryAfter: 2 }
    await assert.rejects(begin(), isTooMany)
    assert.equal((await journeysIn(db)).length, 30)
    await begin({ ...session, id: 'ses_other' as typeof session.id })
    pass(seconds(2))
    await begin()
    await assert.rejects(begin(), isTooMany)
  })
})
