/**
 * Makes the clock of a process run several times as fast: dates, `performance.now()`, and the timers that code sets. Loaded
 * before a server, with the speed in EINLASS_CHAOS_SPEED and the moment from which on it is so fast in EINLASS_CHAOS_BEGAN. What
 * Node measures by itself stays as slow as it was: limits of HTTP connections, `AbortSignal.timeout`, `process.hrtime`.
 */
import { syncBuiltinESMExports } from 'node:module'
import timers from 'node:timers'
import timersPromises from 'node:timers/promises'
import { promisify } from 'node:util'

/**
 * @param {{speed: number, beganAt: number}} order how many milliseconds pass in a real one; and since when, in milliseconds since
 *   the epoch, so that several processes have the same time
 * @returns {() => void} gives the process its own clock back
 */
export function hasten({ speed, beganAt }) {
  const own = {
    ...{ Date: globalThis.Date, now: performance.now },
    timers: { ...timers },
    promises: { ...timersPromises },
  }
  const date = beganAt + (own.Date.now() - beganAt) * speed
  const began = own.now.call(performance)
  const readTime = () => began + (own.now.call(performance) - began) * speed
  const readDate = () => Math.floor(date + readTime() - began)

  globalThis.Date = class extends own.Date {
    constructor(...parts) {
      if (parts.length === 0) super(readDate())
      else super(...parts)
    }

    static now() {
      return readDate()
    }
  }
  performance.now = readTime
  const pause = (delay, ...rest) => own.promises.setTimeout(delay / speed, ...rest)
  const setTimeout = (work, delay = 1, ...rest) =>
    own.timers.setTimeout(work, delay / speed, ...rest)
  setTimeout[promisify.custom] = pause
  use({
    timers: {
      setTimeout,
      setInterval: (work, delay = 1, ...rest) =>
        own.timers.setInterval(work, delay / speed, ...rest),
    },
    promises: {
      setTimeout: pause,
      setInterval: (delay, ...rest) => own.promises.setInterval(delay / speed, ...rest),
    },
  })

  return () => {
    globalThis.Date = own.Date
    delete performance.now
    use(own)
  }
}

function use({ timers: { setTimeout, setInterval }, promises }) {
  Object.assign(globalThis, { setTimeout, setInterval })
  Object.assign(timers, { setTimeout, setInterval })
  Object.assign(timersPromises, {
    setTimeout: promises.setTimeout,
    setInterval: promises.setInterval,
  })
  syncBuiltinESMExports()
}

const { EINLASS_CHAOS_SPEED: speed, EINLASS_CHAOS_BEGAN: beganAt } = process.env
if (speed !== undefined) hasten({ speed: Number(speed), beganAt: Number(beganAt) })
