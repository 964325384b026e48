/** Lines typed by a person, one at a time; waiting for one can be stopped. */
import { createInterface } from 'node:readline'

export type Input = NodeJS.ReadableStream & { readonly isTTY?: boolean }

export interface Lines {
  /** The next line; `undefined` when `signal` stopped the wait or the input has ended. */
  next(signal: AbortSignal): Promise<string | undefined>
  close(): void
}

export function createLines(input: Input): Lines {
  const reader = createInterface({ input, terminal: false })
  const waiting: string[] = []
  let ended = false
  let wake = () => {}
  reader.on('line', (line) => {
    waiting.push(line)
    wake()
  })
  reader.on('close', () => {
    ended = true
    wake()
  })

  return {
    async next(signal) {
      // Lines that were typed before the question are not its answer.
      if (input.isTTY === true) waiting.length = 0
      while (waiting.length === 0 && !ended && !signal.aborted) await change(signal)
      return signal.aborted ? undefined : waiting.shift()
    },
    close: () => reader.close(),
  }

  function change(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const settle = () => {
        signal.removeEventListener('abort', settle)
        resolve()
      }
      wake = settle
      signal.addEventListener('abort', settle)
    })
  }
}
