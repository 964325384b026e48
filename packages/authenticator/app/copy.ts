/** A button that copies a text, and its label afterwards. */
import { make } from './dom.ts'
import { makeButton } from './parts.ts'

export interface CopyWords {
  readonly label: string
  readonly done: string
  readonly failed: string
}

export interface Copy {
  readonly button: HTMLElement
  readonly status: HTMLElement
}

export function makeCopy(words: CopyWords, read: () => string): Copy {
  const status = make('small', { role: 'status' })
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(read())
      status.textContent = words.done
    } catch {
      status.textContent = words.failed
    }
  }
  return { button: makeButton(words.label, () => void copy(), 'secondary'), status }
}
