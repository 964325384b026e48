// The cost of a SCIM request that changes one member of a group of 60,000, compared with a group of 60: processor time of server
// and database, and the time of the login page while twenty such requests are under way. One server has both groups, and gets the
// requests for them in short turns.

import { Agent } from 'node:http'
import { resolve } from 'node:path'
import { type Bench, compare, type Figure, median, type Round } from '../figure.ts'
import { send } from '../logins.ts'
import { cpuSeconds, makeFolder, serverCore, startScript } from '../process.ts'
import { packScript } from '../product/packed-script.ts'
import { flags } from '../product/target.ts'
import { makeScimBase, openScimStorage, type ScimBase, type Size } from '../scim/base.ts'
import { type EngineName, engines } from '../users/fixture.ts'

const atOnce = 20
const schemas = ['urn:ietf:params:scim:api:messages:2.0:PatchOp']

export type ScimClient = ReturnType<typeof createScimClient>

/** Adds and removes members one by one, each of them another user. */
export const createScimClient = (url: string, { tokens, groups, outsiders }: ScimBase) => {
  const agent = new Agent({ keepAlive: true, maxSockets: atOnce + 1 })
  let turn = 0
  const patch = async (size: Size, operation: object): Promise<void> => {
    const body = JSON.stringify({ schemas, Operations: [operation] })
    const { status } = await send(agent, `${url}/scim/v2/Groups/${groups[size]}`, {
      method: 'PATCH',
      headers: {
        authorization: `Bearer ${tokens[turn++ % tokens.length]}`,
        'content-type': 'application/scim+json',
        'content-length': String(Buffer.byteLength(body)),
      },
      body,
    })
    // An older checkout answers 200.
    if (status !== 204 && status !== 200) throw new Error(`a PATCH of a group answered ${status}`)
  }
  const add = (size: Size, value: string) =>
    patch(size, { op: 'add', path: 'members', value: [{ value }] })
  const remove = (size: Size, value: string) =>
    patch(size, { op: 'remove', path: `members[value eq "${value}"]` })
  return {
    close: () => agent.destroy(),
    /** Resolves with the number of requests. */
    async changeOne(size: Size, seconds: number): Promise<number> {
      const end = performance.now() + seconds * 1_000
      let requests = 0
      for (let at = 0; performance.now() < end; at += 1) {
        const user = outsiders[at % outsiders.length] ?? ''
        await add(size, user)
        await remove(size, user)
        requests += 2
      }
      return requests
    },
    /** The times of the login page in milliseconds, while twenty such requests are under way all the time. */
    async timePage(size: Size, seconds: number): Promise<number[]> {
      const end = performance.now() + seconds * 1_000
      const times: number[] = []
      const change = async (user: string) => {
        while (performance.now() < end) {
          await add(size, user)
          await remove(size, user)
        }
      }
      const changes = Promise.all(outsiders.slice(0, atOnce).map(change))
      while (performance.now() < end) {
        const begin = performance.now()
        const { status } = await send(agent, `${url}/login`, {
          ...{ method: 'GET', headers: { accept: 'text/html' } },
        })
        times.push(performance.now() - begin)
        if (status !== 200) throw new Error(`the login page answered ${status}`)
      }
      await changes
      return times
    },
  }
}

type Cost = { cpu: number; page: number }

/** Turns for each group in a round. */
const turns = 4

const measureRound = async (
  client: ScimClient,
  spent: () => Promise<number>,
  seconds: number,
): Promise<Round<Cost>> => {
  const sums = { few: { cpu: 0, requests: 0 }, many: { cpu: 0, requests: 0 } }
  const times: Record<Size, number[]> = { few: [], many: [] }
  for (let turn = 0; turn < turns; turn += 1) {
    const order: Size[] = turn % 2 === 0 ? ['few', 'many'] : ['many', 'few']
    for (const size of order) {
      const before = await spent()
      sums[size].requests += await client.changeOne(size, seconds / turns)
      sums[size].cpu += 1_000 * ((await spent()) - before)
      times[size].push(...(await client.timePage(size, seconds / turns / 2)))
    }
  }
  const costOf = (size: Size): Cost => ({
    cpu: sums[size].cpu / sums[size].requests,
    page: median(times[size]),
  })
  return { value: costOf('many'), referenceValue: costOf('few') }
}

const measureEngine = async (bench: Bench, engine: EngineName): Promise<Figure[]> => {
  const { folder, remove } = await makeFolder('scim')
  const { storage, pid, close } = await openScimStorage(folder, engine)
  try {
    const base = await makeScimBase(storage)
    const running = await startScript({
      script: await packScript(resolve(import.meta.dirname, '../product/server.ts')),
      flags,
      settings: { folder, hash: true, host: '127.0.0.1', config: { storage } },
      cores: serverCore,
    })
    const client = createScimClient(running.url, base)
    try {
      const spent = async () =>
        (await cpuSeconds(running.pid)) + (pid === undefined ? 0 : await cpuSeconds(pid))
      const seconds = Math.max(1, bench.seconds / 2)
      for (const size of ['few', 'many'] as const) await client.changeOne(size, seconds)
      const rounds: Round<Cost>[] = []
      while (rounds.length < bench.rounds) rounds.push(await measureRound(client, spent, seconds))
      return listFigures(engine, rounds)
    } finally {
      client.close()
      await running.close()
    }
  } finally {
    await close()
    await remove()
  }
}

const listFigures = (engine: EngineName, rounds: Round<Cost>[]): Figure[] => {
  const reference = 'a group of 60'
  const pick = (of: keyof Cost): Round<number>[] =>
    rounds.map(({ value, referenceValue }) => ({
      value: value[of],
      referenceValue: referenceValue[of],
    }))
  return [
    compare({
      ...{ name: `SCIM, one member of a group of 60,000, ${engine}`, unit: 'CPU-ms', reference },
      ...{ rounds: pick('cpu'), goal: { of: 'ratio', atMost: 1.2 } },
    }),
    compare({
      ...{ name: 'login page beside twenty of them at once', unit: 'ms', reference },
      ...{ rounds: pick('page'), goal: { of: 'ratio', atMost: 1.2 } },
    }),
  ]
}

export async function* measureScim(bench: Bench): AsyncGenerator<Figure[]> {
  for (const engine of engines) yield await measureEngine(bench, engine)
}
