/** Reports that a database accepts no writes because it is full, read-only or broken. Owns the list of listeners. */
import { isWriteTrouble } from './errors.ts'

export interface WriteTroubles {
  /** Called with each error of a statement, as the engine threw it. */
  note(error: unknown): void
  onTrouble(listener: () => void): void
}

export function createWriteTroubles(): WriteTroubles {
  const listeners: (() => void)[] = []
  return {
    note(error) {
      if (!isWriteTrouble(error)) return
      for (const listener of listeners) listener()
    },
    onTrouble: (listener) => void listeners.push(listener),
  }
}
