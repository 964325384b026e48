import { createServer } from 'node:net'

/** A port of 127.0.0.1 that nothing listens on at the moment. */
export const findFreePort = (): Promise<number> =>
  new Promise((done, failed) => {
    const server = createServer()
    server.on('error', failed)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => done(typeof address === 'object' && address ? address.port : 0))
    })
  })
