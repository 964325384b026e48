/** A request that waits, as the person sees and opens it. */
import type { App } from './app.ts'
import { make, makeIcon } from './dom.ts'
import type { Waiting } from './looks.ts'
import { chooseWords } from './words.ts'

export function makeCall(app: App, waiting: Waiting): HTMLElement {
  const { account, app: name } = waiting.request
  const words = chooseWords(waiting.request, app.words)
  return make(
    'button',
    {
      ...{ type: 'button', class: 'card call', id: `call-${waiting.request.id}` },
      onclick: () => app.go({ type: 'request', waiting }),
    },
    makeIcon('bell'),
    make(
      'span',
      {},
      make('strong', {}, name === undefined ? words.waitingPlain : words.waiting(name)),
      make('small', {}, account),
    ),
  )
}
