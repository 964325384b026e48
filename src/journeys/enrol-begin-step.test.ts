import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Visit } from '../engine/step.ts'
import type { OwnAuthenticator, WayName } from '../factors/factor.ts'
import type { Database } from '../storage/database.ts'
import { createEnrolBeginStep } from './enrol-begin-step.ts'

const held = (kind: WayName) =>
  ({ id: `${kind}-1`, kind, name: 'Diensttelefon' }) as OwnAuthenticator

async function leadOf(
  own: readonly OwnAuthenticator[],
  authenticator: NonNullable<Visit['request']['authenticator']>,
) {
  const step = createEnrolBeginStep({
    db: {} as Database,
    holdings: {
      list: async () => [...own],
      find: async (_db, _user, id) => own.find((one) => one.id === id),
    },
    kinds: ['push', 'recovery'],
  })
  const request = { returnTo: '/account/authenticators', authenticator }
  const result = await step.run({ answers: undefined, userId: 'usr_erika', request } as Visit)
  return result.type === 'ask' ? [result.ask.title.key, result.ask.lead?.key] : result.outcome
}

test('first recovery codes are not said to replace earlier ones', async () => {
  const title = 'enrol.begin.recovery.title'
  const first = await leadOf([held('push')], { kind: 'recovery' })
  assert.deepEqual(first, [title, 'enrol.begin.recovery.lead.first'])
  const next = await leadOf([held('push'), held('recovery')], { kind: 'recovery' })
  assert.deepEqual(next, [title, 'enrol.begin.recovery.lead'])
})

test('the page says what is added, or what is replaced', async () => {
  const push = ['enrol.begin.push.title', 'enrol.begin.push.lead']
  assert.deepEqual(await leadOf([], { kind: 'push' }), push)
  const replaced = await leadOf([held('push')], { kind: 'push', replaces: 'push-1' })
  assert.deepEqual(replaced, ['enrol.begin.replace.title', 'enrol.begin.replace.lead'])
  assert.equal(await leadOf([], { kind: 'totp' }), 'cancelled')
})
