/** The old phone of a move: asks for the password, and shows the code that the new phone scans. */

import type { Account } from '../../device/account.ts'
import { openMove } from '../../device/answer.ts'
import type { App, MakeScreen } from '../app.ts'
import { makeCopy } from '../copy.ts'
import { focusHeading, make, makeIcon } from '../dom.ts'
import { makeBusy, makeFacts, makeResult, makeStatus } from '../later-parts.ts'
import { describeFailure, makeButton } from '../parts.ts'
import { makeQr } from '../qr.ts'
import type { Words } from '../words.ts'

export const makeMove: MakeScreen<'move'> = async (app, { accountId }) => {
  const { words } = app
  const account = await app.database.find(accountId)
  const section = make('section', {}, make('h1', {}, words.moveOffer))
  if (account?.state !== 'active') section.append(...makeImpossible(app, words.ended))
  // A password may be typed only in the app of its own server.
  else if (account.server !== app.device.app) {
    section.append(...makeImpossible(app, words.moveElsewhere(new URL(account.server).host)))
  } else {
    section.append(...makeQuestion(app, account, (link, until) => show(link, until)))
  }
  const field = section.querySelector<HTMLElement>('#password')
  let timer: ReturnType<typeof setTimeout> | undefined
  let isWaiting = false
  const show = (link: string, until: number) => {
    isWaiting = true
    section.replaceChildren(...makeCode(app, accountId, link))
    focusHeading(section)
    const end = () => {
      isWaiting = false
      section.replaceChildren(...makeExpired(app, accountId))
      focusHeading(section)
    }
    timer = setTimeout(end, Math.max(0, until - Date.now()))
  }
  return {
    element: section,
    ...(field && { focus: field }),
    onChange() {
      const waiting = findMove(app, accountId)
      if (isWaiting && waiting !== undefined) app.go({ type: 'request', waiting })
    },
    leave: () => clearTimeout(timer),
  }
}

const findMove = (app: App, accountId: string) =>
  app.listWaiting().find((one) => one.accountId === accountId && one.request.kind === 'move')

function makeImpossible(app: App, text: string): HTMLElement[] {
  const back = () => app.go({ type: 'home' })
  return [make('p', {}, text), makeButton(app.words.back, back, 'quiet')]
}

/** @param onOpen gets the link, and until when it can be used (ms since the epoch) */
function makeQuestion(
  app: App,
  account: Account,
  onOpen: (link: string, until: number) => void,
): HTMLElement[] {
  const { words } = app
  const status = makeStatus()
  const field = make('input', {
    id: 'password',
    type: 'password',
    autocomplete: 'current-password',
    maxlength: 1024,
  })
  const form = make(
    'form',
    { class: 'stack', novalidate: true },
    // Password managers look for the name beside the password.
    make('input', { type: 'hidden', autocomplete: 'username', value: account.account }),
    make(
      'label',
      { for: 'password' },
      words.movePassword,
      make('small', {}, words.movePasswordHint),
    ),
    field,
    status.element,
    make('button', { type: 'submit', class: 'primary' }, words.moveShow),
    makeButton(words.cancel, () => app.go({ type: 'account', accountId: account.id }), 'quiet'),
  )
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    void open(app, account, { field, form, status, onOpen })
  })
  return [...makeSteps(words), makeAccountFacts(account, words), form]
}

const makeAccountFacts = ({ issuer, account }: Account, words: Words): HTMLElement =>
  makeFacts([
    [words.addIssuer, issuer],
    [words.factAccount, account],
  ])

function makeSteps(words: Words): HTMLElement[] {
  const steps = [
    [words.moveStepScan, 'qr'],
    [words.moveStepType, 'phone'],
    [words.moveStepDone, 'done'],
  ] as const
  return [
    make(
      'ol',
      { class: 'steps' },
      ...steps.map(([text, icon]) => make('li', {}, makeIcon(icon), make('span', {}, text))),
    ),
  ]
}

interface Question {
  readonly field: HTMLInputElement
  readonly form: HTMLElement
  readonly status: ReturnType<typeof makeStatus>
  readonly onOpen: (link: string, until: number) => void
}

async function open(
  app: App,
  { id, clockOffset }: Account,
  { field, form, status, onOpen }: Question,
): Promise<void> {
  const { words } = app
  if (field.value === '') {
    status.say(words.movePasswordMissing)
    return field.focus()
  }
  const enable = makeBusy(form)
  status.say(words.checking, 'plain')
  const result = await openMove(app.device, id, field.value)
  enable()
  if (result.type !== 'done') return status.say(describeFailure(result, words))
  const { outcome, link, exp } = result.moved
  if (outcome === 'open' && link !== undefined && exp !== undefined) {
    return onOpen(link, exp * 1000 - clockOffset)
  }
  if (outcome === 'wrong_password') {
    status.say(words.moveWrongPassword)
    field.select()
  } else status.say(outcome === 'not_verified' ? words.notVerified : words.moveRefused)
}

function makeCode(app: App, accountId: string, link: string): HTMLElement[] {
  const { words } = app
  const copyWords = {
    ...{ label: words.copyCode, done: words.copiedAddress },
    failed: words.copyAddressFailed,
  }
  const copy = makeCopy(copyWords, () => link)
  const details = make(
    'details',
    {},
    make('summary', {}, words.moveNoCamera),
    make('p', {}, words.moveAddress),
    make('p', { class: 'address' }, link),
    make('div', { class: 'code-row' }, copy.button, copy.status),
  )
  const figure = make('figure', {})
  void makeQr(link, words.moveQr).then((qr) => figure.append(qr))
  return [
    make('h1', {}, words.moveScanTitle),
    make('p', {}, words.moveScanHelp),
    figure,
    make('p', { class: 'calm', role: 'status' }, words.moveWaiting),
    details,
    makeButton(words.cancel, () => app.go({ type: 'account', accountId }), 'quiet'),
  ]
}

function makeExpired(app: App, accountId: string): HTMLElement[] {
  const { words } = app
  const again = () => app.go({ type: 'move', accountId })
  return [
    makeResult({ title: words.moveExpired, text: words.moveStillHere, icon: 'stop' }, [
      makeButton(words.moveAgain, again),
      makeButton(words.cancel, () => app.go({ type: 'account', accountId }), 'quiet'),
    ]),
  ]
}
