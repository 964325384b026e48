/** The signals that end the process. */
import { once } from 'node:events'

export interface EndWatch {
  /** Aborted by the first signal, whose name is the reason. */
  readonly signal: AbortSignal
  /** The process ends at a signal again, as if nothing had watched. */
  stop(): void
}

const usual = ['SIGTERM', 'SIGINT'] as const

/** From now on, the first of these signals does not end the process. A second one does, at once. */
export function watchForEnd(names: readonly NodeJS.Signals[] = usual): EndWatch {
  const ending = new AbortController()
  const stop = () => {
    for (const name of names) process.off(name, end)
  }
  const end = (name: NodeJS.Signals) => {
    stop()
    ending.abort(name)
  }
  for (const name of names) process.on(name, end)
  return { signal: ending.signal, stop }
}

/** Waits for SIGTERM or SIGINT. */
export async function untilSignal(): Promise<NodeJS.Signals> {
  return await untilEnd(watchForEnd())
}

/** Waits until a watch has seen a signal. */
export async function untilEnd({ signal }: Pick<EndWatch, 'signal'>): Promise<NodeJS.Signals> {
  if (!signal.aborted) await once(signal, 'abort')
  return signal.reason
}
