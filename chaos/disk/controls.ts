/**
 * Settings of the disk as numbers in shared memory. The thread of a test changes them while the thread that serves the disk
 * waits for the kernel.
 */

const names = ['isOff', 'isUnplugged', 'failsFlush', 'flushesAll', 'delay', 'capacity'] as const
type Name = (typeof names)[number]

export type Controls = ReturnType<typeof openControls>

export const createControlMemory = (): SharedArrayBuffer => new SharedArrayBuffer(names.length * 8)

const unit = 4096

export function openControls(memory: SharedArrayBuffer) {
  const values = new Int32Array(memory)
  const at = (name: Name) => names.indexOf(name)
  const read = (name: Name) => Atomics.load(values, at(name))
  const write = (name: Name, value: number) => void Atomics.store(values, at(name), value)
  return {
    /** The power is off: no request is answered any more. */
    get isOff() {
      return read('isOff') === 1
    },
    set isOff(value) {
      write('isOff', Number(value))
    },
    /** The connection ends with the next request, and all waiting requests get an error. */
    get isUnplugged() {
      return read('isUnplugged') === 1
    },
    set isUnplugged(value) {
      write('isUnplugged', Number(value))
    },
    /** Each flush fails with a device error. */
    get failsFlush() {
      return read('failsFlush') === 1
    },
    set failsFlush(value) {
      write('failsFlush', Number(value))
    },
    /** A flush of one file flushes all files. */
    get flushesAll() {
      return read('flushesAll') === 1
    },
    set flushesAll(value) {
      write('flushesAll', Number(value))
    },
    /** Milliseconds that each flush takes. */
    set delay(value: number) {
      write('delay', value)
    },
    /** Bytes, in whole pages. */
    get capacity() {
      return read('capacity') * unit
    },
    set capacity(value) {
      write('capacity', Math.floor(value / unit))
    },
    waitBeforeFlush() {
      const delay = read('delay')
      // Nothing wakes this wait: it lasts for its full time.
      if (delay > 0) Atomics.wait(values, at('delay'), delay, delay)
    },
  }
}
