/** The first screen: waiting requests, and the accounts with their codes. */
import { type Account, hasEnded, isSetupOver } from '../../device/account.ts'
import type { Fetched } from '../../device/requests.ts'
import type { App, MakeScreen } from '../app.ts'
import { makeCall } from '../calls.ts'
import { makeCode, type ShownCode } from '../code.ts'
import { focusHeading, make, makeIcon } from '../dom.ts'
import { isInstalled } from '../install.ts'
import { describeFailure, makeButton, makeLost } from '../parts.ts'
import type { Words } from '../words.ts'

/** The one-time codes on the screen, by their accounts. */
type Codes = Map<string, ShownCode>

export const makeHome: MakeScreen<'home'> = async (app) => {
  const { words } = app
  const content = make('div', { class: 'stack fill' })
  const codes = new Map<string, ShownCode>()
  const clear = () => {
    for (const code of codes.values()) code.stop()
  }
  const fill = async () => {
    const accounts = await app.database.list()
    const focused = document.activeElement
    const hadFocus = content.contains(focused)
    clear()
    content.replaceChildren(
      ...(accounts.length === 0 ? [makeEmpty(app)] : makeFilled(app, accounts, codes)),
    )
    if (!hadFocus) return
    // The same button of the new list; without it the person begins at the heading.
    focusHeading(document.body)
    document.getElementById(focused?.id ?? '')?.focus()
  }
  await fill()
  const scan = makeButton(words.scan, () => app.go({ type: 'scan' }))
  return {
    element: make(
      'section',
      {},
      make('h1', {}, words.title),
      content,
      makeButton(words.settings, () => app.go({ type: 'settings' }), 'quiet'),
      make('div', { class: 'bottom' }, scan),
    ),
    onChange: () => void fill(),
    leave: clear,
  }
}

function makeEmpty({ words, device }: App): HTMLElement {
  return make(
    'div',
    { class: 'empty' },
    makeIcon('phone'),
    make('h2', {}, words.none),
    make('p', {}, words.noneHelp),
    // The browser and the app on the home screen may have separate storage.
    !isInstalled() && make('p', {}, words.noneElsewhere),
    makeLost(words, {
      ...{ text: words.lostOldHelp, label: words.lostLogin },
      address: `${device.app}/login`,
    }),
  )
}

function makeFilled(app: App, accounts: readonly Account[], codes: Codes): HTMLElement[] {
  const { words } = app
  const waiting = app.listWaiting()
  const looks = accounts.filter((one) => !hasEnded(one)).map(({ id }) => app.findLook(id))
  // Without a reply of a server it is unknown whether it has requests.
  const isUnsure = looks.some((look) => look !== undefined && look.type !== 'done')
  const isFirst = looks.includes(undefined)
  const calm = isUnsure ? words.waitingUnknown : isFirst ? words.checking : words.nothingWaits
  const sorted = [...accounts].sort((one, other) => Number(hasEnded(one)) - Number(hasEnded(other)))
  return [
    ...(waiting.length === 0
      ? [make('p', { class: 'calm', role: 'status' }, calm)]
      : [
          make(
            'div',
            { class: 'stack', role: 'status' },
            ...waiting.map((one) => makeCall(app, one)),
          ),
        ]),
    make('h2', {}, words.accounts),
    make('ul', { class: 'accounts' }, ...sorted.map((one) => makeAccount(app, one, codes))),
  ]
}

function makeAccount(app: App, account: Account, shown: Codes): HTMLElement {
  const { words } = app
  const { id, issuer, name, state, codes, from, movedTo } = account
  const isArriving = state === 'new' && from !== undefined
  const open = make(
    'button',
    {
      ...{ type: 'button', class: 'card', id: `account-${id}` },
      onclick: () => app.go({ type: isArriving ? 'arrive' : 'account', accountId: id }),
    },
    make(
      'span',
      {},
      make('strong', {}, name ?? issuer),
      make('small', {}, name === undefined ? account.account : `${issuer}, ${account.account}`),
    ),
    makeIcon('next'),
  )
  const isWaiting = app.listWaiting().some((one) => one.accountId === id)
  const isOver = !isWaiting && isSetupOver(account, app.device.now())
  const note = {
    ended: movedTo === undefined ? words.ended : words.movedTo(movedTo),
    copied: words.ended,
    new: isOver ? describeOver(account, words) : words.notFinished,
    active: describeLook(app, account, app.findLook(id)),
  }[state]
  return make(
    'li',
    {},
    open,
    note !== undefined && make('p', { class: 'note' }, note),
    // A copied account keeps its warning until its owner has opened it.
    (state === 'ended' || isOver) && makeRemoval(app, account),
    codes?.state === 'active' && !hasEnded(account) && makeCodeOf(app, account, shown),
  )
}

/** The text for an enrolment that is over; after a move the person cannot continue by logging in. */
const describeOver = ({ from }: Account, words: Words): string =>
  from === undefined ? `${words.setupOver} ${words.setupOverHelp}` : words.setupOver

/** The error of the last fetch. */
function describeLook({ words }: App, { codes }: Account, look?: Fetched): string | undefined {
  if (look === undefined || look.type === 'done') return undefined
  const hasCode = codes?.state === 'active'
  return hasCode && look.type === 'offline' ? words.offline : describeFailure(look, words)
}

/** The removal of an account that can no longer confirm anything, so without a second question. */
function makeRemoval(app: App, account: Account): HTMLElement {
  const { words } = app
  const removeIt = async () => (await import('../remove-account.ts')).removeAccount(app, account)
  const remove = makeButton(words.remove, () => void removeIt(), 'secondary')
  remove.id = `remove-${account.id}`
  const text = account.state === 'new' ? words.removeNewHelp : words.removeEndedHelp
  const help = make('small', { id: `removal-${account.id}` }, text)
  remove.setAttribute('aria-label', `${words.remove}: ${account.issuer}, ${account.account}`)
  remove.setAttribute('aria-describedby', help.id)
  return make('div', { class: 'stack' }, remove, help)
}

function makeCodeOf(app: App, account: Account, shown: Codes): HTMLElement {
  const code = makeCode(app, account, shown.get(account.id)?.isOpen() ?? false)
  shown.set(account.id, code)
  return code.element
}
