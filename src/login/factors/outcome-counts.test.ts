import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { EventType } from '../../identity/audit/event.ts'
import type { Queries } from '../../platform/storage/database.ts'
import { factorEvents } from './events.ts'
import { listFactors } from './index.ts'
import { createOutcomeCounts } from './outcome-counts.ts'

function openCounts() {
  const counts = createOutcomeCounts()
  let isAway = false
  const audit = counts.watch({
    async record() {
      if (isAway) throw new Error('away')
    },
  })
  const note = (event: EventType<never>, facts: object) =>
    audit.record({} as Queries, event as unknown as EventType, facts as never)
  const readNonZero = async () =>
    (await counts.metric.read())
      .filter(({ value }) => value > 0)
      .map(({ labels, value }) => `${labels.factor} ${labels.outcome} ${value}`)
  const goAway = () => {
    isAway = true
  }
  return { counts, note, readNonZero, goAway }
}

const eventOf = (kind: string, name: string): EventType<never> => {
  const event = listFactors().find((one) => one.kind === kind)?.events[name]
  if (event === undefined) throw new Error(`${kind} has no event ${name}`)
  return event as unknown as EventType<never>
}

test('every kind of factor starts with a zero count of every outcome', async () => {
  const samples = await createOutcomeCounts().metric.read()
  assert.equal(samples.length, listFactors().length * 8)
  assert.ok(samples.every(({ value }) => value === 0))
})

test('answers of both kinds of phones are counted only when they are for a login', async () => {
  const { note, readNonZero } = openCounts()
  const push = eventOf('push', 'answered')
  const own = eventOf('authenticator', 'answered')
  for (const outcome of ['approved', 'denied', 'wrong_number'])
    await note(push, { purpose: 'login', outcome })
  await note(push, { purpose: 'caller', outcome: 'denied' })
  await note(own, { purpose: 'login', outcome: 'wrong_code' })
  await note(eventOf('push', 'heldBack'), { reason: 'limit', times: 4 })
  assert.deepEqual(await readNonZero(), [
    'authenticator wrong_number 1',
    'push verified 1',
    'push denied 1',
    'push wrong_number 1',
    'push held_back 4',
  ])
})

test('codes and passkeys are counted by outcome, and throttled attempts by their number', async () => {
  const { note, readNonZero } = openCounts()
  const failed = factorEvents.failed as unknown as EventType<never>
  await note(eventOf('totp', 'used'), {})
  await note(failed, { kind: 'totp', reason: 'wrong' })
  await note(failed, { kind: 'totp', reason: 'throttled', times: 12 })
  await note(failed, { kind: 'nothing', reason: 'wrong' })
  await note(eventOf('passkey', 'refused'), { reason: 'cloned' })
  assert.deepEqual(await readNonZero(), [
    'totp verified 1',
    'totp wrong 1',
    'totp throttled 12',
    'passkey refused 1',
  ])
})

test('an event that the audit log did not record is not counted', async () => {
  const { note, readNonZero, goAway } = openCounts()
  goAway()
  await assert.rejects(note(eventOf('totp', 'used'), {}))
  assert.deepEqual(await readNonZero(), [])
})
