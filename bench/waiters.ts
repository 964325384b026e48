// Opens many event streams from one process, on bare sockets, and records when each was woken.

import { connect, type Socket } from 'node:net'
import { type PreparedWaiters, preciseNow, type Waiter } from './control.ts'

const openOne = (
  url: URL,
  waiter: Waiter,
  isWoken: (received: string) => boolean,
  onWoken: (at: number) => void,
): Promise<Socket> =>
  new Promise((done, failed) => {
    const socket = connect({ host: url.hostname, port: Number(url.port), noDelay: true })
    const cookie = waiter.cookie ? `cookie: ${waiter.cookie}\r\n` : ''
    const head = `GET ${waiter.path} HTTP/1.1\r\nhost: ${url.host}\r\naccept: text/event-stream\r\n${cookie}\r\n`
    let received = ''
    socket.once('connect', () => socket.write(head))
    socket.on('error', failed)
    socket.on('data', (chunk) => {
      const at = preciseNow()
      received += chunk.toString('latin1')
      if (isWoken(received)) onWoken(at)
      if (!received.includes('\r\n\r\n')) return
      if (received.startsWith('HTTP/1.1 200')) done(socket)
      else failed(new Error(`a waiter was refused: ${received.slice(0, 200)}`))
    })
  })

/** Opens all streams, some hundred at a time, and resolves when all are open. */
export const openWaiters = async (address: string, prepared: PreparedWaiters) => {
  const { marker, markersAtOpening, waiters } = prepared
  const isWoken = (received: string) => received.split(marker).length - 1 > markersAtOpening
  const url = new URL(address)
  const heard = new Array<number | undefined>(waiters.length).fill(undefined)
  const sockets: Socket[] = []
  let count = 0
  let next = 0
  const work = async () => {
    while (next < waiters.length) {
      const index = next
      next += 1
      const waiter = waiters[index]
      if (!waiter) return
      const socket = await openOne(url, waiter, isWoken, (at) => {
        if (heard[index] === undefined) count += 1
        heard[index] ??= at
      })
      sockets.push(socket)
    }
  }
  await Promise.all(Array.from({ length: 200 }, work))
  return {
    /** When each one was woken; waits until all were, at most `limit` milliseconds. */
    heard: async (limit: number): Promise<(number | undefined)[]> => {
      const end = performance.now() + limit
      while (count < waiters.length && performance.now() < end) {
        await new Promise((done) => setTimeout(done, 20))
      }
      return heard
    },
    /** Number of bytes received so far. */
    bytes: () => sockets.reduce((sum, socket) => sum + socket.bytesRead, 0),
    close: async () => {
      for (const socket of sockets) socket.destroy()
    },
  }
}
