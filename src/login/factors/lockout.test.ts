import assert from 'node:assert/strict'
import { test } from 'node:test'
import { testKeyring as keyring } from '../../dev/test-support/keyring.ts'
import { createNotebook } from '../../dev/test-support/notices.ts'
import { onEachEngine } from '../../dev/test-support/on-each-engine.ts'
import { createAudit } from '../../identity/audit/audit.ts'
import { createThrottle, type Throttle } from '../../identity/limits/throttle.ts'
import type { Notify } from '../../identity/notify/notice.ts'
import { acrNumber, acrPossession } from '../../identity/policy/assurance.ts'
import { createUsers } from '../../identity/users/users.ts'
import { minutes } from '../../platform/kernel/clock.ts'
import type { Id } from '../../platform/kernel/ids.ts'
import { systemRandom } from '../../platform/kernel/random.ts'
import type { Database } from '../../platform/storage/database.ts'
import { findLevels, findUsable } from './enrolled.ts'
import type { ChoosableFactor } from './factor.ts'
import { type FactorKind, factorKinds, openLockout } from './index.ts'
import { failureLimit } from './lockout.ts'

async function setUp(db: Database) {
  const clock = { time: 1_800_000_000_000, now: () => clock.time }
  const { notify: note, noticed } = createNotebook()
  // The mail about a few failures has tests of its own.
  const notify: Notify = async (queries, notice, facts) =>
    notice.kind === 'factor_failures' ? undefined : await note(queries, notice, facts)
  const node = (onAdmitted = async () => {}) => {
    const throttle = createThrottle({ clock })
    const admit: Throttle['admit'] = async (queries, key) => {
      const admission = await throttle.admit(queries, key)
      await onAdmitted()
      return admission
    }
    const audit = createAudit({ keyring, clock })
    return openLockout({
      ...{ db, clock, throttle: { ...throttle, admit }, notify, audit },
    })
  }
  const lockout = node()
  const users = createUsers({ clock, random: systemRandom })
  const { id: userId } = await users.create(db, { username: 'erika', displayName: 'Erika' })
  const judge = (kind: FactorKind, verdict: 'right' | 'wrong', on = lockout) =>
    on.judge(userId, kind, async () => ({ type: verdict }))
  const succeed = (kind: FactorKind) =>
    db.transaction().execute((tx) => lockout.succeed(tx, userId, kind))
  /** Waits wherever a proof has to wait. */
  async function failTimes(kind: FactorKind, times: number) {
    for (let i = 0; i < times; i++) {
      clock.time += minutes(15)
      assert.equal((await judge(kind, 'wrong')).type, 'wrong')
    }
    clock.time += minutes(15)
  }
  return { lockout, node, clock, userId, noticed, judge, succeed, failTimes }
}

const off = { type: 'off', group: 'new' }

const factorOf = (
  kind: FactorKind,
  highestLevel: ChoosableFactor['highestLevel'],
  isFallback = false,
) =>
  ({
    kind,
    highestLevel,
    isFallback,
    findEnrolled: async () => ({ lastUsedAt: 1 }),
  }) as unknown as ChoosableFactor

async function auditOf(db: Database): Promise<[string, string][]> {
  const rows = await db.selectFrom('audit_events').select(['type', 'data']).execute()
  return rows.map(({ type, data }) => [type, (JSON.parse(data) as { kind: string }).kind])
}

onEachEngine((engine) => {
  const say = (sentence: string) => `${sentence} (${engine.name})`

  test(say('A20: failures of all kinds make the next try of any kind wait'), async (t) => {
    const { db } = await engine.open(t)
    const { lockout, node, judge, userId } = await setUp(db)
    for (const kind of ['totp', 'recovery', 'totp', 'push', 'recovery'] as const) {
      assert.equal((await judge(kind, 'wrong')).type, 'wrong')
    }
    for (const kind of ['totp', 'recovery', 'push'] as const) {
      const expected = { type: 'wait', retryAfter: 1, group: 'new' }
      assert.deepEqual(await judge(kind, 'right'), expected)
      assert.deepEqual(await judge(kind, 'right', node()), expected, 'another node')
      assert.deepEqual(await lockout.findRefusal(db, userId, kind), expected)
    }
    assert.deepEqual(await lockout.judgeEnrolment(userId, async () => ({ type: 'right' })), {
      type: 'wait',
      retryAfter: 1,
      group: 'new',
    })
  })

  test(
    say('A47: what cannot be guessed waits for its own failures only, in each group of browsers'),
    async (t) => {
      const { db } = await engine.open(t)
      const { lockout, judge, userId } = await setUp(db)
      for (let i = 0; i < 5; i++) assert.equal((await judge('totp', 'wrong')).type, 'wrong')
      assert.equal((await judge('totp', 'right')).type, 'wait')
      for (const kind of ['passkey', 'desk-pass'] as const) {
        for (let i = 0; i < 5; i++) assert.equal((await judge(kind, 'wrong')).type, 'wrong')
        assert.equal((await judge(kind, 'right')).type, 'wait')
      }
      for (const kind of ['totp', 'passkey', 'desk-pass'] as const) {
        const work = async () => ({ type: 'right' }) as const
        assert.equal((await lockout.judge(userId, kind, work, 'known')).type, 'right')
      }
      await lockout.lift(db, userId)
      for (const kind of ['totp', 'passkey', 'desk-pass'] as const)
        assert.equal((await judge(kind, 'right')).type, 'right')
    },
  )

  test(say('A20: parallel tries get no more judged than serial ones'), async (t) => {
    const { db } = await engine.open(t)
    const { node, judge } = await setUp(db)
    const nodes = [node(), node(), node()]
    const tries = Array.from({ length: 60 }, (_, i) =>
      judge(i % 2 === 0 ? 'totp' : 'recovery', 'wrong', nodes[i % 3]),
    )
    const judged = (await Promise.all(tries)).filter(({ type }) => type === 'wrong')
    assert.equal(judged.length, 5)
  })

  test(
    say('a success forgets the failures of its kind and the wait, not those of others'),
    async (t) => {
      const { db } = await engine.open(t)
      const { judge, succeed, failTimes } = await setUp(db)
      await failTimes('totp', 99)
      await failTimes('recovery', 99)
      assert.equal((await judge('totp', 'right')).type, 'right')
      assert.equal(await succeed('totp'), true)
      await failTimes('totp', 99)
      await failTimes('recovery', 1)
      assert.equal((await judge('recovery', 'right')).type, 'off')
      assert.equal((await judge('totp', 'right')).type, 'right')
    },
  )

  test(
    say('A20: after a hundred failures in a row the kind is off, and the person is told once'),
    async (t) => {
      const { db } = await engine.open(t)
      const { lockout, judge, succeed, failTimes, userId, noticed, node } = await setUp(db)
      await failTimes('totp', failureLimit - 1)
      assert.deepEqual([...(await lockout.findLockedKinds(db, userId))], [])
      await failTimes('totp', 1)
      assert.deepEqual([...(await lockout.findLockedKinds(db, userId))], ['totp'])
      for (let i = 0; i < 3; i++) assert.deepEqual(await judge('totp', 'right'), off)
      assert.deepEqual(await judge('totp', 'right', node()), off)
      assert.equal(await succeed('totp'), false, 'a proof that was judged before counts no more')
      assert.deepEqual(
        noticed.map(({ kind, facts }) => [kind, facts.factor]),
        [['factor_locked', { key: 'factor.totp' }]],
      )
      const locked = (await auditOf(db)).filter(([type]) => type === 'second_factor_locked')
      assert.deepEqual(locked, [['second_factor_locked', 'totp']])
      assert.equal((await judge('recovery', 'right')).type, 'right', 'another kind works')
      assert.equal(await succeed('recovery'), true)
      assert.deepEqual(await judge('totp', 'right'), off, 'and brings nothing back')
      await lockout.unlock(db, userId, 'totp')
      assert.equal((await judge('totp', 'right')).type, 'right')
    },
  )

  test(say('A20: a try is not judged when another node has the hundredth failure'), async (t) => {
    const { db } = await engine.open(t)
    const { lockout, node, judge, failTimes, userId } = await setUp(db)
    await failTimes('totp', failureLimit - 1)
    const late = node(() => lockout.fail(db, userId, 'totp'))
    assert.deepEqual(await judge('totp', 'right', late), off)
  })

  test(say('the hundredth try counts when it is right'), async (t) => {
    const { db } = await engine.open(t)
    const { judge, succeed, failTimes, noticed } = await setUp(db)
    await failTimes('totp', failureLimit - 1)
    assert.equal((await judge('totp', 'right')).type, 'right')
    assert.equal(await succeed('totp'), true)
    await failTimes('totp', failureLimit - 1)
    assert.deepEqual(noticed, [])
  })

  test(say('who stopped before telling that a kind is off tells it at the next try'), async (t) => {
    const { db } = await engine.open(t)
    const { judge, failTimes, noticed, node, userId } = await setUp(db)
    await failTimes('totp', failureLimit - 1)
    const counted = Promise.withResolvers<void>()
    void node().judge(userId, 'totp', () => {
      counted.resolve()
      return Promise.withResolvers<{ type: 'wrong' }>().promise
    })
    await counted.promise
    assert.deepEqual(noticed, [])
    assert.deepEqual(await judge('totp', 'right'), off)
    assert.deepEqual(
      noticed.map(({ kind }) => kind),
      ['factor_locked'],
    )
  })

  test(say('A20: a proof that could not be judged is no failure, for any factor'), async (t) => {
    const { db } = await engine.open(t)
    const { lockout, judge, failTimes, clock, userId, noticed } = await setUp(db)
    const overload = async () => {
      throw new Error('too busy')
    }
    for (const kind of factorKinds) {
      await failTimes(kind, failureLimit - 1)
      for (let i = 0; i < 3; i++) {
        await assert.rejects(lockout.judge(userId, kind, overload), /too busy/)
        clock.time += minutes(15)
      }
      assert.equal((await judge(kind, 'right')).type, 'right')
      await lockout.lift(db, userId)
    }
    for (let i = 0; i < 10; i++) {
      await assert.rejects(lockout.judge(userId, 'totp', overload), /too busy/)
      await assert.rejects(lockout.judgeEnrolment(userId, overload), /too busy/)
    }
    assert.equal(await lockout.findRefusal(db, userId, 'totp'), undefined)
    assert.deepEqual(noticed, [])
  })

  test(say('failures that are found later are counted too'), async (t) => {
    const { db } = await engine.open(t)
    const { lockout, clock, userId, noticed } = await setUp(db)
    for (let i = 0; i <= failureLimit; i++) {
      clock.time += minutes(1)
      await db.transaction().execute((tx) => lockout.fail(tx, userId, 'push'))
    }
    assert.deepEqual(await lockout.findRefusal(db, userId, 'push'), off)
    assert.equal(noticed.length, 1)
  })

  test(
    say('a kind that is off is not offered, but what the person has still reaches as far'),
    async (t) => {
      const { db } = await engine.open(t)
      const { lockout, failTimes, userId } = await setUp(db)
      const totp = factorOf('totp', acrPossession)
      const push = factorOf('push', acrNumber)
      const recovery = factorOf('recovery', acrPossession, true)
      const having = (...factors: ChoosableFactor[]) => ({
        factors,
        findLockedKinds: lockout.findLockedKinds,
        hasLostFactors: async () => false,
      })
      const names = async (...ways: ChoosableFactor[]) =>
        (await findUsable(having(...ways), db, userId as Id<'user'>)).map(
          ({ factor }) => factor.kind,
        )
      await failTimes('push', failureLimit)
      assert.deepEqual(await names(push, recovery, totp), ['totp', 'recovery'])
      assert.deepEqual(await names(push), [])
      const levels = (...ways: ChoosableFactor[]) => findLevels(having(...ways), db, userId)
      assert.deepEqual(await levels(push, totp), {
        highest: acrNumber,
        usable: acrPossession,
        isLost: false,
      })
      assert.deepEqual(await levels(push), {
        highest: acrNumber,
        usable: undefined,
        isLost: false,
      })
      assert.deepEqual(await levels(recovery), {
        highest: undefined,
        usable: undefined,
        isLost: false,
      })
    },
  )
})
