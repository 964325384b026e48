/** Parts of several screens, among them the first one. */
import type { AnswerFailure } from '../device/answer.ts'
import { make } from './dom.ts'
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
    case 'full':
      return words[failure.type]
    default:
      return words[failures[failure.type]]
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
