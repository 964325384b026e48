/** What the thread of a test may change about the disk while the thread that serves it waits for the kernel: numbers in shared memory. */

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
    /** The power is off: nothing is answered any more. */
    get isOff() {
      return read('isOff') === 1
    },
    set isOff(value) {
      write('isOff', Number(value))
    },
    /** The connection ends with the next request, and all that wait get an error. */
    get isUnplugged() {
      return read('isUnplugged') === 1
    },
    set isUnplugged(value) {
      write('isUnplugged', Number(value))
    },
    /** Each flush is an error of the device. */
    get failsFlush() {
      return read('failsFlush') === 1
    },
    set failsFlush(value) {
      write('failsFlush', Number(value))
    },
    /** A flush of one file is one of all. */
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
      // Nobody wakes this one: it waits for its time.
      if (delay > 0) Atomics.wait(values, at('delay'), delay, delay)
    },
  }
}
