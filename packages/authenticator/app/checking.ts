/** What is shown while nothing else can be: a server has to answer first, and takes its time. */
import { make } from './dom.ts'
import type { Words } from './words.ts'

/** Milliseconds after which it says so. Faster ones would only flicker. */
const patience = 500

export interface Place {
  readonly main: HTMLElement
  readonly words: Words
  /** Asked when the time is over. */
  readonly isFree: () => boolean
}

/** @returns what `work` returns */
export async function sayWhenSlow<T>({ main, words, isFree }: Place, work: Promise<T>): Promise<T> {
  const say = () => {
    if (!isFree()) return
    const status = make('p', { class: 'calm', role: 'status' }, words.checking)
    main.replaceChildren(make('section', {}, make('h1', {}, words.title), status))
  }
  const timer = setTimeout(say, patience)
  return await work.finally(() => clearTimeout(timer))
}
