/** One account: its facts, its name on this phone, notifications, and its removal. */

import { type Account, hasEnded } from '../../device/account.ts'
import type { App, MakeScreen } from '../app.ts'
import { make } from '../dom.ts'
import { makeFacts, makeStatus, nameOf, sayFull } from '../later-parts.ts'
import { canBeWoken, canNotify, findOtherWoken, turnOnNotifications } from '../notifications.ts'
import { makeCalls } from '../other-calls.ts'
import { makeButton, makeLost } from '../parts.ts'
import { removeAccount } from '../remove-account.ts'
import type { Words } from '../words.ts'

export const makeAccountScreen: MakeScreen<'account'> = async (app, { accountId }) => {
  const { words } = app
  const account = await app.database.find(accountId)
  const home = () => app.go({ type: 'home' })
  if (account === undefined) {
    return {
      element: make('section', {}, make('h1', {}, words.ended), makeButton(words.back, home)),
    }
  }
  const calls = makeCalls(app)
  return {
    onChange: calls.update,
    element: make(
      'section',
      {},
      calls.element,
      make('h1', {}, account.name ?? account.issuer),
      makeFacts([
        [words.addIssuer, account.issuer],
        [words.factAccount, account.account],
        [words.factLock, account.credentialId === undefined ? words.lockOff : words.lockOn],
      ]),
      hasEnded(account) && make('p', { class: 'note' }, describeEnd(account, words)),
      await makeNotifications(app, account),
      account.state === 'active' &&
        makeButton(words.moveOffer, () => app.go({ type: 'move', accountId }), 'secondary'),
      makeRename(app, account),
      !hasEnded(account) &&
        makeLost(words, {
          ...{ text: words.lostOtherHelp, label: words.lostAccount },
          address: `${account.server}/account/authenticators`,
        }),
      makeRemove(app, account),
      makeButton(words.back, home, 'quiet'),
    ),
  }
}

const describeEnd = ({ state }: Account, words: Words): string =>
  state === 'copied' ? words.copied : `${words.ended} ${words.endedHelp}`

async function makeNotifications(app: App, account: Account): Promise<HTMLElement | false> {
  const { words } = app
  if (account.vapid === undefined || hasEnded(account)) return false
  if (await canBeWoken(account)) return make('p', { class: 'note' }, words.notificationsOn)
  const other = await findOtherWoken(app, account)
  const status = makeStatus()
  const turnOn = async () => {
    const isOn = await turnOnNotifications(app, account)
    if (!isOn && canNotify()) return status.say(words.notifyFailed)
    app.go({ type: 'account', accountId: account.id })
  }
  const label = other === undefined ? words.notifyAllow : words.notifyInstead
  return make(
    'div',
    { class: 'stack' },
    make(
      'p',
      { class: 'note' },
      other === undefined ? describeOff(words) : words.wokenByOther(nameOf(other)),
    ),
    canNotify() && makeButton(label, () => void turnOn(), 'secondary'),
    status.element,
  )
}

/** Explains why notifications are off: a browser that was blocked from asking does not ask again. */
const describeOff = (words: Words): string =>
  'Notification' in window && Notification.permission === 'denied'
    ? words.notificationsBlocked
    : words.notificationsOff

function makeRename(app: App, account: Account): HTMLElement {
  const { words } = app
  const field = make('input', { id: 'own-name', autocomplete: 'off', maxlength: 80 })
  field.value = account.name ?? ''
  const status = makeStatus()
  const form = make(
    'form',
    { class: 'stack' },
    make('label', { for: 'own-name' }, words.ownName),
    field,
    status.element,
    make('button', { type: 'submit', class: 'secondary' }, words.save),
  )
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    const name = field.value.trim()
    void app.database
      .update(account.id, ({ name: _, ...others }) => (name === '' ? others : { ...others, name }))
      .then(
        () => app.go({ type: 'account', accountId: account.id }),
        (error: unknown) => sayFull(error, status, words),
      )
  })
  return make('details', {}, make('summary', {}, words.rename), form)
}

function makeRemove(app: App, account: Account): HTMLElement {
  const { words } = app
  return make(
    'details',
    {},
    make('summary', {}, words.remove),
    make('h2', {}, words.removeAsk(account.account)),
    make('p', {}, hasEnded(account) ? words.removeEndedHelp : words.removeHelp),
    makeButton(words.removeSure, () => void removeAccount(app, account), 'danger'),
  )
}
