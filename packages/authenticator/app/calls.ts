/** A request that waits, as the person sees and opens it. */
import type { Request } from '../protocol/messages.ts'
import type { App } from './app.ts'
import { make, makeIcon } from './dom.ts'
import type { Waiting } from './looks.ts'
import { chooseWords, type Words } from './words.ts'

export function makeCall(app: App, waiting: Waiting): HTMLElement {
  const { words } = app
  const { account } = waiting.request
  return make(
    'button',
    { type: 'button', class: 'card call', onclick: () => app.go({ type: 'request', waiting }) },
    makeIcon('bell'),
    make(
      'span',
      {},
      make('strong', {}, nameCall(waiting.request, chooseWords(waiting.request, words))),
      make('small', {}, account),
    ),
  )
}

function nameCall({ kind, confirms, app }: Request, words: Words): string {
  if (kind === 'login' && confirms === 'account') return words.waitingAccount
  const plain = {
    login: words.waitingPlain,
    enrolment: words.enrolmentTitle,
    test: words.testTitle,
    caller: words.waitingCaller,
    move: words.moveTitle,
  }[kind]
  return app === undefined ? plain : words.waiting(app)
}
