/** The requests that wait, beside what another screen shows. The first screen does not need it, so it has a file of its own. */
import type { App } from './app.ts'
import { makeCall } from './calls.ts'
import { make } from './dom.ts'

export interface Calls {
  readonly element: HTMLElement
  update(): void
}

/** For a screen that shows something else. @param shown the id of a request that the screen itself is about */
export function makeCalls(app: App, shown?: string): Calls {
  const element = make('div', { class: 'calls', role: 'status' })
  let before = ''
  const update = () => {
    const waiting = app.listWaiting().filter(({ request }) => request.id !== shown)
    const now = JSON.stringify(waiting)
    if (now === before) return
    before = now
    element.replaceChildren(...waiting.map((one) => makeCall(app, one)))
  }
  update()
  return { element, update }
}
