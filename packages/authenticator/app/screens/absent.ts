/**
 * For a link from a login page whose request does not wait on this phone: another phone is asked, or the accounts are in
 * another app.
 */

import { type Account, hasEnded } from '../../device/account.ts'
import type { App, MakeScreen, Screen } from '../app.ts'
import { make } from '../dom.ts'
import { makeResult } from '../later-parts.ts'
import { makeCalls } from '../other-calls.ts'
import { makeButton } from '../parts.ts'
import { describeAnswered } from './answered.ts'
import { makeHome } from './home.ts'

export const makeAbsent: MakeScreen<'absent'> = async (app, { requestId }) => {
  const { words } = app
  const accounts = (await app.database.list()).filter((one) => !hasEnded(one))
  if (accounts.some((one) => isUnsure(app, one))) return await makeHome(app, { type: 'home' })
  const here = accounts.flatMap(({ answered = [] }) => answered).find(({ id }) => id === requestId)
  const home = makeButton(words.close, () => app.go({ type: 'home' }))
  if (here !== undefined) return { element: makeResult(describeAnswered(here, words), [home]) }
  return makeElsewhere(app, accounts.length > 0 ? words.absentOver : words.absentApp, home)
}

/** Whether it is unknown what waits, because the server did not reply. */
const isUnsure = (app: App, { id }: Account): boolean => app.findLook(id)?.type !== 'done'

function makeElsewhere(app: App, text: string, home: HTMLElement): Screen {
  const { words } = app
  const calls = makeCalls(app)
  return {
    onChange: calls.update,
    element: make(
      'section',
      {},
      calls.element,
      make('h1', {}, words.absentTitle),
      make('p', {}, words.absentOther),
      make('h2', {}, words.absentAsk),
      make('p', {}, text),
      home,
    ),
  }
}
