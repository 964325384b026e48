/**
 * The new phone of a move: shows the digits to type on the old phone, and then verifies its enrolment with its first answer.
 */

import type { Account } from '../../device/account.ts'
import { answerRequest } from '../../device/answer.ts'
import type { Failure } from '../../device/call.ts'
import { type Fetched, fetchRequests } from '../../device/requests.ts'
import type { Request } from '../../protocol/messages.ts'
import type { App, MakeScreen } from '../app.ts'
import { focusHeading, make } from '../dom.ts'
import { makeResult, makeStatus } from '../later-parts.ts'
import { describeFailure, makeButton } from '../parts.ts'

/** Milliseconds between two fetches. */
const every = 1500

export const makeArrive: MakeScreen<'arrive'> = async (app, { accountId }) => {
  const { words } = app
  const section = make('section', {})
  const status = makeStatus()
  /** The status of the fetches, which go on meanwhile. */
  const connection = makeStatus()
  const show = (...children: readonly HTMLElement[]) => {
    section.replaceChildren(...children, status.element, connection.element, makeBack(app))
    focusHeading(section)
  }
  show(make('h1', {}, words.title), makeCalm(words.checking))
  /** The digits on the screen, and the request that the person was asked about. */
  let shown: string | undefined
  let asked: string | undefined
  let isLeft = false
  const end = (result: HTMLElement) => {
    isLeft = true
    section.replaceChildren(result)
    focusHeading(section)
  }
  const look = async (account: Account): Promise<void> => {
    const found = readState(await fetchRequests(app.device, account))
    if (isLeft) return
    if (found.type === 'unknown') return connection.say(describeFailure(found.failure, words))
    connection.say('')
    if (found.type === 'done') return end(makeDone(app, account))
    if (found.type === 'refused') return end(await makeRefused(app, account))
    const { code, request } = found
    if (code !== shown) show(...makeDigits(app, account, code))
    shown = code
    if (request === undefined) return
    if (account.credentialId === undefined) await prove(request, code)
    else askForClick(request, code)
  }
  /** A passkey can be used only after a click, and the button must not change under the finger. */
  const askForClick = (request: Request, code: string) => {
    if (request.id === asked) return
    asked = request.id
    show(...makeConfirm(app, () => void prove(request, code)))
  }
  const prove = async (request: Request, code: string) => {
    const decision = { decision: 'approve', code } as const
    const result = await answerRequest(app.device, accountId, { request, decision })
    if (result.type === 'done' && result.answered.outcome === 'approved') {
      await app.refresh(accountId)
      const account = await app.database.find(accountId)
      if (account !== undefined) end(makeDone(app, account))
    } else if (result.type !== 'done' && result.type !== 'offline') {
      status.say(describeFailure(result, words))
    }
  }
  const wait = async () => {
    while (!isLeft) {
      const account = await app.database.find(accountId)
      if (account === undefined) return app.go({ type: 'home' })
      await look(account)
      await app.device.sleep(every)
    }
  }
  void wait()
  return {
    element: section,
    leave() {
      isLeft = true
    },
  }
}

type State =
  | { readonly type: 'unknown'; readonly failure: Failure }
  | { readonly type: 'done' }
  | { readonly type: 'refused' }
  /** `request`: the code was typed on the old phone. */
  | { readonly type: 'waiting'; readonly code: string; readonly request: Request | undefined }

function readState(fetched: Fetched): State {
  if (['ended', 'copied', 'unknown'].includes(fetched.type)) return { type: 'refused' }
  if (fetched.type !== 'done') return { type: 'unknown', failure: fetched }
  const { code, state, requests } = fetched.pending
  if (state === 'active') return { type: 'done' }
  return code === undefined
    ? { type: 'refused' }
    : { type: 'waiting', code, request: requests.find(({ kind }) => kind === 'enrolment') }
}

function makeDigits({ words }: App, { from = '' }: Account, code: string): HTMLElement[] {
  const half = Math.ceil(code.length / 2)
  const spaced = `${code.slice(0, half)}\u00a0${code.slice(half)}`
  return [
    make('h1', {}, words.arriveTitle),
    make('p', { class: 'shown digits' }, spaced),
    make('p', {}, words.arriveHelp(from)),
    makeCalm(words.arriveWaiting),
  ]
}

const makeCalm = (text: string): HTMLElement => make('p', { class: 'calm', role: 'status' }, text)

/** A button back to the first screen, from which the move can continue. */
const makeBack = (app: App): HTMLElement =>
  makeButton(app.words.back, () => app.go({ type: 'home' }), 'quiet')

function makeConfirm({ words }: App, confirm: () => void): HTMLElement[] {
  return [
    make('h1', {}, words.arriveConfirm),
    make('p', {}, words.arriveConfirmHelp),
    makeButton(words.approve, confirm),
  ]
}

function makeDone(app: App, { id: accountId, from = '' }: Account): HTMLElement {
  const { words } = app
  const goOn = () => app.go({ type: 'notify', accountId })
  const result = { title: words.enrolled, text: words.arriveDoneHelp(from), icon: 'done' }
  return makeResult(result, [makeButton(words.go, goOn)])
}

/** The screen for a refused move; removes the account that was begun here. */
async function makeRefused(app: App, { id }: Account): Promise<HTMLElement> {
  const { words } = app
  await app.database.remove(id)
  const result = { title: words.arriveRefused, text: words.arriveRefusedHelp, icon: 'stop' }
  return makeResult(result, [
    makeButton(words.scan, () => app.go({ type: 'scan' })),
    makeButton(words.close, () => app.go({ type: 'home' }), 'quiet'),
  ])
}
