import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Fault } from '../platform/kernel/fault.ts'
import type { Engine } from './engine/engine.ts'
import type { JourneyView } from './engine/view.ts'
import { createFunnel } from './funnel.ts'

/** An engine that shows the view that a test sets, and the counters of the funnel. */
function openFunnel() {
  const funnel = createFunnel()
  let next: object | Error = { type: 'page' }
  const show = async () => {
    if (next instanceof Error) throw next
    return next as JourneyView
  }
  const engine = { preview: show, begin: show, look: show, submit: show } as unknown as Engine
  const watched = funnel.watch(engine)
  const client = {} as never
  return {
    funnel,
    preview: (kind: 'login' | 'step_up') => watched.preview(kind, {} as never, client),
    async begin(view: object | Error, kind = 'login') {
      next = view
      await watched.begin({ kind } as never, client).catch(() => undefined)
    },
    async submit(view: object) {
      next = view
      await watched.submit({} as never, {} as never, client)
    },
    async read() {
      const samples = await Promise.all(funnel.metrics.map(async (one) => await one.read()))
      const named = samples.flat().filter(({ value }) => value > 0)
      const [shown, begun] = samples.map(([first]) => first?.value)
      const ends = named
        .filter(({ labels }) => labels.end)
        .map(({ labels, value }) => `${labels.end} ${value}`)
      return { shown, begun, ends }
    },
  }
}

const page = (status?: number) => ({ type: 'page', ...(status && { formError: { status } }) })

test('only the pages of logins are counted, not those of other journeys', async () => {
  const { preview, read } = openFunnel()
  await preview('login')
  await preview('step_up')
  assert.equal((await read()).shown, 1)
})

test('each first answer is counted as a begun login, and most of them also as its end', async () => {
  const { begin, read } = openFunnel()
  for (const view of [
    page(422),
    page(429),
    { type: 'finished', kind: 'login' },
    { type: 'moved' },
    new Fault('unavailable', 'away'),
    new Fault('too_many_requests', 'too many'),
    new Fault('bad_request', 'wrong'),
    new TypeError('a mistake'),
  ]) {
    await begin(view)
  }
  assert.deepEqual(await read(), {
    shown: 0,
    begun: 8,
    ends: ['logged_in 1', 'refused 2', 'limited 2', 'unavailable 1', 'failed 1'],
  })
})

test('a page without an error, or another kind of journey, is not counted as a begun login', async () => {
  const { begin, read } = openFunnel()
  await begin(page())
  await begin(new Fault('unavailable', 'away'), 'step_up')
  assert.deepEqual(await read(), { shown: 0, begun: 0, ends: [] })
})

test('a login in progress ends when the user logs in or leaves, or when it expires', async () => {
  const { funnel, submit, read } = openFunnel()
  await submit({ type: 'moved' })
  await submit({ type: 'finished', kind: 'login' })
  await submit({ type: 'finished', kind: 'step_up' })
  await submit({ type: 'left', cancelled: { kind: 'login' } })
  await submit({ type: 'left' })
  funnel.noteEnd('expired', 3)
  assert.deepEqual((await read()).ends, ['logged_in 1', 'left 1', 'expired 3'])
})
