/** A request that waits, as the person sees and opens it. */
import type { App } from './app.ts'
import { make, makeIcon } from './dom.ts'
import type { Waiting } from './looks.ts'

export function makeCall(app: App, waiting: Waiting): HTMLElement {
  const { words } = app
  const { app: name, account, kind } = waiting.request
  const plain = kind === 'move' ? words.moveTitle : words.waitingPlain
  return make(
    'button',
    { type: 'button', class: 'card call', onclick: () => app.go({ type: 'request', waiting }) },
    makeIcon('bell'),
    make(
      'span',
      {},
      make('strong', {}, name === undefined ? plain : words.waiting(name)),
      make('small', {}, account),
    ),
  )
}
