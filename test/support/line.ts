/** A line between Einlass and a directory, which can slow, change and add to what the server says. */
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import type { Scope } from '../../src/dev/test-support/on-each-engine.ts'

export interface LineOptions {
  /** Where the server is. */
  readonly url: string
  /**
   * Passes on what came from the server.
   * @param at how many pieces came before on this connection
   */
  readonly pass?: (bytes: Buffer, to: Socket, at: number) => void
  /** Milliseconds until the server hears a request. */
  readonly delay?: number
}

/** Gives the address to use in place of the server's. */
export async function openLine(t: Scope, options: LineOptions): Promise<string> {
  const { url, pass = (bytes, to) => to.write(bytes), delay = 0 } = options
  const { protocol, port } = new URL(url)
  const server = createServer((near) => {
    const far = connect(Number(port), '127.0.0.1')
    const close = () => {
      near.destroy()
      far.destroy()
    }
    let at = 0
    near.on('data', (bytes) => {
      if (delay === 0) far.write(bytes)
      else setTimeout(() => far.write(bytes), delay)
    })
    far.on('data', (bytes: Buffer) => {
      pass(bytes, near, at)
      at += 1
    })
    for (const socket of [near, far]) socket.on('error', close).on('close', close)
    t.after(close)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => server.close())
  return `${protocol}//127.0.0.1:${(server.address() as AddressInfo).port}`
}
