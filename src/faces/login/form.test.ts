import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createTestFrame } from '../../dev/test-support/frame.ts'
import { toResponse } from '../../dev/test-support/response.ts'
import type { JourneyView } from '../../login/engine/view.ts'
import { type JourneyPagesOptions, respond } from './form.ts'

const now = 1_800_000_000_000
const frame = createTestFrame()

async function readOpenerPolicy(view: JourneyView): Promise<string | null> {
  const options = { frame, now: () => now } as JourneyPagesOptions
  const address = new Request('http://localhost:8080/login/a')
  const reply = await respond(options, frame.createAnonymous(address), view, { action: '/login/a' })
  return toResponse(reply).headers.get('cross-origin-opener-policy')
}

for (const keepsOpener of [true, undefined]) {
  const stays = keepsOpener ? 'stays connected with' : 'is cut off from'
  test(`the page of a finished or expired login ${stays} the app that opened its window, for the kind ${keepsOpener ? 'popup' : 'page'}`, async () => {
    const request = { returnTo: '/', ...(keepsOpener && { keepsOpener }) }
    const restartPath = '/login'
    const expected = keepsOpener ? 'unsafe-none' : 'same-origin'
    const over = { type: 'over', sessionId: null, finishedAt: now, request, restartPath } as const
    assert.equal(await readOpenerPolicy(over), expected)
    assert.equal(await readOpenerPolicy({ type: 'expired', request, restartPath }), expected)
  })
}
