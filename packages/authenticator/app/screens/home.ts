/** The first screen: what waits, and the accounts with their codes. */
import { type Account, hasEnded } from '../../device/account.ts'
import { computeCode } from '../../device/codes.ts'
import type { App, MakeScreen, Waiting } from '../app.ts'
import { make, makeIcon } from '../dom.ts'
import { makeButton, makeLost } from '../parts.ts'

type Timer = ReturnType<typeof setInterval>

export const makeHome: MakeScreen<'home'> = async (app) => {
  const { words } = app
  const content = make('div', { class: 'stack fill' })
  const timers = new Set<Timer>()
  const clear = () => {
    for (const timer of timers) clearInterval(timer)
    timers.clear()
  }
  const fill = async () => {
    const accounts = await app.database.list()
    clear()
    content.replaceChildren(
      ...(accounts.length === 0 ? [makeEmpty(app)] : makeFilled(app, accounts, timers)),
    )
  }
  await fill()
  const scan = makeButton(words.scan, () => app.go({ type: 'scan' }), 'primary')
  return {
    element: make(
      'section',
      {},
      make('h1', {}, words.title),
      content,
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
    makeLost(words, {
      ...{ text: words.lostOldHelp, label: words.lostLogin },
      address: `${device.app}/login`,
    }),
  )
}

function makeFilled(app: App, accounts: readonly Account[], timers: Set<Timer>): HTMLElement[] {
  const { words } = app
  const waiting = app.listWaiting()
  return [
    ...(waiting.length === 0
      ? [make('p', { class: 'calm', role: 'status' }, words.nothingWaits)]
      : [
          make(
            'div',
            { class: 'stack', role: 'status' },
            ...waiting.map((one) => makeWaiting(app, one)),
          ),
        ]),
    make('h2', {}, words.accounts),
    make('ul', { class: 'accounts' }, ...accounts.map((one) => makeAccount(app, one, timers))),
  ]
}

function makeWaiting(app: App, waiting: Waiting): HTMLElement {
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

function makeAccount(app: App, account: Account, timers: Set<Timer>): HTMLElement {
  const { words } = app
  const { id, issuer, name, state, codes, from, movedTo } = account
  const isArriving = state === 'new' && from !== undefined
  const open = make(
    'button',
    {
      type: 'button',
      class: 'card',
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
  const note = {
    ended: movedTo === undefined ? words.ended : words.movedTo(movedTo),
    copied: words.ended,
    new: words.notFinished,
    active: app.isOffline(id) ? words.offline : undefined,
  }[state]
  return make(
    'li',
    {},
    open,
    note !== undefined && make('p', { class: 'note' }, note),
    codes?.state === 'active' && !hasEnded(account) && makeCode(app, account, timers),
  )
}

/** The one-time code, which is shown on demand: who looks over a shoulder sees nothing. */
function makeCode({ words }: App, account: Account, timers: Set<Timer>): HTMLElement {
  const { codes, clockOffset } = account
  const shown = make('p', { class: 'code', hidden: true })
  const left = make('small', { hidden: true })
  let timer: ReturnType<typeof setInterval> | undefined
  const tick = async () => {
    if (codes === undefined) return
    const { code, left: seconds } = await computeCode(codes, Date.now() + clockOffset)
    const half = code.length / 2
    const text = `${code.slice(0, half)} ${code.slice(half)}`
    if (shown.textContent !== text) shown.textContent = text
    left.textContent = words.codeFor(seconds)
  }
  const button = makeButton(
    words.showCode,
    () => {
      const isHidden = !shown.hidden
      shown.hidden = isHidden
      left.hidden = isHidden
      button.textContent = isHidden ? words.showCode : words.hideCode
      button.setAttribute('aria-expanded', String(!isHidden))
      clearInterval(timer)
      if (timer !== undefined) timers.delete(timer)
      if (isHidden) return
      timer = setInterval(tick, 1000)
      timers.add(timer)
      void tick()
    },
    'quiet',
  )
  button.setAttribute('aria-expanded', 'false')
  return make('div', { class: 'codes' }, button, shown, left)
}
