import assert from 'node:assert/strict'
import { test } from 'node:test'
import { onEachEngine } from '../../../dev/test-support/on-each-engine.ts'
import { createRecoveryScene, hashed } from '../../../dev/test-support/recovery-scene.ts'
import { acrNumber } from '../../../identity/policy/assurance.ts'
import { minutes } from '../../../platform/kernel/clock.ts'
import type { Database } from '../../../platform/storage/database.ts'
import { transact } from '../../../platform/storage/transact.ts'
import type { JourneyData } from '../../engine/data.ts'
import type { Answers, StepResult } from '../../engine/step.ts'
import { codesLeftEntry } from '../enrolled.ts'
import { failureLimit } from '../lockout.ts'
import { createFindEnrolled } from './authenticators.ts'
import { codesInSet, cutPrefix, fewCodes, formatCode } from './codes.ts'
import { sealedEntry } from './enrol-step.ts'
import { usedEntry } from './verify-step.ts'

type Result = StepResult<string>
const outcomeOf = (result: Result) => (result.type === 'done' ? result.outcome : 'ask')
const statusOf = (result: Result) => (result.type === 'ask' ? result.formError?.status : undefined)
const titleOf = (result: Result) =>
  result.type === 'ask' ? result.formError?.title.key : undefined

function shownOn(result: Result): readonly string[] {
  const prompts = result.type === 'ask' ? result.form.prompts : []
  return prompts.flatMap((prompt) => (prompt.type === 'codes' ? prompt.values : []))
}

function valuesOf(result: Result): string[] {
  const prompts = result.type === 'ask' ? result.form.prompts : []
  return prompts.flatMap((prompt) =>
    prompt.type === 'choice' ? prompt.options.map(({ value }) => value) : [],
  )
}

async function useUp(db: Database, codes: readonly string[]): Promise<void> {
  const prefixes = codes.map(cutPrefix)
  await db
    .updateTable('recovery_codes')
    .set({ used_at: 1 })
    .where('prefix', 'in', prefixes)
    .execute()
}

/** Without those of wrong codes, which have tests of their own. */
async function auditTypes(db: Database): Promise<string[]> {
  const rows = await db.selectFrom('audit_events').select('type').orderBy('seq').execute()
  return rows.map(({ type }) => type).filter((type) => type !== 'second_factor_failed')
}

onEachEngine((engine) => {
  const say = (sentence: string) => `${sentence} (${engine.name})`

  test(say('a code, typed in small letters with blanks, confirms once'), async (t) => {
    const { db } = await engine.open(t)
    const { addUser, addCodes, confirm, write, noticed } = createRecoveryScene(db)
    const userId = await addUser()
    const [first = ''] = await addCodes(userId)
    const code = formatCode(first).toLowerCase().replaceAll('-', ' ')
    const result = await confirm(userId, { action: 'confirm', code })
    assert.equal(outcomeOf(result), 'confirmed')
    const { authenticatorId, ...proof } = result.change?.proof ?? {}
    assert.deepEqual(proof, { factor: 'recovery', strength: 'possession', amr: ['otp'] })
    assert.match(`${authenticatorId}`, /^rec_/)
    assert.equal(await write(result), true)
    const again = await confirm(userId, { code })
    assert.deepEqual([statusOf(again), titleOf(again)], [422, 'recovery.wrong.title'])
    assert.deepEqual(
      noticed.map(({ kind, facts }) => [kind, facts.left, facts.address]),
      [['recovery_code_used', codesInSet - 1, '192.0.2.7']],
    )
    assert.deepEqual(await auditTypes(db), ['recovery_code_used'])
    const { data } = await db.selectFrom('audit_events').select('data').executeTakeFirstOrThrow()
    assert.doesNotMatch(data, new RegExp(first))
  })

  test(say('A20: a code that many use at once lets one in'), async (t) => {
    const [{ db }, other] = await engine.openTwice(t)
    const [one, two] = [createRecoveryScene(db), createRecoveryScene(other.db)]
    const userId = await one.addUser()
    const [code = ''] = await one.addCodes(userId)
    const tries = Array.from({ length: 20 }, async (_, i) => {
      const node = i % 2 === 0 ? one : two
      const result = await node.confirm(userId, { code })
      return result.type === 'done' && (await node.write(result))
    })
    assert.equal((await Promise.all(tries)).filter((passed) => passed).length, 1)
    assert.equal((await one.store.findLeft(db, userId))?.left, codesInSet - 1)
  })

  test(say('A20: of two that were right with one code, one gets in'), async (t) => {
    const { db } = await engine.open(t)
    const { addUser, addCodes, confirm, write } = createRecoveryScene(db)
    const userId = await addUser()
    const [code = ''] = await addCodes(userId)
    const [one, two] = [await confirm(userId, { code }), await confirm(userId, { code })]
    assert.deepEqual([outcomeOf(one), outcomeOf(two)], ['confirmed', 'confirmed'])
    assert.deepEqual([await write(one), await write(two)], [true, false])
    assert.deepEqual(await auditTypes(db), ['recovery_code_used'])
  })

  test(say('A20: a right code counts no more when codes come to be off before'), async (t) => {
    const { db } = await engine.open(t)
    const { addUser, addCodes, confirm, write } = createRecoveryScene(db)
    const userId = await addUser()
    const [code = ''] = await addCodes(userId)
    const right = await confirm(userId, { code })
    assert.equal(outcomeOf(right), 'confirmed')
    const off = { failures: failureLimit, last_failure_at: 1, off_at: 1 }
    await db.updateTable('factor_failures').set(off).execute()
    assert.equal(await write(right), false)
  })

  test(
    say('a page speaks of codes of an earlier sign-in only to a user who has some'),
    async (t) => {
      const { db } = await engine.open(t)
      const { addUser, addCodes, confirm, store } = createRecoveryScene(db)
      const userId = await addUser()
      const read = async (answers?: Answers) => {
        const result = await confirm(userId, answers)
        assert.ok(result.type === 'ask')
        return [result.form.lead, result.formError?.text].flatMap((one) => one?.key ?? [])
      }
      await addCodes(userId)
      assert.deepEqual(await read(), ['recovery.lead'])
      assert.deepEqual(await read({ code: 'x' }), ['recovery.lead', 'recovery.malformed.text'])
      const stored = await store.prepare(['aB3dE6gH9k'])
      await transact(db, (tx) => store.add(tx, userId, stored))
      assert.deepEqual(await read({ code: 'x' }), [
        ...['recovery.lead.foreign', 'recovery.malformed.foreign'],
      ])
      assert.equal(outcomeOf(await confirm(userId, { code: 'aB3dE6gH9k' })), 'confirmed')
    },
  )

  test(say('A20: guesses of codes wait and end, whatever is done in between'), async (t) => {
    const { db } = await engine.open(t)
    const { addUser, addCodes, confirm, clock, lockout, create } = createRecoveryScene(db)
    const userId = await addUser()
    const [code = ''] = await addCodes(userId)
    const guess = { code: 'ABCD-EFGH-JKMN-PQRS' }
    for (const typed of ['', 'ABCD', '123456', 'U'.repeat(16)]) {
      assert.equal(statusOf(await confirm(userId, { code: typed })), 422)
    }
    for (let i = 0; i < 5; i++) assert.equal(statusOf(await confirm(userId, guess)), 422)
    assert.equal(statusOf(await confirm(userId, { code })), 429)
    for (let i = 5; i < failureLimit; i++) {
      clock.time += minutes(15)
      assert.equal(statusOf(await confirm(userId, guess)), 422)
    }
    clock.time += minutes(15)
    const refused = await confirm(userId, { code })
    assert.equal(titleOf(refused), 'factor.off.title')
    // No field for what is not taken.
    assert.deepEqual(refused.type === 'ask' && refused.form.prompts.map(({ type }) => type), [
      'choice',
    ])
    // A code of a new set is valid: a person who may make one has proven more than a code.
    const { data } = await create(userId, {}, undefined, true)
    const { result } = await create(userId, data, undefined, true)
    await create(userId, data, { action: 'saved' }, true)
    assert.deepEqual([...(await lockout.findLockedKinds(db, userId))], [])
    clock.time += minutes(15)
    const [fresh = ''] = shownOn(result)
    assert.equal(outcomeOf(await confirm(userId, { code: fresh })), 'confirmed')
  })

  test(say('a code of somebody else and of an older set is wrong'), async (t) => {
    const { db } = await engine.open(t)
    const { addUser, addCodes, confirm } = createRecoveryScene(db)
    const [erika, max] = [await addUser('erika'), await addUser('max')]
    const [old = ''] = await addCodes(erika)
    const [foreign = ''] = await addCodes(max)
    const [current = ''] = await addCodes(erika)
    for (const code of [old, foreign]) assert.equal(statusOf(await confirm(erika, { code })), 422)
    assert.equal(outcomeOf(await confirm(erika, { code: current })), 'confirmed')
  })

  test(
    say('new codes count when they are said to be saved; until then the older ones do'),
    async (t) => {
      const { db } = await engine.open(t)
      const { addUser, addCodes, create, confirm, noticed } = createRecoveryScene(db)
      const userId = await addUser()
      const [old = ''] = await addCodes(userId)
      const first = await create(userId, {}, undefined, true)
      const shown = shownOn(first.result)
      assert.equal(shown.length, codesInSet)
      const again = await create(userId, first.data, undefined, true)
      assert.deepEqual(shownOn(again.result), shown, 'the same when the page is loaded again')
      const plain = shown.map((one) => one.replaceAll('-', ''))
      const data = JSON.stringify(first.data)
      for (const one of [...shown, ...plain])
        assert.ok(!data.includes(one), 'sealed in the journey')
      assert.equal(statusOf(await confirm(userId, { code: plain[0] ?? '' })), 422)
      assert.equal(outcomeOf(await confirm(userId, { code: old })), 'confirmed')

      const saved = await create(userId, first.data, { action: 'saved' }, true)
      assert.equal(outcomeOf(saved.result), 'created')
      assert.equal(sealedEntry.read(saved.data), undefined)
      assert.equal(statusOf(await confirm(userId, { code: old })), 422)
      assert.equal(outcomeOf(await confirm(userId, { code: plain[0] ?? '' })), 'confirmed')
      assert.deepEqual(
        noticed.map(({ kind, facts }) => [kind, facts.left]),
        [['recovery_codes_created', codesInSet]],
      )
      assert.deepEqual(await auditTypes(db), ['recovery_codes_created'])
      const stored = JSON.stringify(await db.selectFrom('recovery_codes').selectAll().execute())
      for (const one of [...shown, ...plain]) assert.ok(!stored.includes(one), 'never in the clear')
    },
  )

  test(say('new codes say whose they are and of which day, so that a printout does'), async (t) => {
    const { db } = await engine.open(t)
    const { addUser, create, clock } = createRecoveryScene(db)
    const { result } = await create(await addUser('erika'), {}, undefined, true)
    assert.ok(result.type === 'ask')
    const shown = result.form.prompts.find(({ type }) => type === 'codes')
    assert.ok(shown?.type === 'codes')
    assert.deepEqual(shown.note.values, { username: 'erika', day: clock.now() })
  })

  test(say('who leaves the page keeps the older codes'), async (t) => {
    const { db } = await engine.open(t)
    const { addUser, addCodes, create, confirm } = createRecoveryScene(db)
    const userId = await addUser()
    const [old = ''] = await addCodes(userId)
    const { data } = await create(userId, {}, undefined, true)
    const left = await create(userId, data, { action: 'back' }, true)
    assert.equal(outcomeOf(left.result), 'passed')
    assert.equal(sealedEntry.read(left.data), undefined)
    assert.equal(outcomeOf(await confirm(userId, { code: old })), 'confirmed')
  })

  test(
    say(
      'a login shows the page to a person who has no code, or has just used one and has few left, and once',
    ),
    async (t) => {
      const { db } = await engine.open(t)
      const { addUser, addCodes, create } = createRecoveryScene(db)
      const userId = await addUser()
      const page = await create(userId, {})
      assert.deepEqual(valuesOf(page.result), ['saved', 'back'])
      const later = await create(userId, page.data, { action: 'back' })
      assert.equal(outcomeOf((await create(userId, later.data)).result), 'passed')
      const written = await addCodes(userId)
      assert.equal(outcomeOf((await create(userId, {})).result), 'passed')
      const many = await create(userId, usedEntry.write(true))
      assert.equal(outcomeOf(many.result), 'passed')
      await useUp(db, written.slice(fewCodes))
      const used = await create(userId, usedEntry.write(true))
      assert.equal(shownOn(used.result).length, codesInSet)
      const saved = await create(userId, used.data, { action: 'saved' })
      assert.equal(outcomeOf(saved.result), 'created')
      assert.equal(outcomeOf((await create(userId, saved.data)).result), 'passed')
    },
  )

  test(
    say('after a code one line says how many are left, once; where few are left, new ones come'),
    async (t) => {
      const { db } = await engine.open(t)
      const { addUser, addCodes, confirm, create } = createRecoveryScene(db)
      const userId = await addUser()
      const [code = ''] = await addCodes(userId)
      const { change } = await confirm(userId, { code })
      assert.equal(codesLeftEntry.read(change?.data ?? {}), codesInSet - 1)
      const used = { ...usedEntry.write(true), ...codesLeftEntry.write(codesInSet - 1) }
      const { result, data } = await create(userId, used as JourneyData)
      assert.ok(result.type === 'ask')
      assert.deepEqual(result.form.lead, {
        key: 'codes.left',
        values: { left: codesInSet - 1 },
      })
      assert.deepEqual(valuesOf(result), ['next'])
      assert.equal(outcomeOf((await create(userId, data, { action: 'saved' })).result), 'ask')
      const next = await create(userId, data, { action: 'next' })
      assert.equal(outcomeOf(next.result), 'passed')
      assert.equal(outcomeOf((await create(userId, next.data)).result), 'passed')
      const rest = await addCodes(userId)
      const [few = ''] = rest
      await useUp(db, rest.slice(fewCodes + 1))
      const after = (await confirm(userId, { code: few })).change
      assert.equal(codesLeftEntry.read(after?.data ?? {}), undefined)
    },
  )

  test(say('where codes are switched off, none is made and none is had'), async (t) => {
    const { db } = await engine.open(t)
    const { addUser, addCodes, create, store } = createRecoveryScene(db, { isOn: false })
    const userId = await addUser()
    await addCodes(userId)
    for (const asked of [true, false]) {
      const data = usedEntry.write(true)
      assert.equal(outcomeOf((await create(userId, data, undefined, asked)).result), 'passed')
    }
    assert.equal(await createFindEnrolled(store, false)(db, userId), undefined)
  })

  test(
    say('a login that set up a factor passes by unless the installation wants codes'),
    async (t) => {
      const { db } = await engine.open(t)
      const { addUser, create } = createRecoveryScene(db, { atEnrolment: false })
      const userId = await addUser()
      assert.equal(outcomeOf((await create(userId, {})).result), 'passed')
      assert.equal(shownOn((await create(userId, {}, undefined, true)).result).length, codesInSet)
      const used = usedEntry.write(true)
      assert.equal(shownOn((await create(userId, used)).result).length, codesInSet)
    },
  )

  test(say('how many are left is told'), async (t) => {
    const { db } = await engine.open(t)
    const { addUser, addCodes, confirm, write, store } = createRecoveryScene(db)
    const userId = await addUser()
    const findEnrolled = createFindEnrolled(store, true)
    assert.equal(await findEnrolled(db, userId), undefined)
    const codes = await addCodes(userId)
    for (const [i, code] of codes.entries()) {
      assert.deepEqual((await findEnrolled(db, userId))?.hint, {
        key: 'other.recovery.hint',
        values: { left: codesInSet - i },
      })
      await write(await confirm(userId, { code }))
    }
    assert.equal(await findEnrolled(db, userId), undefined)
  })

  test(say('another way is shown and taken only where there is one'), async (t) => {
    const { db } = await engine.open(t)
    const alone = createRecoveryScene(db)
    const userId = await alone.addUser()
    assert.deepEqual(valuesOf(await alone.confirm(userId)), ['confirm', 'cancel'])
    assert.equal(outcomeOf(await alone.confirm(userId, { action: 'other', code: '' })), 'ask')
    const both = createRecoveryScene(db, { hasOther: true })
    assert.deepEqual(valuesOf(await both.confirm(userId)), ['confirm', 'other', 'cancel'])
    const other = await both.confirm(userId, { action: 'other', code: '' })
    assert.deepEqual(other, { type: 'done', outcome: 'other' })
  })

  test(say('of many copies of one answer a set is hashed for hardly more than one'), async (t) => {
    const { db } = await engine.open(t)
    const { addUser, create, createAtOnce } = createRecoveryScene(db)
    const userId = await addUser()
    const { data } = await create(userId, {}, undefined, true)
    const before = hashed.length
    const results = await createAtOnce(userId, data, 50)
    // The second may have looked before the first had moved the journey.
    assert.ok(results.filter((result) => result.type === 'done').length <= 2)
    assert.ok(hashed.length - before <= 2 * codesInSet)
    assert.ok(results.every((result) => statusOf(result) === undefined))
  })

  test(say('after five sets in a row the next has to wait, and costs no hash'), async (t) => {
    const { db } = await engine.open(t)
    const { addUser, create, clock } = createRecoveryScene(db)
    const userId = await addUser()
    const makeSet = async () => {
      const { data } = await create(userId, {}, undefined, true)
      return (await create(userId, data, { action: 'saved' }, true)).result
    }
    for (let n = 0; n < 5; n += 1) assert.equal(outcomeOf(await makeSet()), 'created')
    const before = hashed.length
    const result = await makeSet()
    assert.deepEqual([statusOf(result), titleOf(result)], [429, 'factor.wait.title'])
    assert.equal(hashed.length, before)
    clock.time += 1000
    assert.equal(outcomeOf(await makeSet()), 'created')
  })

  test(say('A10: nobody gets codes before there is a factor that they stand in for'), async (t) => {
    const { db } = await engine.open(t)
    const { addUser, create, store, highest } = createRecoveryScene(db)
    const userId = await addUser()
    highest.of = undefined
    assert.equal(outcomeOf((await create(userId, {}, undefined, true)).result), 'passed')
    highest.of = acrNumber
    const { data } = await create(userId, {}, undefined, true)
    highest.of = undefined
    assert.equal(
      outcomeOf((await create(userId, data, { action: 'saved' }, true)).result),
      'passed',
    )
    assert.equal(await store.findLeft(db, userId), undefined)
  })
})
