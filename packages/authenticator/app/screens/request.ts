/** A request: who asks for what, and the answer. Confirming needs the code that the login page shows. */

import type { AnsweredHere } from '../../device/account.ts'
import { answerRequest, type Decision, findAnswered } from '../../device/answer.ts'
import type { Answered, Request } from '../../protocol/messages.ts'
import type { App, MakeScreen, Screen } from '../app.ts'
import { focusHeading, make } from '../dom.ts'
import { makeBusy, makeFacts, makeResult, makeStatus } from '../later-parts.ts'
import type { Waiting } from '../looks.ts'
import { makeCalls } from '../other-calls.ts'
import { describeFailure, makeButton } from '../parts.ts'
import { chooseWords, type Words } from '../words.ts'
import { describeAnswered } from './answered.ts'

/** Milliseconds that the clock of the phone may be behind, see `clockTolerance`. */
const clockDoubt = 10_000

/** Milliseconds after which the screen says that sending the answer takes long. */
const patience = 4_000

/** Milliseconds between two checks of the account after its first answer, and their number, whatever screen is shown. */
const look = { every: 500, times: 20 }

export const makeRequest: MakeScreen<'request'> = async (app, { waiting, scan }) => {
  const { language } = app
  const { request } = waiting
  const words = chooseWords(request, app.words)
  let account = await app.database.find(waiting.accountId)
  const getTimeLeft = () => request.exp * 1000 - (app.device.now() + (account?.clockOffset ?? 0))
  const status = makeStatus()
  const section = make('section', {})
  const calls = makeCalls(app, request.id)
  let isBusy = false
  let isFinished = false
  const home = () => app.go({ type: 'home' })
  const finish = (result: Parameters<typeof makeResult>[0]) => {
    isFinished = true
    clearTimeout(timer)
    app.forget(request.id)
    void watchAccount(app, waiting.accountId)
    calls.update()
    section.replaceChildren(calls.element, makeResult(result, [makeButton(words.close, home)]))
    focusHeading(section)
  }
  const send = async (decision: Decision) => {
    isBusy = true
    const enable = makeBusy(section)
    status.say(words.checking, 'plain')
    const isSlow = setTimeout(() => status.say(words.slow, 'plain'), patience)
    const result = await answerRequest(app.device, waiting.accountId, { request, decision })
    clearTimeout(isSlow)
    isBusy = false
    enable()
    if (result.type !== 'done') {
      if (getTimeLeft() <= 0) return end('expired')
      const isRefusing = result.type === 'not_verified' && decision.decision !== 'approve'
      return status.say(isRefusing ? words.denyNotVerified : describeFailure(result, words))
    }
    if (isMove && result.answered.outcome === 'approved') {
      app.forget(request.id)
      const { accountId } = waiting
      return app.go({ type: 'moved', accountId, name: request.device ?? words.factDevice })
    }
    const here = result.answered.outcome === 'answered' ? await findHere() : undefined
    show(result.answered, here)
  }
  const findHere = () => findAnswered(app.device, waiting.accountId, request.id)
  const show = (answered: Outcome, here?: AnsweredHere) => {
    const result = here ? describeAnswered(here, words) : describeOutcome(answered, request, words)
    if (typeof result !== 'string') return finish(result)
    status.say(result)
    entry.field?.focus()
    entry.field?.select()
  }
  /** The server would no longer accept an answer, so none is offered. */
  const end = (outcome: 'expired' | 'superseded', here?: AnsweredHere) => {
    if (!isBusy && !isFinished) show({ outcome }, here)
  }
  const findEnd = async () => {
    // The request is also gone when another tab has answered it.
    const here = await findHere()
    // The same fetch may have corrected the clock.
    account = await app.database.find(waiting.accountId)
    end(getTimeLeft() < clockDoubt ? 'expired' : 'superseded', here)
  }
  const timer = setTimeout(() => end('expired'), Math.max(getTimeLeft(), 0))
  const isMove = request.kind === 'move'
  const isCaller = request.kind === 'caller'
  const entry = isCaller
    ? makeCallerEntry(words, { status, send })
    : makeEntry(app, waiting, { scan, status, send })
  section.append(
    make('h1', {}, words.requestTitle),
    makeRequestFacts(request, { words, language }),
    entry.form,
    makeButton(words.deny, () => void send({ decision: 'deny' }), 'secondary'),
    ...makeReport(request, words, () => void send({ decision: 'report' })),
    makeButton(words.back, home, 'quiet'),
  )
  return {
    element: section,
    ...(entry.field && { focus: entry.field }),
    onChange() {
      if (isFinished) return calls.update()
      const isThere = app.listWaiting().some((one) => one.request.id === request.id)
      if (!isThere && !isBusy) void findEnd()
    },
    leave: () => clearTimeout(timer),
  } satisfies Screen
}

/** The first answer changes the state of the account, as soon as the login page has seen it. */
async function watchAccount({ database, device, refresh }: App, accountId: string): Promise<void> {
  for (let times = 0; times < look.times; times++) {
    await refresh(accountId)
    if ((await database.find(accountId))?.state !== 'new') return
    await device.sleep(look.every)
  }
}

const makeRequestFacts = (request: Request, { words, language }: Pick<App, 'words' | 'language'>) =>
  makeFacts([
    [words.factDevice, request.device],
    [words.factApp, request.app],
    [words.factPurpose, request.purpose],
    [words.factBrowser, request.browser],
    [words.factPlace, request.place],
    [words.factTime, formatTime(request.at, language)],
    [words.factAccount, request.account],
  ])

interface Entry {
  readonly form: HTMLFormElement
  readonly field: HTMLInputElement | undefined
}

/** The answer to the service desk. The server sends the digits only to a phone whose owner has confirmed. */
function makeCallerEntry(
  words: Words,
  { status, send }: Pick<EntryParts, 'status' | 'send'>,
): Entry {
  const form = make(
    'form',
    { class: 'stack', novalidate: true },
    make('p', {}, words.callerHelp),
    status.element,
    make('button', { type: 'submit', class: 'primary' }, words.callerShow),
  )
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    void send({ decision: 'approve' })
  })
  return { form, field: undefined }
}

interface EntryParts {
  readonly scan: string | undefined
  readonly status: ReturnType<typeof makeStatus>
  readonly send: (decision: Decision) => Promise<void>
}

/** The field for the code; none if the code was scanned. */
function makeEntry(app: App, waiting: Waiting, { scan, status, send }: EntryParts): Entry {
  const { digits, kind, asks } = waiting.request
  const words = chooseWords(waiting.request, app.words)
  const isMove = kind === 'move'
  const label = isMove ? words.moveCodeLabel : words.codeLabel
  const field = scan === undefined ? makeField(label, digits) : undefined
  const submit = () => {
    if (scan !== undefined) return void send({ decision: 'approve', scan })
    const code = (field?.value ?? '').replace(/\s/g, '')
    if (code.length === digits && /^\d+$/.test(code))
      return void send({ decision: 'approve', code })
    status.say(words.codeShort(digits))
    field?.focus()
  }
  const form = make(
    'form',
    { class: 'stack', novalidate: true },
    field === undefined
      ? make('p', { class: 'note' }, words.scanned)
      : make(
          'label',
          { for: field.id },
          label,
          make('small', {}, findHint(waiting.request, words)),
        ),
    field,
    status.element,
    make(
      'button',
      { type: 'submit', class: 'primary' },
      isMove ? words.moveApprove : words.approve,
    ),
    field !== undefined &&
      !isMove &&
      // An app that asks shows digits and no QR code.
      asks === undefined &&
      makeButton(words.scanInstead, () => app.go({ type: 'scan', answers: waiting }), 'secondary'),
  )
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    submit()
  })
  return { form, field }
}

function findHint({ kind, digits }: Request, words: Words): string {
  if (kind === 'move') return words.moveCodeHint(digits)
  return kind === 'enrolment' ? words.enrolmentHint(digits) : words.codeHint(digits)
}

function makeField(label: string, digits: number): HTMLInputElement {
  return make('input', {
    id: 'code',
    class: 'digits',
    inputmode: 'numeric',
    autocomplete: 'off',
    pattern: '[0-9 ]*',
    // Space for the gap that some people type.
    maxlength: digits + 1,
    'aria-label': label,
  })
}

/** A report has consequences, so it asks once more. A report of other kinds of requests has none. */
function makeReport({ kind }: Request, words: Words, report: () => void): HTMLElement[] {
  if (kind !== 'login') return []
  const more = make(
    'div',
    { class: 'stack', hidden: true },
    make('h2', {}, words.reportAsk),
    make('p', {}, words.reportHelp),
    makeButton(words.reportSure, report, 'danger'),
  )
  const open = makeButton(
    words.report,
    () => {
      more.hidden = !more.hidden
      open.setAttribute('aria-expanded', String(!more.hidden))
      if (!more.hidden) more.querySelector('button')?.focus()
    },
    'quiet',
  )
  open.setAttribute('aria-expanded', 'false')
  return [make('div', { class: 'stack' }, open, more)]
}

function describeApproval(
  code: string | undefined,
  kind: Request['kind'],
  words: Words,
): Parameters<typeof makeResult>[0] {
  if (code !== undefined) {
    const digits = `${code.slice(0, 3)}\u00a0${code.slice(3)}`
    return { title: words.callerRead, text: words.callerReadHelp, icon: 'done', digits }
  }
  const title = kind === 'enrolment' ? words.enrolled : words.approved
  return { title, text: words.approvedHelp, icon: 'done' }
}

type Outcome = Pick<Answered, 'outcome' | 'left' | 'code'>

/** Returns a text if the person can try again on this screen. */
function describeOutcome(
  { outcome, left = 0, code }: Outcome,
  { kind }: Request,
  words: Words,
): string | Parameters<typeof makeResult>[0] {
  const isMove = kind === 'move'
  switch (outcome) {
    case 'approved':
      return describeApproval(code, kind, words)
    case 'denied':
      if (isMove) return { title: words.denied, text: words.moveDenied, icon: 'stop' }
      return { title: words.denied, text: words.deniedHelp, icon: 'stop' }
    case 'reported':
      return { title: words.reported, text: words.reportedHelp, icon: 'stop' }
    case 'wrong_code':
      if (isMove && left > 0) return words.moveWrong(left)
      if (isMove) return { title: words.denied, text: words.moveDenied, icon: 'stop' }
      return left > 0
        ? words.wrongCode(left)
        : { title: words.notApproved, text: words.wrongCodeEnd, icon: 'stop' }
    case 'not_verified':
      return words.notVerified
    case 'expired':
    case 'superseded':
    case 'answered':
      return {
        title: outcome === 'answered' ? words.answeredTitle : words.notApproved,
        text: isMove ? words.moveOver : words[outcome],
        icon: 'stop',
      }
    case 'other_key':
      return words.broken
  }
}

/** Formats a time like the pages of the server. */
function formatTime(seconds: number, language: App['language']): string {
  const locale = { de: 'de-DE', en: 'en-GB' }[language]
  return new Intl.DateTimeFormat(locale, { timeStyle: 'short' }).format(seconds * 1000)
}
