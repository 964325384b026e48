import assert from 'node:assert/strict'
import { test } from 'node:test'
import { message } from '../../../platform/ui/message.ts'
import { createDoneForm } from './done.ts'

test('the page distinguishes a new device from an old one of the same name', () => {
  const saidOf = (name: string | null, replaced?: string) =>
    createDoneForm({
      newest: { kind: 'push', name },
      replaced,
      offered: [],
      app: undefined,
    }).prompts.flatMap((one) => (one.type === 'notice' ? [one.text] : []))
  assert.deepEqual(saidOf('Terminal', 'Terminal'), [
    message('done.text.replaced.same', { device: 'Terminal' }),
  ])
  assert.deepEqual(saidOf('New', 'Old'), [
    message('done.text.replaced.named', { device: 'New', old: 'Old' }),
  ])
  assert.deepEqual(saidOf('New', ''), [message('done.text.replaced')])
  assert.deepEqual(saidOf('New'), [message('done.text.named', { device: 'New' })])
})
