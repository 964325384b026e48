/**
 * Wake-ups inside one node. A wake-up says "look again", never what happened: its receiver reads the database.
 * So a lost or doubled wake-up costs time, not correctness. Between nodes, storage/postgres-events.ts relays them.
 */
export interface Events {
  /** Wakes everyone who waits for the topic. */
  wake(topic: string): void
  /** Calls `listener` at each wake-up until the returned function is called. */
  listen(topic: string, listener: () => void): () => void
  /** Wakes everyone, for use after a relay was cut off. */
  wakeAll(): void
}

/**
 * Wake-ups of this process. Listeners are called at once, in the order in which they came; what one throws is thrown by
 * `wake`.
 *
 *     const stop = events.listen(`journey ${id}`, () => sendStatus())
 *     events.wake(`journey ${id}`)
 *     stop()
 */
export function createEvents(): Events {
  const topics = new Map<string, Set<() => void>>()
  return {
    wake(topic) {
      for (const listener of [...(topics.get(topic) ?? [])]) listener()
    },
    listen(topic, listener) {
      const listeners = topics.get(topic) ?? new Set()
      listeners.add(listener)
      topics.set(topic, listeners)
      return () => {
        listeners.delete(listener)
        if (listeners.size === 0) topics.delete(topic)
      }
    },
    wakeAll() {
      for (const listeners of [...topics.values()])
        for (const listener of [...listeners]) listener()
    },
  }
}
