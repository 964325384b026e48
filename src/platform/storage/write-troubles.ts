/** Passes on when a database takes no writes: it is full, read-only or broken. Owns the list of those who hear of it. */
import { isWriteTrouble } from './errors.ts'

export interface WriteTroubles {
  /** For each error of a statement, as the engine gave it. */
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
