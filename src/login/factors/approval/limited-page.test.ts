import assert from 'node:assert/strict'
import { test } from 'node:test'
import { message } from '../../../platform/ui/message.ts'
import { createStuckForm, retry } from './limited-page.ts'

const stuck = { others: [], restartPath: '/login' }

function findLook(more: Parameters<typeof createStuckForm>[3]): string | undefined {
  const { title, text } = {
    title: message('push.no_device.title'),
    text: message('push.no_device.text'),
  }
  const { prompts } = createStuckForm(title, text, stuck, more)
  const options = prompts.flatMap((one) => (one.type === 'choice' ? one.options : []))
  return options.find(({ value }) => value === 'trouble')?.look
}

test('the button that leads to the service desk is primary when it is the only one', () => {
  assert.equal(findLook([]), 'primary')
})

test('beside another button, the one that leads to the service desk is quiet', () => {
  assert.equal(findLook([retry]), 'quiet')
})
