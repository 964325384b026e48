/** Asks for notifications at a moment when it can explain why, and then leads to the first request. */

import type { Account } from '../../device/account.ts'
import type { App, MakeScreen } from '../app.ts'
import { focusHeading, make } from '../dom.ts'
import { nameOf } from '../later-parts.ts'
import { canNotify, findOtherWoken, turnOnNotifications } from '../notifications.ts'
import { makeButton } from '../parts.ts'

/** The login page makes the first request when it learns of the phone. Milliseconds between two fetches, and their number. */
const look = { every: 500, times: 20 }

export const makeNotify: MakeScreen<'notify'> = async (app, { accountId }) => {
  const { words } = app
  const account = await app.database.find(accountId)
  let isLeft = false
  const leave = () => {
    isLeft = true
  }
  const next = async () => {
    section.replaceChildren(
      make('h1', {}, words.title),
      make('p', { role: 'status' }, words.checking),
    )
    focusHeading(section)
    for (let times = 0; times < look.times && !isLeft; times++) {
      await app.refresh(accountId)
      const waiting = app.listWaiting().find((one) => one.accountId === accountId)
      if (waiting !== undefined) return app.go({ type: 'request', waiting })
      await app.device.sleep(look.every)
    }
    if (!isLeft) app.go({ type: 'home' })
  }
  const section = make('section', {})
  if (account === undefined || !canAsk(account)) void next()
  else {
    const other = await findOtherWoken(app, account)
    const label = other === undefined ? words.notifyAllow : words.notifyInstead
    section.append(
      make('h1', {}, words.notifyTitle),
      make('p', {}, words.notifyHelp),
      ...(other === undefined ? [] : [make('p', {}, words.wokenByOther(nameOf(other)))]),
      makeButton(label, () => void allow(app, account).then(next)),
      makeButton(words.later, () => void next(), 'quiet'),
    )
  }
  return { element: section, leave }
}

const canAsk = (account: Account): boolean => account.vapid !== undefined && canNotify()

async function allow(app: App, account: Account): Promise<void> {
  await turnOnNotifications(app, account)
}
