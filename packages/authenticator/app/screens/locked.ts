/** The screen of the locked app: only a button that unlocks it. */

import type { MakeScreen } from '../app.ts'
import { openLock } from '../app-lock.ts'
import { make } from '../dom.ts'
import { makeResult, makeStatus } from '../later-parts.ts'
import { makeButton } from '../parts.ts'

export const makeLocked: MakeScreen<'locked'> = async (app, { next }) => {
  const { words, database } = app
  const status = makeStatus()
  const open = async () => {
    const { lockId } = await database.readSettings()
    if (lockId === undefined || (await openLock(lockId))) return app.unlock(next)
    status.say(words.appLockRefused)
  }
  const forget = async () => {
    const all = await database.list()
    const { sayGoodbye } = await import('../remove-account.ts')
    await Promise.all(all.map((one) => sayGoodbye(app, one)))
    for (const { id } of all) await database.remove(id)
    await database.writeSettings({})
    app.unlock({ type: 'home' })
  }
  const lost = make(
    'details',
    {},
    make('summary', {}, words.appLockLost),
    make('p', {}, words.appLockLostHelp),
    makeButton(words.appLockForget, () => void forget(), 'danger'),
  )
  const button = makeButton(words.appLockOpen, () => void open())
  return {
    element: make(
      'section',
      {},
      makeResult({ title: words.appLockedTitle, text: words.appLockedHelp, icon: 'lock' }, [
        status.element,
        button,
      ]),
      lost,
    ),
    focus: button,
  }
}
