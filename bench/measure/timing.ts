// Measures whether the time of an answer reveals that a user exists, with pairs of requests that should take equally long. As a
// control, it must find a planted difference.

import { resolve } from 'node:path'
import type { Bench, Figure } from '../figure.ts'
import { userPassword } from '../logins.ts'
import { makeFolder, serverCore, startScript } from '../process.ts'
import { packScript } from '../product/packed-script.ts'
import { flags } from '../product/target.ts'
import { countUsers, makeBase, makeMixedBase, nameOf } from '../timing/base.ts'
import { startDirectory } from '../timing/directory.ts'
import { findInterval } from '../timing/interval.ts'
import { type Amount, type Attempt, measurePairs } from '../timing/pairs.ts'

/** Milliseconds: the interval of a difference must lie within this distance of zero. */
const limit = 1
/** Milliseconds by which an unknown name takes longer in the planted case. */
const planted = 2.5

type Case = {
  name: string
  first: (turn: number) => Attempt
  second: (turn: number) => Attempt
  /** The case has a planted difference, which has to be found. */
  isControl?: boolean
  /** The most attempts, because a server sends only few of these mails per minute. */
  most?: number
}

const login =
  (kind: string, password = 'not the password') =>
  (turn: number) => ({
    path: '/login',
    fields: { username: nameOf(kind, turn), password },
  })

const forgotten = (kind: string) => (turn: number) => ({
  path: '/forgot-password',
  fields: { username: nameOf(kind, turn) },
})

/** Names of users and unknown names are equally long. */
const cases: Case[] = [
  { name: 'wrong password', first: login('known'), second: login('nobod') },
  { name: 'disabled user', first: login('disabled'), second: login('disabler') },
  {
    name: 'disabled user, right password',
    first: login('former', userPassword),
    second: login('farmer', userPassword),
  },
  { name: 'user without a password', first: login('guest'), second: login('ghost') },
  {
    name: 'name that has to wait',
    first: login('waiting'),
    second: login('waiter'),
  },
  {
    name: 'forgotten password',
    first: forgotten('known'),
    second: forgotten('nobod'),
    most: 100,
  },
]

const mixedCases: Case[] = [
  { name: 'half of all hashes are imported', first: login('member'), second: login('number') },
]

const directoryCases: Case[] = [
  { name: 'user of a directory', first: login('person'), second: login('parson') },
  { name: 'local user beside a directory', first: login('known'), second: login('nobod') },
]

const controlCases: Case[] = [
  {
    name: `${planted} ms that are planted`,
    first: login('nobod'),
    second: login('known'),
    isControl: true,
  },
]

const toFigure = ({ name, isControl = false }: Case, differences: number[]): Figure => {
  const { median, low, high } = findInterval(differences)
  return {
    name: `${name}, against an unknown name`,
    unit: 'ms',
    value: median,
    interval: [low, high],
    reference: 'the other of a pair',
    referenceValue: Number.NaN,
    ratio: Number.NaN,
    spread: [Number.NaN, Number.NaN],
    goal: isControl ? `found: above ${limit} ms` : `within ${limit} ms`,
    holds: isControl ? low > limit : low >= -limit && high <= limit,
  }
}

const measureAt = async (
  settings: { make: typeof makeBase; planted?: number; config?: object },
  measured: Case[],
  pairs: Amount,
): Promise<Figure[]> => {
  const { folder, remove } = await makeFolder('timing')
  const { make, config: further, ...more } = settings
  await make({ folder, count: countUsers(pairs.most) })
  const smtp = { host: '127.0.0.1', port: 9, security: 'none' }
  const config = {
    trusted_proxies: ['127.0.0.1/32'],
    mail: { from: 'login@example.org', smtp },
    ...further,
  }
  const running = await startScript({
    script: await packScript(resolve(import.meta.dirname, '../product/server.ts')),
    flags,
    settings: { folder, hash: true, host: '127.0.0.1', config, ...more },
    cores: serverCore,
    cleanUp: remove,
  })
  try {
    const figures: Figure[] = []
    for (const one of measured) {
      const { first, second, most = pairs.most } = one
      const amount = { ...pairs, least: Math.min(pairs.least, most), most }
      const { url } = running
      figures.push(toFigure(one, await measurePairs({ url, first, second, ...amount })))
    }
    return figures
  } finally {
    await running.close()
  }
}

const measureBesideDirectory = async (pairs: Amount): Promise<Figure[]> => {
  const { config, close } = await startDirectory(countUsers(pairs.most))
  try {
    return await measureAt({ make: makeBase, config }, directoryCases, pairs)
  } finally {
    await close()
  }
}

export async function* measureTiming(bench: Bench): AsyncGenerator<Figure[]> {
  const pairs =
    bench.rounds === 1
      ? { least: 100, most: 500, seconds: 6 }
      : { least: 500, most: 2_000, seconds: 25 }
  yield await measureAt({ make: makeBase }, cases, pairs)
  yield await measureAt({ make: makeMixedBase }, mixedCases, pairs)
  yield await measureBesideDirectory(pairs)
  yield await measureAt({ make: makeBase, planted }, controlCases, pairs)
}
