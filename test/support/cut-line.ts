/** A line to a server that can be cut, after which nobody is there: as when the server has ended. */
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import type { Scope } from '../../src/dev/test-support/on-each-engine.ts'

export interface CutLine {
  /** In place of the address of the server. */
  readonly url: string
  /** Ends all connections and takes no further ones. */
  cut(): void
}

export async function openCutLine(t: Scope, serverUrl: string): Promise<CutLine> {
  const { hostname, port } = new URL(serverUrl)
  const sockets = new Set<Socket>()
  const server = createServer((near) => {
    const far = connect(Number(port), hostname)
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(one)
      one.pipe(other)
      one
        .on('error', () => other.destroy())
        .on('close', () => {
          sockets.delete(one)
          other.destroy()
        })
    }
  })
  const cut = () => {
    server.close()
    for (const socket of sockets) socket.destroy()
  }
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(cut)
  const place = new URL(serverUrl)
  place.host = `127.0.0.1:${(server.address() as AddressInfo).port}`
  return { url: place.href, cut }
}
