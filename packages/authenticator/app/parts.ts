/** Parts of several screens. */
import type { Account } from '../device/account.ts'
import type { AnswerFailure } from '../device/answer.ts'
import { make, makeIcon } from './dom.ts'
import type { Words } from './words.ts'

const failures = {
  offline: 'offlineNow',
  used: 'linkUsed',
  unknown: 'unknownHere',
  malformed: 'notAccepted',
  clock: 'clockOff',
} as const

/** A sentence about what went wrong. */
export function describeFailure(failure: AnswerFailure, words: Words): string {
  switch (failure.type) {
    case 'limit':
      return words.limit(failure.seconds)
    case 'ended':
      return `${words.ended} ${words.endedHelp}`
    case 'not_verified':
      return `${words.notVerified} ${words.notVerifiedHelp}`
    case 'down':
    case 'intercepted':
    case 'copied':
    case 'broken':
      return words[failure.type]
    default:
      return words[failures[failure.type]]
  }
}

/** The person's name for an account, or its issuer. */
export const nameOf = ({ name, issuer }: Pick<Account, 'name' | 'issuer'>): string => name ?? issuer

export interface Status {
  readonly element: HTMLElement
  /** Shows the text, also to a screen reader. An empty text clears it. */
  say(text: string, tone?: 'error' | 'plain'): void
}

export function makeStatus(): Status {
  const element = make('p', { class: 'status', role: 'status' })
  return {
    element,
    say(text, tone = 'error') {
      element.className = `status ${tone}`
      element.replaceChildren(
        ...(text === '' || tone === 'plain' ? [] : [makeIcon('warning')]),
        text,
      )
    },
  }
}

export function makeButton(
  label: string,
  onclick: () => void,
  look: 'primary' | 'secondary' | 'quiet' | 'danger' = 'primary',
): HTMLButtonElement {
  return make('button', { type: 'button', class: look, onclick }, label)
}

export interface LostHelp {
  readonly text: string
  /** The page of the server where the person begins, and its label. */
  readonly address: string
  readonly label: string
}

/** Says what to do about a lost phone, with a link to the pages of the server. */
export function makeLost({ lost }: Words, { text, address, label }: LostHelp): HTMLElement {
  const link = make('a', { href: address, target: '_blank', rel: 'noopener' }, label)
  return make('details', {}, make('summary', {}, lost), make('p', {}, text), link)
}

/** A screen that says how something ended, with one button to continue. */
export function makeResult(
  result: {
    readonly title: string
    readonly text: string
    readonly icon: string
    readonly digits?: string
  },
  buttons: readonly HTMLElement[],
): HTMLElement {
  const { title, text, icon, digits } = result
  return make(
    'section',
    { class: 'result' },
    make('p', { class: `sign ${icon}` }, makeIcon(icon)),
    make('h1', {}, title),
    digits !== undefined && make('p', { class: 'code shown' }, digits),
    make('p', { role: 'status' }, text),
    ...buttons,
  )
}
