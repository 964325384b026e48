/** Lets all workers pass, or none, and knows when all have arrived. */
export interface Gate {
  /** Resolves while the gate is open. */
  pass(): Promise<void>
  open(): void
  /** Closes the gate, and waits until `count` workers wait before it. */
  close(count: number): Promise<void>
}

export function createGate(): Gate {
  let isOpen = false
  let waiting: (() => void)[] = []
  let onWait: (() => void) | undefined
  return {
    async pass() {
      if (isOpen) return
      await new Promise<void>((go) => {
        waiting.push(go)
        onWait?.()
      })
    },
    open() {
      isOpen = true
      for (const go of waiting) go()
      waiting = []
    },
    async close(count) {
      isOpen = false
      while (waiting.length < count) {
        await new Promise<void>((go) => {
          onWait = go
        })
      }
      onWait = undefined
    },
  }
}
