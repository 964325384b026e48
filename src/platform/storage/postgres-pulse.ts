/**
 * Checks whether PostgreSQL answers at all. If a server is halted, or a line is cut silently, every query and every page would
 * wait for its time limit. Owns that all queries of this process fail at once while the server is silent.
 */
import { Fault } from '../kernel/fault.ts'

export interface Pulse {
  isSilent(): boolean
  /** Settles as `work` does, or throws `Fault('unavailable')` as soon as the server is silent. */
  guard<Result>(work: () => Promise<Result>): Promise<Result>
  noteSilence(): void
  noteAnswer(): void
}

export function createPulse(): Pulse {
  const waiting = new Set<(error: Fault) => void>()
  let silent = false
  return {
    isSilent: () => silent,
    async guard<Result>(work: () => Promise<Result>) {
      if (silent) throw isSilentFault()
      const { promise, resolve, reject } = Promise.withResolvers<Result>()
      waiting.add(reject)
      work().then(resolve, reject)
      return await promise.finally(() => waiting.delete(reject))
    },
    noteSilence() {
      silent = true
      for (const reject of waiting) reject(isSilentFault())
    },
    noteAnswer() {
      silent = false
    },
  }
}

const isSilentFault = () =>
  new Fault('unavailable', 'the database does not answer', {
    details: { engine: 'postgres', code: 'silent' },
  })

/** Milliseconds: both and a new connection together stay below three seconds. */
const betweenQuestions = 500
const longestAnswer = 1_000
const longestConnect = 1_000

/**
 * For a new connection. Call the returned function when the connection is open or has failed. A refusal is an answer too,
 * unless it comes from a time limit.
 */
export function expectAnswer(pulse: Pulse): (isConnected: boolean) => void {
  let isLate = false
  const limit = setTimeout(() => {
    isLate = true
    pulse.noteSilence()
  }, longestConnect)
  return (isConnected) => {
    clearTimeout(limit)
    if (isConnected || !isLate) pulse.noteAnswer()
  }
}

/**
 * Asks again and again. Returns a function that ends it.
 * @param question resolves with the answer
 * @param onSilence called once, when there is no answer in time
 */
export function watchAnswers(
  question: () => Promise<void>,
  onSilence: (error: Error) => void,
): () => void {
  let timer: NodeJS.Timeout | undefined
  let isOver = false
  const end = (): void => {
    isOver = true
    clearTimeout(timer)
  }
  const ask = (): void => {
    let isAnswered = false
    const giveUp = (): void => {
      if (isAnswered || isOver) return
      end()
      onSilence(new Error('PostgreSQL does not answer'))
    }
    // If this process itself was stalled, the answer is read only in the next turn of the event loop.
    const limit = setTimeout(() => setImmediate(() => setImmediate(giveUp)), longestAnswer)
    // An error is an answer too. If the connection breaks, the client itself reports it, and this watch is ended.
    const goOn = (): void => {
      isAnswered = true
      clearTimeout(limit)
      if (!isOver) timer = setTimeout(ask, betweenQuestions)
    }
    question().then(goOn, goOn)
  }
  timer = setTimeout(ask, betweenQuestions)
  return end
}
