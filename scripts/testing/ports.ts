// Ports of 127.0.0.1 for the servers of tests. A port is found first and listened on later, or left for a moment while a server
// starts anew, and nothing may take it meanwhile. So these ports are below those that the system assigns by itself, and each
// one is claimed by a name that this process holds until it ends, which other tests respect.

import { createServer } from 'node:net'

/** Below the ports that Linux and other systems assign, and above those that browsers refuse. */
const range = { first: 10_100, last: 31_999 }

/** Claims a port. `false`: another process has claimed it. Only Linux has sockets with a name and without a file. */
const claim = (port: number): Promise<boolean> =>
  new Promise((done) => {
    if (process.platform !== 'linux') return done(true)
    const server = createServer().unref()
    server.once('error', () => done(false))
    server.listen({ path: `\0einlass-test-port-${port}` }, () => done(true))
  })

const isFree = (port: number): Promise<boolean> =>
  new Promise((done) => {
    const server = createServer()
    server.once('error', () => done(false))
    server.listen({ port, host: '127.0.0.1' }, () => server.close(() => done(true)))
  })

const takeAll = async (ports: readonly number[]): Promise<boolean> => {
  for (const port of ports) if (!((await claim(port)) && (await isFree(port)))) return false
  return true
}

/**
 * The first of `count` ports in a row.
 * @param pick returns a number from 0 up to, but not including, 1
 */
export const findPorts = async (count: number, pick = Math.random): Promise<number> => {
  for (let attempt = 0; attempt < 1000; attempt += 1) {
    const first = range.first + Math.floor(pick() * (range.last - range.first - count))
    if (await takeAll(Array.from({ length: count }, (_, index) => first + index))) return first
  }
  throw new Error(`there are no ${count} free ports in a row`)
}

export const findPort = (): Promise<number> => findPorts(1)
