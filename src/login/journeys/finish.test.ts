import assert from 'node:assert/strict'
import { test } from 'node:test'
import { testKeyring as keyring, testRows as rows } from '../../dev/test-support/keyring.ts'
import { onEachEngine } from '../../dev/test-support/on-each-engine.ts'
import { createAudit } from '../../identity/audit/audit.ts'
import { createLogins } from '../../identity/operations/logins.ts'
import { acrNumber, acrPassword, acrPhishingResistant } from '../../identity/policy/assurance.ts'
import type { LiveSession } from '../../identity/sessions/session.ts'
import { createSessions } from '../../identity/sessions/sessions.ts'
import { createUsers } from '../../identity/users/users.ts'
import { hours } from '../../platform/kernel/clock.ts'
import { createEvents } from '../../platform/kernel/events.ts'
import type { Id } from '../../platform/kernel/ids.ts'
import { silentLog } from '../../platform/kernel/log.ts'
import { systemRandom as random } from '../../platform/kernel/random.ts'
import type { Database } from '../../platform/storage/database.ts'
import { transact } from '../../platform/storage/transact.ts'
import { createLoginHooks } from '../engine/ended-logins.ts'
import type { Proof } from '../engine/proofs.ts'
import type { ClientFacts } from '../engine/step.ts'
import { createJourneyStore } from '../engine/store.ts'
import type { FinishContext, Finished } from '../engine/write.ts'
import { deferralRuleEntry, highestLevelEntry } from '../factors/enrolled.ts'
import type { WholeLogin } from '../factors/factor.ts'
import { createFinish } from './finish.ts'

const start = 1_800_000_000_000
const passkey = {
  factor: 'passkey',
  strength: 'phishing_resistant',
  authenticatorId: 'psk_a',
} as const
const provable = {
  password: { factor: 'password', strength: 'knowledge', amr: ['pwd'], authenticatorId: null },
  push: { factor: 'push', strength: 'number', amr: ['swk', 'user'], authenticatorId: 'dev_a' },
  passkey: { ...passkey, amr: ['pop', 'user', 'mfa'] },
  /** A user was present, but it is not known which one. */
  touched: { ...passkey, amr: ['pop', 'user'] },
} as const

/** As passkeys do it. */
const wholeLogin = { isEnough: ({ amr }) => amr.includes('mfa') } as WholeLogin

function createScene(db: Database) {
  let now = start
  const clock = { now: () => now }
  const limits = { idle: hours(8), absolute: hours(12) }
  const sessions = createSessions({ db, rows, clock, random, limits, log: silentLog })
  const store = createJourneyStore({ random, rows })
  const users = createUsers({ clock, random })
  const audit = createAudit({ keyring, clock })
  const hooks = createLoginHooks({ store, clock, events: createEvents() })
  const logins = createLogins({ sessions, audit, hooks })
  const finish = createFinish({
    ...{ users, sessions, store, audit, logins },
    authenticators: { remove: async () => undefined },
    factors: [{ kind: 'passkey', wholeLogin }],
  })
  let journeys = 0

  const proofOf = (userId: Id<'user'>, name: keyof typeof provable): Proof => ({
    userId,
    ...provable[name],
    provenAt: now,
  })

  /** Writes what the engine would: the proofs, then whatever they finish in. */
  async function end(
    userId: Id<'user'>,
    factors: readonly (keyof typeof provable)[],
    more: Partial<FinishContext> & { session?: LiveSession | undefined } = {},
  ): Promise<Finished | undefined> {
    const { session, ...context } = more
    const proofs = factors.map((factor) => proofOf(userId, factor))
    const journey = `journey-${++journeys}`
    const finished = await transact(db, async (tx) => {
      const result = await finish(tx, {
        journeyHash: journey,
        kind: 'login',
        request: { returnTo: '/', appId: 'app_mail' },
        userId,
        sessionId: undefined,
        proofs,
        path: [],
        data: {},
        ...{ client: clientWith(session), browserHash: 'browser', now },
        ...context,
      })
      for (const proof of proofs) {
        await store.insertProof(tx, journey, proof, result?.sessionId ?? null)
      }
      return result
    })
    return finished
  }

  return {
    sessions,
    end,
    proofOf,
    addUser: async (username: string) =>
      (await users.create(db, { username, displayName: username })).id,
    pass: (ms: number) => {
      now += ms
    },
    async login(userId: Id<'user'>, session?: LiveSession): Promise<LiveSession> {
      const { token } = (await end(userId, ['password'], { session })) as Finished
      return (await sessions.find(token)) as LiveSession
    },
    /** `shown`: the session that the browser holds by then. */
    stepUp: (session: LiveSession, shown: LiveSession | undefined) =>
      end(session.userId, ['push'], { kind: 'step_up', sessionId: session.id, session: shown }),
    offer: (
      session: LiveSession,
      shown: LiveSession | undefined,
      more: Pick<Partial<FinishContext>, 'path' | 'data'>,
      factors: readonly (keyof typeof provable)[] = [],
    ) =>
      end(session.userId, factors, {
        kind: 'offer',
        sessionId: session.id,
        session: shown,
        ...more,
      }),
    async audited(): Promise<string[]> {
      const rows = await db.selectFrom('audit_events').select('type').orderBy('seq').execute()
      return rows.map(({ type }) => type)
    },
  }
}

function clientWith(session: LiveSession | undefined): ClientFacts {
  return {
    address: '192.0.2.7',
    place: undefined,
    browser: undefined,
    userAgent: 'Mozilla/5.0',
    language: 'de',
    session,
  }
}

onEachEngine((engine) => {
  const say = (sentence: string) => `${sentence} (${engine.name})`

  test(say('a login becomes a session that says what was proven'), async (t) => {
    const { db } = await engine.open(t)
    const scene = createScene(db)
    const erika = await scene.addUser('erika')
    const { token, sessionId } = (await scene.end(erika, ['password', 'push'])) as Finished
    const session = await scene.sessions.find(token)
    assert.deepEqual(
      [session?.id, session?.userId, session?.acr, session?.amr, session?.authenticatedAt],
      [sessionId, erika, acrNumber, ['pwd', 'swk', 'user', 'mfa'], start],
    )
    const [listed] = await scene.sessions.listOf(erika)
    assert.deepEqual([listed?.address, listed?.userAgent], ['192.0.2.7', 'Mozilla/5.0'])
    assert.deepEqual(await scene.audited(), ['login_succeeded'])
  })

  test(say('a passkey that has checked the person stands for the password'), async (t) => {
    const { db } = await engine.open(t)
    const scene = createScene(db)
    const erika = await scene.addUser('erika')
    const { token } = (await scene.end(erika, ['passkey'])) as Finished
    const session = await scene.sessions.find(token)
    assert.deepEqual([session?.acr, session?.amr], [acrPhishingResistant, ['pop', 'user', 'mfa']])
  })

  test(say('nobody gets a session without a password'), async (t) => {
    const { db } = await engine.open(t)
    const scene = createScene(db)
    const erika = await scene.addUser('erika')
    for (const factors of [[], ['push'], ['touched'], ['push', 'touched']] as const) {
      await assert.rejects(scene.end(erika, factors), /a login without a first factor/)
    }
    assert.deepEqual(await scene.sessions.listOf(erika), [])
    assert.deepEqual(await scene.audited(), [])
  })

  test(say('a login of the same person renews the session under a new token'), async (t) => {
    const { db } = await engine.open(t)
    const scene = createScene(db)
    const erika = await scene.addUser('erika')
    const first = (await scene.end(erika, ['password'])) as Finished
    const session = await scene.sessions.find(first.token)
    scene.pass(60_000)
    const second = (await scene.end(erika, ['password', 'push'], { session })) as Finished
    assert.equal(second.sessionId, first.sessionId)
    assert.notEqual(second.token, first.token)
    assert.equal(await scene.sessions.find(first.token), undefined)
    const renewed = await scene.sessions.find(second.token)
    assert.deepEqual([renewed?.acr, renewed?.authenticatedAt], [acrNumber, start + 60_000])
    assert.equal((await scene.sessions.listOf(erika)).length, 1)
  })

  test(say('a renewed session says what the new login proved, and no more'), async (t) => {
    const { db } = await engine.open(t)
    const scene = createScene(db)
    const erika = await scene.addUser('erika')
    const { token } = (await scene.end(erika, ['password', 'push'])) as Finished
    const session = await scene.sessions.find(token)
    const renewed = await scene.login(erika, session)
    assert.deepEqual([renewed.acr, renewed.amr], [acrPassword, ['pwd']])
  })

  test(say('a login beside a session that has ended begins a new one'), async (t) => {
    const { db } = await engine.open(t)
    const scene = createScene(db)
    const session = await scene.login(await scene.addUser('erika'))
    await scene.sessions.end(db, session.id, 'logout')
    const again = await scene.login(session.userId, session)
    assert.notEqual(again.id, session.id)
  })

  test(
    say('a login of another person ends the session of this browser and tells so'),
    async (t) => {
      const { db } = await engine.open(t)
      const scene = createScene(db)
      const ended: string[] = []
      scene.sessions.onEnd(async (ids) => {
        ended.push(...ids)
      })
      const session = await scene.login(await scene.addUser('erika'))
      const elsewhere = await scene.login(session.userId)
      const other = await scene.login(await scene.addUser('max'), session)
      assert.notEqual(other.id, session.id)
      assert.equal(await scene.sessions.findById(session.id), undefined)
      assert.ok(await scene.sessions.findById(elsewhere.id))
      assert.deepEqual(ended, [session.id])
      const logins = ['login_succeeded', 'login_succeeded']
      assert.deepEqual(await scene.audited(), [...logins, 'session_ended', 'login_succeeded'])
    },
  )

  test(say('of a session that was over before nobody is told again'), async (t) => {
    const { db } = await engine.open(t)
    const scene = createScene(db)
    const session = await scene.login(await scene.addUser('erika'))
    await scene.sessions.end(db, session.id, 'logout')
    await scene.login(await scene.addUser('max'), session)
    assert.ok(!(await scene.audited()).includes('session_ended'))
  })

  test(say('a skip is remembered for the session that it was done in'), async (t) => {
    const { db } = await engine.open(t)
    const scene = createScene(db)
    const erika = await scene.addUser('erika')
    const path = ['password/check:passed', 'second-factor/offer:skipped']
    const rule = { secondFactor: 'optional', skips: 5 }
    const data = deferralRuleEntry.write(JSON.stringify(rule))
    const skipped = (await scene.end(erika, ['password'], { path, data })) as Finished
    const plain = (await scene.end(erika, ['password'])) as Finished
    assert.equal(await scene.sessions.findDeferrals(db, skipped.sessionId), JSON.stringify([rule]))
    assert.equal(await scene.sessions.findDeferrals(db, plain.sessionId), undefined)
  })

  test(
    say('an offer beside a session adds its skip, or what was registered, and no time'),
    async (t) => {
      const { db } = await engine.open(t)
      const scene = createScene(db)
      const session = await scene.login(await scene.addUser('erika'))
      scene.pass(60_000)
      const lax = { secondFactor: 'optional', skips: 5 }
      const strict = { secondFactor: 'required', skips: 3 }
      let shown: LiveSession | undefined = session
      for (const rule of [lax, strict, lax]) {
        const finished = await scene.offer(session, shown, {
          path: ['second-factor/offer:skipped'],
          data: deferralRuleEntry.write(JSON.stringify(rule)),
        })
        shown = await scene.sessions.find(finished?.token ?? '')
      }
      assert.deepEqual(
        [shown?.id, shown?.acr, shown?.authenticatedAt],
        [session.id, acrPassword, session.authenticatedAt],
      )
      const rules = await scene.sessions.findDeferrals(db, session.id)
      assert.deepEqual(JSON.parse(rules ?? ''), [strict, lax])

      const registered = await scene.offer(session, shown, {}, ['push'])
      const strong = await scene.sessions.find(registered?.token ?? '')
      assert.deepEqual([strong?.acr, strong?.authenticatedAt], [acrNumber, session.authenticatedAt])
      assert.deepEqual(await scene.audited(), ['login_succeeded', 'step_up_succeeded'])
      assert.equal(await scene.offer(session, undefined, {}), undefined, 'without its session')
    },
  )

  test(say('a step-up writes down why it is not higher, too'), async (t) => {
    const { db } = await engine.open(t)
    const scene = createScene(db)
    const session = await scene.login(await scene.addUser('erika'))
    const findRecorded = async () => {
      const rows = await db
        .selectFrom('audit_events')
        .select('data')
        .where('type', '=', 'step_up_succeeded')
        .orderBy('seq')
        .execute()
      return rows.map(({ data }) => JSON.parse(data).notHigher)
    }
    let shown: LiveSession | undefined = session
    for (const [kind, factor, level] of [
      ['step_up', 'push', acrNumber],
      ['step_up', 'push', acrPhishingResistant],
      ['offer', 'push', undefined],
      ['step_up', 'passkey', acrPhishingResistant],
    ] as const) {
      const data = level === undefined ? {} : highestLevelEntry.write(level)
      const one = { kind, sessionId: session.id, session: shown, data }
      const finished: Finished | undefined = await scene.end(session.userId, [factor], one)
      shown = await scene.sessions.find(finished?.token ?? '')
    }
    const nothing = 'nothing_stronger_registered'
    assert.deepEqual(await findRecorded(), [nothing, 'weaker_factor_used', nothing, null])
  })

  test(say('a login writes down its level and why it is not higher'), async (t) => {
    const { db } = await engine.open(t)
    const scene = createScene(db)
    const erika = await scene.addUser('erika')
    const writeLevel = highestLevelEntry.write
    await scene.end(erika, ['password'])
    await scene.end(erika, ['password'], { path: ['second-factor/offer:skipped'] })
    await scene.end(erika, ['password'], { path: ['second-factor/decline:declined'] })
    await scene.end(erika, ['password'], { data: writeLevel('none') })
    await scene.end(erika, ['password'], { data: writeLevel(acrNumber) })
    await scene.end(erika, ['password', 'push'], { data: writeLevel(acrNumber) })
    await scene.end(erika, ['password', 'push'], { data: writeLevel(acrPhishingResistant) })
    const rows = await db.selectFrom('audit_events').select('data').orderBy('seq').execute()
    assert.deepEqual(
      rows.map(({ data }) => JSON.parse(data).notHigher),
      [
        'not_asked',
        'put_off',
        'declined',
        'none_registered',
        'not_asked',
        'nothing_stronger_registered',
        'weaker_factor_used',
      ],
    )
  })

  test(
    say('a step-up adds strength, keeps the time of the login and changes the token'),
    async (t) => {
      const { db } = await engine.open(t)
      const scene = createScene(db)
      const erika = await scene.addUser('erika')
      const first = (await scene.end(erika, ['password'])) as Finished
      const session = (await scene.sessions.find(first.token)) as LiveSession
      scene.pass(60_000)
      const stepped = (await scene.stepUp(session, session)) as Finished
      assert.equal(stepped.sessionId, session.id)
      assert.equal(await scene.sessions.find(first.token), undefined)
      const stronger = await scene.sessions.find(stepped.token)
      assert.deepEqual(
        [stronger?.acr, stronger?.amr, stronger?.authenticatedAt],
        [acrNumber, ['pwd', 'swk', 'user', 'mfa'], start],
      )
      assert.deepEqual(await scene.audited(), ['login_succeeded', 'step_up_succeeded'])
    },
  )

  test(say('there is no step-up of a session that ended meanwhile'), async (t) => {
    const { db } = await engine.open(t)
    const scene = createScene(db)
    const session = await scene.login(await scene.addUser('erika'))
    await scene.sessions.end(db, session.id, 'logout')
    assert.equal(await scene.stepUp(session, session), undefined)
    assert.deepEqual(await scene.audited(), ['login_succeeded'])
  })

  test(say('there is no step-up when the browser holds no session or another one'), async (t) => {
    const { db } = await engine.open(t)
    const scene = createScene(db)
    const session = await scene.login(await scene.addUser('erika'))
    const other = await scene.login(session.userId)
    assert.equal(await scene.stepUp(session, other), undefined)
    assert.equal(await scene.stepUp(session, undefined), undefined)
    assert.equal((await scene.sessions.findById(session.id))?.acr, acrPassword)
  })

  test(say('a new login in a session is worth its own proofs, also after a step-up'), async (t) => {
    const { db } = await engine.open(t)
    const scene = createScene(db)
    const erika = await scene.addUser('erika')
    const { token } = (await scene.end(erika, ['password', 'passkey'])) as Finished
    const strong = await scene.sessions.find(token)
    assert.equal(strong?.acr, acrPhishingResistant)
    const weak = await scene.login(erika, strong)
    assert.deepEqual([weak.id, weak.acr], [strong?.id, acrPassword])
    const stepped = (await scene.stepUp(weak, weak)) as Finished
    const session = await scene.sessions.find(stepped.token)
    assert.deepEqual([session?.acr, session?.amr], [acrNumber, ['pwd', 'swk', 'user', 'mfa']])
  })
})
