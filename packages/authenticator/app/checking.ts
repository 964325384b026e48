/** The text that is shown while the app waits for a slow server and can show nothing else. */
import { focusHeading, make } from './dom.ts'
import type { Words } from './words.ts'

/** Milliseconds before the text appears. For faster answers it would only flicker. */
const patience = 500

export interface Place {
  readonly main: HTMLElement
  readonly words: Words
  /** Called after that time: whether the text may be shown. */
  readonly isFree: () => boolean
}

/** @returns what `work` returns */
export async function sayWhenSlow<T>({ main, words, isFree }: Place, work: Promise<T>): Promise<T> {
  const say = () => {
    if (!isFree()) return
    const status = make('p', { class: 'calm', role: 'status' }, words.checking)
    main.replaceChildren(make('section', {}, make('h1', {}, words.title), status))
    focusHeading(main)
  }
  const timer = setTimeout(say, patience)
  return await work.finally(() => clearTimeout(timer))
}
