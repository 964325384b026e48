// The floor: the smallest code on node:http and node:sqlite that does the work of a login and of a waiting browser. It has no
// policy, no rate limits, no forgery protection: it is only for comparison, never for use.
// Argument: {"file": path of the database, "hash": whether passwords are hashed, "port"?: number}.

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { availableParallelism } from 'node:os'
import { hash, verify } from '@node-rs/argon2'
import { listen, serveControl, type WaiterSource } from '../control.ts'
import { userCount, userPassword } from '../logins.ts'
import { floorPage } from './page.ts'
import { openFloorStore } from './store.ts'

const settings: { file: string; hash: boolean; port?: number; seed: boolean } = JSON.parse(
  process.argv[2] ?? '{}',
)
const cost = { memoryCost: 19_456, timeCost: 2, parallelism: 1 }
const width = availableParallelism()
process.env.UV_THREADPOOL_SIZE = String(width)

const store = openFloorStore(settings.file)
if (settings.seed) await store.addUsers(userCount, await hash(userPassword, cost))

const readBody = async (request: IncomingMessage): Promise<URLSearchParams> => {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk)
  return new URLSearchParams(Buffer.concat(chunks).toString())
}

const queue: (() => void)[] = []
let running = 0
// As many hashes at once as there are cores: more hashes would only compete for the caches.
const verifyInTurn = async (stored: string, password: string): Promise<boolean> => {
  if (running >= width) await new Promise<void>((done) => queue.push(done))
  else running += 1
  try {
    return await verify(stored, password)
  } finally {
    const next = queue.shift()
    if (next) next()
    else running -= 1
  }
}

let isHashing = settings.hash

const login = async (request: IncomingMessage, response: ServerResponse) => {
  const form = await readBody(request)
  const name = form.get('username') ?? ''
  const stored = store.findHash(name)
  const matches =
    stored !== undefined && (!isHashing || (await verifyInTurn(stored, form.get('password') ?? '')))
  if (!matches) return response.writeHead(401).end()
  const token = await store.createSession(name)
  const cookie = `session=${token}; Path=/; HttpOnly; SameSite=Lax`
  response.writeHead(303, { location: '/', 'set-cookie': cookie }).end()
}

const waiting = new Map<number, ServerResponse>()
const wait = (request: IncomingMessage, response: ServerResponse) => {
  const index = Number(request.url?.split('=')[1])
  waiting.set(index, response)
  response.on('close', () => waiting.delete(index))
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' })
  response.write(':\n\n')
}
// Prevents proxies from closing streams, as often as the product does.
setInterval(() => {
  for (const response of waiting.values()) response.write(':\n\n')
}, 15_000).unref()

const server = createServer((request, response) => {
  if (request.url === '/login' && request.method === 'GET') {
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(floorPage)
  } else if (request.url === '/login') void login(request, response)
  else if (request.url?.startsWith('/events')) wait(request, response)
  else if (request.url?.startsWith('/status'))
    response
      .writeHead(200, { 'content-type': 'application/json' })
      .end('{"final":false,"status":"waiting"}')
  else response.writeHead(404).end()
})

const source: WaiterSource = {
  marker: 'data: decided',
  markersAtOpening: 0,
  prepare: async (count) =>
    Array.from({ length: count }, (_, index) => ({ path: `/events?id=${index}`, cookie: '' })),
  wake: (index) => {
    waiting.get(index)?.end('data: decided\n\n')
  },
}

// The rate of the hash alone: as many at once as there are cores, for the given seconds.
const hashFlatOut = async (query: URLSearchParams): Promise<number> => {
  const stored = await hash(userPassword, cost)
  const end = performance.now() + Number(query.get('seconds')) * 1000
  let hashes = 0
  const work = async () => {
    while (performance.now() < end) {
      await verify(stored, userPassword)
      hashes += 1
    }
  }
  await Promise.all(Array.from({ length: width }, work))
  return hashes
}

/** Turns the hash on and off, for a warm-up without it. */
const setHashing = async (query: URLSearchParams): Promise<boolean> => {
  isHashing = settings.hash && query.get('on') === 'yes'
  return true
}

const control = await serveControl(source, { '/hash': hashFlatOut, '/hashing': setHashing })
const url = await listen(server, settings.port)
console.log(`ready ${JSON.stringify({ url, control })}`)
