/** The way from a server to its PostgreSQL, which can lead elsewhere and can be cut. */
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import type { Scope } from '../../src/dev/test-support/on-each-engine.ts'

/**
 * `silent`: nothing passes, in both directions, until the cut is mended. `lost`: PostgreSQL sees the connections close, and for the
 * server they are silent. `refused`: all connections are closed, and so is each new one.
 */
export type Cut = 'silent' | 'lost' | 'refused'

export interface Relay {
  /** The address of a PostgreSQL, by this way. */
  url(of: string): string
  /** Closes all connections. New ones lead to this port. */
  leadTo(port: string): void
  cut(how: Cut): void
  /** What a silent cut has held back passes now. */
  mend(): void
}

interface Pair {
  /** The side of the server. */
  readonly near: Socket
  readonly far: Socket
}

/** @param first the port to which it leads */
export async function startRelay(t: Scope, first: string): Promise<Relay> {
  let target = first
  let current: Cut | undefined
  const pairs = new Set<Pair>()
  const end = ({ near, far }: Pair) => {
    near.destroy()
    far.destroy()
  }
  const server = createServer((near) => {
    if (current === 'refused') {
      near.destroy()
      return
    }
    const pair = { near, far: connect(Number(target), '127.0.0.1') }
    pairs.add(pair)
    for (const socket of [pair.near, pair.far]) {
      socket.on('error', () => {})
      socket.on('close', () => {
        // For the server, a lost connection is only silent.
        if (current === 'lost' && socket === pair.far) return
        pairs.delete(pair)
        end(pair)
      })
    }
    if (current !== undefined) holdBack(pair)
    near.on('data', (data) => pair.far.write(data))
    pair.far.on('data', (data) => near.write(data))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    server.close()
    for (const pair of pairs) end(pair)
  })
  const { port } = server.address() as AddressInfo
  return {
    url: (of) => of.replace(/:\d+\//, `:${port}/`),
    leadTo(port) {
      target = port
      for (const pair of pairs) end(pair)
    },
    cut(how) {
      current = how
      for (const pair of pairs) {
        if (how === 'refused') end(pair)
        else holdBack(pair)
        if (how === 'lost') pair.far.destroy()
      }
    },
    mend() {
      const was = current
      current = undefined
      for (const pair of pairs) {
        if (was === 'lost') end(pair)
        else for (const socket of [pair.near, pair.far]) socket.resume()
      }
    },
  }
}

function holdBack({ near, far }: Pair): void {
  near.pause()
  far.pause()
}
