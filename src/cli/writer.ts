/** Writes long output no faster than its reader takes it, so that it does not fill the memory. */
import { once } from 'node:events'

export interface Writer {
  /** `false`: nothing more can be written, for example before `| head`; process.ts reports errors. */
  write(text: string): Promise<boolean>
}

export function createWriter(stream: NodeJS.WritableStream): Writer {
  let failed = false
  stream.once('error', () => {
    failed = true
  })
  const isOpen = (): boolean => !failed && stream.writable
  return {
    async write(text) {
      if (!isOpen()) return false
      if (stream.write(text)) return true
      const end = new AbortController()
      const ends = ['drain', 'close', 'error'].map((name) =>
        once(stream, name, { signal: end.signal }).catch(() => undefined),
      )
      await Promise.race(ends)
      end.abort()
      return isOpen()
    },
  }
}

export function isClosedPipe(error: Error): boolean {
  return 'code' in error && error.code === 'EPIPE'
}
