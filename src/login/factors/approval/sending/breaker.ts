/**
 * A circuit breaker: stops sending to a provider that keeps failing, so that users learn at once that no message comes. Owns
 * only the decision whether a try may start.
 */
import { type Clock, isOver, seconds } from '../../../../platform/kernel/clock.ts'

/** This many failures within `failureWindow` open the breaker. */
const failureLimit = 5
const failureWindow = seconds(30)
/** After this time (ms), one try finds out whether the provider works again. */
const restTime = seconds(15)

export interface BreakerOptions {
  readonly clock: Clock
  readonly onOpen: () => void
}

export function createBreaker({ clock, onOpen }: BreakerOptions) {
  let failures: number[] = []
  let openedAt: number | undefined
  let probing = false

  function open(): void {
    failures = []
    openedAt = clock.now()
    onOpen()
  }

  return {
    /** `true`: the try may start; call `succeeded`, `failed` or `brokenOff` when it ends. */
    enter(): boolean {
      if (openedAt === undefined) return true
      if (probing || !isOver(openedAt, restTime, clock.now())) return false
      probing = true
      return true
    },

    /** The provider answered, with success or with a refusal. */
    succeeded(): void {
      failures = []
      openedAt = undefined
      probing = false
    },

    /** The provider did not answer, or answered that it cannot work. */
    failed(): void {
      const now = clock.now()
      if (probing) {
        probing = false
        open()
        return
      }
      if (openedAt !== undefined) return
      failures = [...failures.filter((at) => !isOver(at, failureWindow, now)), now]
      if (failures.length >= failureLimit) open()
    },

    /** The try ended for a reason that says nothing about the provider. */
    brokenOff(): void {
      probing = false
    },
  }
}

export type Breaker = ReturnType<typeof createBreaker>
