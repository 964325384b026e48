/** Parts of several screens. A file of its own, as the first screen does not use it. */
import { type Account, isFull } from '../device/account.ts'
import { make, makeIcon } from './dom.ts'
import type { Words } from './words.ts'

/** The person's name for an account, or its issuer. */
export const nameOf = ({ name, issuer }: Pick<Account, 'name' | 'issuer'>): string => name ?? issuer

/** The facts of a request or an account, as a list of names and values. */
export function makeFacts(rows: readonly (readonly [string, string | undefined])[]): HTMLElement {
  const list = make('dl', { class: 'facts' })
  for (const [name, value] of rows) {
    if (value !== undefined) list.append(make('dt', {}, name), make('dd', {}, value))
  }
  return list
}

/**
 * Disables the buttons of an element while it works.
 * @returns enables them again; the button that had the focus gets it back
 */
export function makeBusy(element: HTMLElement): () => void {
  const focused = document.activeElement
  const set = (isBusy: boolean) => {
    for (const button of element.querySelectorAll('button')) button.disabled = isBusy
    element.setAttribute('aria-busy', String(isBusy))
  }
  set(true)
  return () => {
    set(false)
    const isLost = document.activeElement === null || document.activeElement === document.body
    if (isLost && focused instanceof HTMLElement) focused.focus()
  }
}

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

/** For a change that could not be stored. @throws every error but that of a full disk */
export function sayFull(error: unknown, status: Status, words: Words): void {
  if (!isFull(error)) throw error
  status.say(words.full)
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
