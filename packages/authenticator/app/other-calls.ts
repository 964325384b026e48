/** Shows waiting requests on other screens. A file of its own, as the first screen does not use it. */
import type { App } from './app.ts'
import { makeCall } from './calls.ts'
import { make } from './dom.ts'

export interface Calls {
  readonly element: HTMLElement
  update(): void
}

/** For screens that show something else. @param shown the id of the request that the screen itself shows */
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
