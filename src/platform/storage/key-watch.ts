/**
 * Keeps the sealing keys of a running server up to date: reads keys that were added, notes in the database which keys the
 * server has, seals with the key that the database names, and reports problems in words. A command does the rotation itself.
 */

import { type Clock, seconds } from '../kernel/clock.ts'
import { Fault } from '../kernel/fault.ts'
import type { ChangingKeyring, KeyEncryptionKey } from '../kernel/keyring.ts'
import type { Log } from '../kernel/log.ts'
import type { OpenDatabase, Queries } from './database.ts'
import type { Keys } from './key-file.ts'
import type { SealingKeySource } from './key-source.ts'
import { hasNodeKeys, removeGoneNodes, removeNodeKeys, writeNodeKeys } from './node-keys.ts'
import {
  areRowsBound,
  checkMarks,
  computeFingerprint,
  findEarlierKeys,
  findSealingKey,
  lockSealingState,
  orderKeys,
  putBackText,
  readEarlierKeys,
  readSealingState,
  type SealingState,
} from './sealing-state.ts'
import { transact } from './transact.ts'

export interface KeyWatchOptions {
  readonly database: Pick<OpenDatabase, 'db' | 'nodes'>
  readonly keyring: ChangingKeyring
  readonly source: SealingKeySource
  readonly clock: Clock
  readonly log: Log
  /** The name of this machine. */
  readonly host: string
  /** Checks the sealed rows that every login reads; resolves with the problem of the first broken one. */
  readonly findBrokenRow: () => Promise<string | undefined>
}

export interface KeyWatch {
  /** Checks once; rejects when the database cannot be read. */
  look(): Promise<void>
  /** Checks, even if that means running a command. */
  readAgain(): Promise<void>
  start(): void
  /** Removes the note of this server from the database. */
  stop(): Promise<void>
  /** What prevents logins, in words; `undefined`: the last check found nothing. */
  findProblem(): string | undefined
}

const every = seconds(2)
/** Milliseconds. */
const commandEvery = seconds(30)

export function createKeyWatch(options: KeyWatchOptions): KeyWatch {
  const { database, keyring, source, clock, log, findBrokenRow } = options
  const { db, nodes } = database
  const note = createNotes(log)
  let problem: string | undefined
  let last: readonly KeyEncryptionKey[] = keyring.keys
  let askedAt = Number.NEGATIVE_INFINITY
  let isAsked = false
  let reported: string | undefined
  let looking: Promise<void> | undefined
  let timer: NodeJS.Timeout | undefined
  /** The ids of the keys that the present key replaced. None of them seals again. */
  const followed = new Set<string>()

  /** Reads the keys of the source; while that fails, returns the keys that are known. */
  async function readSource(state: SealingState): Promise<readonly KeyEncryptionKey[]> {
    const lacks = state.keys.some(
      ({ id, retiredAt }) => retiredAt === null && keyring.keys.every((key) => key.id !== id),
    )
    // Runs a command only when a key is missing, and not all the time.
    if (!source.isCheap && !isAsked && (!lacks || Math.abs(clock.now() - askedAt) < commandEvery))
      return last
    askedAt = clock.now()
    isAsked = false
    try {
      const found = await source.read()
      last = found
      note('source', undefined)
      return found
    } catch (error) {
      const reason = error instanceof Error ? error.message : 'unknown'
      note(
        'source',
        `the sealing keys cannot be read, and this server goes on with those it has: ${reason}`,
      )
      return []
    }
  }

  async function report(queries: Queries): Promise<void> {
    const fingerprints = keyring.keys.map(computeFingerprint).sort()
    const row = { node: nodes.own, host: options.host, fingerprints }
    await writeNodeKeys(queries, { ...row, sealsWith: keyring.sealingKey })
  }

  async function look(): Promise<void> {
    if (reported === undefined) await removeGoneNodes(database)
    try {
      problem = (await takeState(await readSealingState(db))) ?? (await findBrokenRow())
    } catch (error) {
      // The database is away: that says nothing about the keys.
      if (error instanceof Fault || !(error instanceof Error)) throw error
      problem = error.message
    }
    note('problem', problem)
  }

  /** Returns the problem in words. */
  async function takeState(state: SealingState): Promise<string | undefined> {
    const found = await readSource(state)
    if (areRowsBound(keyring, state)) keyring.refuseUnboundRows()
    const before = keyring.sealingKey
    let wrong = takeKeys(keyring, found, state, followed)
    const isSaid = describeKeys(keyring) === reported && (await hasNodeKeys(db, nodes.own))
    if (!isSaid) {
      await transact(db, async (tx) => {
        await lockSealingState(tx)
        wrong = takeKeys(keyring, found, await readSealingState(tx), followed)
        await report(tx)
      })
      reported = describeKeys(keyring)
    }
    const { sealingKey } = keyring
    if (sealingKey !== before)
      log.info({ key: sealingKey, before }, 'another key seals from now on')
    const isRead = found.length > 0
    note('gone', isRead ? findGoneText(keyring.keys, found, source) : undefined)
    return wrong
  }

  async function lookInTurn(): Promise<void> {
    looking ??= look().finally(() => {
      looking = undefined
    })
    await looking
  }

  return {
    look: lookInTurn,
    async readAgain() {
      isAsked = true
      await lookInTurn()
    },
    start() {
      timer ??= setInterval(() => {
        lookInTurn().catch((error: unknown) =>
          log.debug({ error }, 'the sealing keys were not looked at'),
        )
      }, every).unref()
    },
    async stop() {
      clearInterval(timer)
      await looking?.catch(() => {})
      await removeNodeKeys(db, nodes.own).catch(() => {})
    },
    findProblem: () => problem,
  }
}

const describeKeys = ({ keys, sealingKey }: ChangingKeyring): string =>
  [sealingKey, ...keys.map(computeFingerprint).sort()].join(' ')

/**
 * Continues with the keys that were found, and with known keys that are missing now but not retired. Returns a problem in
 * words; the keyring then seals as before.
 * @param followed receives the ids of the keys that the sealing key replaced
 */
function takeKeys(
  keyring: ChangingKeyring,
  found: readonly KeyEncryptionKey[],
  state: SealingState,
  followed: Set<string>,
): string | undefined {
  const isRetired = ({ id }: KeyEncryptionKey) =>
    state.keys.some((known) => known.id === id && known.retiredAt !== null)
  const isFound = ({ id }: KeyEncryptionKey) => found.some((one) => one.id === id)
  const missing = keyring.keys.filter((key) => !isFound(key) && !isRetired(key))
  const known = [...found.filter((key) => isRight(key, state)), ...missing]
  const [first = keyring.keys[0], ...others] = known.length > 0 ? known : keyring.keys
  if (first === undefined) return undefined
  const keys: Keys = [first, ...others]
  try {
    refusePutBack(keyring, keys, state, followed)
    keyring.useKeys(orderKeys(keys, state))
    checkMarks(keyring, state)
    for (const id of readEarlierKeys(keys, state) ?? []) followed.add(id)
    return undefined
  } catch (error) {
    const sealing = keys.find(({ id }) => id === keyring.sealingKey)
    if (sealing !== undefined) keyring.useKeys([sealing, ...keys.filter((key) => key !== sealing)])
    return error instanceof Error ? error.message : 'unknown'
  }
}

/**
 * Another key may seal only if its own mark says that it replaced the present key, and the present key did not replace it: a
 * thief of an earlier key can write any mark for that key. Throws an Error with a message for people.
 */
function refusePutBack(
  { sealingKey }: ChangingKeyring,
  keys: Keys,
  state: SealingState,
  followed: ReadonlySet<string>,
): void {
  const next = findSealingKey(state)
  // A missing key is reported elsewhere.
  if (next === undefined || next === sealingKey || keys.every(({ id }) => id !== next)) return
  if (followed.has(next) || !findEarlierKeys(keys, state).has(sealingKey))
    throw new Error(putBackText(next, sealingKey))
}

/** A key whose line was copied wrongly is treated as missing. */
const isRight = (key: KeyEncryptionKey, { keys }: SealingState): boolean => {
  const known = keys.find(({ id }) => id === key.id)
  return known === undefined || known.fingerprint === computeFingerprint(key)
}

function findGoneText(
  keys: readonly KeyEncryptionKey[],
  found: readonly KeyEncryptionKey[],
  source: SealingKeySource,
): string | undefined {
  const gone = keys.filter(({ id }) => found.every((one) => one.id !== id)).map(({ id }) => id)
  if (gone.length === 0) return undefined
  return `${gone.join(', ')} is not in ${source.name} any more, and not retired: this server goes on with it, and would not start without it while a value needs it. Put it back, and take keys out by einlass keys retire`
}

/** Logs one line when a problem begins, however often it is found. */
function createNotes(log: Log) {
  const noted = new Map<string, string>()
  return (what: string, text: string | undefined): void => {
    const before = noted.get(what)
    if (before === text) return
    if (text === undefined) {
      noted.delete(what)
      log.info({ was: before }, 'the sealing keys are right again')
    } else {
      noted.set(what, text)
      log.error({}, `sealing keys: ${text}`)
    }
  }
}
