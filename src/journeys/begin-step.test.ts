import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Visit } from '../engine/step.ts'
import { createBeginStep } from './begin-step.ts'

const step = createBeginStep({
  appName: async (id) => (id === 'app_mail' ? 'Webmail' : undefined),
})

function visit(answers: Visit['answers'], appId?: string): Visit {
  return { answers, request: { returnTo: '/', ...(appId !== undefined && { appId }) } } as Visit
}

test('a step-up begins by its button and by nothing else', async () => {
  const begun = await step.run(visit({ action: 'begin' }))
  assert.deepEqual(begun, { type: 'done', outcome: 'begun' })
  for (const answers of [undefined, {}, { action: '' }, { action: 'skip' }]) {
    const result = await step.run(visit(answers))
    assert.equal(result.type, 'ask')
    assert.equal(result.change, undefined, 'a page that was only opened moves nothing')
  }
})

test('the page of a step-up names the app that asks for it', async () => {
  const named = await step.run(visit(undefined, 'app_mail'))
  assert.deepEqual(named.type === 'ask' && named.ask.lead, {
    key: 'stepup.lead',
    values: { app: 'Webmail' },
  })
  const plain = await step.run(visit(undefined, 'app_gone'))
  assert.deepEqual(plain.type === 'ask' && plain.ask.lead, { key: 'stepup.lead.plain' })
})
