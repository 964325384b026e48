/**
 * The operations on the keys that seal secrets in the database: list them, rotate them while servers run, and retire an
 * earlier key. Owns the order of a rotation: every server knows a new key before anything is sealed with it; then every
 * value is wrapped anew; only then may an earlier key be retired. After a kill, a rotation continues at the step that it
 * had reached.
 */
import { type Clock, minutes } from '../../platform/kernel/clock.ts'
import { Fault } from '../../platform/kernel/fault.ts'
import type { ChangingKeyring, KeyEncryptionKey } from '../../platform/kernel/keyring.ts'
import type { Random } from '../../platform/kernel/random.ts'
import type { Database } from '../../platform/storage/database.ts'
import { addKey, type Keys, removeKey } from '../../platform/storage/key-file.ts'
import type { SealingKeySource } from '../../platform/storage/key-source.ts'
import type { NodeKeys } from '../../platform/storage/node-keys.ts'
import {
  countSealedValues,
  rewrapSealedValues,
  type SealedCount,
} from '../../platform/storage/sealed-values.ts'
import {
  computeFingerprint,
  describeKey,
  findEarlierKeys,
  findSealingKey,
  type KnownKey,
  listFollowed,
  lockSealingState,
  orderKeys,
  readSealingState,
  type SealingState,
  writeCheck,
  writeKnownKeys,
  writeMarks,
} from '../../platform/storage/sealing-state.ts'
import { transact } from '../../platform/storage/transact.ts'
import type { Audit } from '../audit/audit.ts'
import { type Administrator, auditName } from './actor.ts'
import { sealingEvents } from './events.ts'
import { followLaterKey } from './later-key.ts'

export interface SealingKeyOptions {
  readonly db: Database
  readonly keyring: ChangingKeyring
  readonly source: SealingKeySource
  readonly audit: Audit
  readonly clock: Clock
  readonly random: Random
  /** The running servers, with the keys that each reports. */
  readonly findNodes: () => Promise<readonly NodeKeys[]>
  /** Waits a moment for servers; `false`: stop waiting. */
  readonly pause: () => Promise<boolean>
}

export interface SealingKeySummary {
  readonly id: string
  /** `seals`: seals new values. `waits`: for servers. `earlier`: still opens values. `missing`: it is not in the source. */
  readonly state: 'seals' | 'waits' | 'earlier' | 'retired' | 'missing'
  /** Milliseconds since the epoch; `null`: it is not known. */
  readonly sealsSince: number | null
  readonly values: readonly Omit<SealedCount, 'keyId'>[]
}

export type SealingRotation =
  /**
   * Without `seals`, these servers do not have the key, and nothing is sealed with it; with `seals`, they still seal with
   * an earlier key.
   */
  | {
      readonly type: 'waiting'
      readonly keyId: string
      readonly seals: boolean
      readonly nodes: readonly NodeKeys[]
    }
  | {
      readonly type: 'done'
      readonly keyId: string
      /** `false`: an earlier rotation was completed. */
      readonly isNew: boolean
      readonly moved: number
      readonly broken: readonly string[]
      /** Keys that no longer seal any value. */
      readonly unused: readonly string[]
    }

export type SealingKeyOperations = ReturnType<typeof createSealingKeyOperations>

export function createSealingKeyOperations(options: SealingKeyOptions) {
  return {
    listKeys: () => listKeys(options),
    /**
     * Continues an unfinished rotation, or makes a new key and lets it seal. Throws Fault `conflict` when another command
     * is rotating, or when Einlass cannot write to the source of the keys and it has no new key.
     */
    rotate: (actor: Administrator, onValues?: (values: number) => void) =>
      rotate(options, actor, onValues),
    /**
     * Retires an earlier key. If it was in a file, returns the file that has it from then on. Throws Fault `not_found`
     * when no key has this id, and `conflict` while it is in use.
     */
    retire: (actor: Administrator, id: string) => retire(options, actor, id),
  }
}

async function listKeys({ db, keyring }: SealingKeyOptions): Promise<SealingKeySummary[]> {
  const state = await readSealingState(db)
  const counts = await countSealedValues(db, keyring)
  const ids = [...keyring.keys, ...state.keys].map(({ id }) => id)
  const all = new Set([...ids, ...counts.map(({ keyId }) => keyId)])
  return [...all].map((id) => ({
    id,
    state: findState(id, keyring, state),
    sealsSince: state.keys.find((key) => key.id === id)?.sealsSince || null,
    values: counts.filter(({ keyId }) => keyId === id).map(({ keyId: _, ...count }) => count),
  }))
}

function findState(
  id: string,
  keyring: ChangingKeyring,
  state: SealingState,
): SealingKeySummary['state'] {
  const known = state.keys.find((key) => key.id === id)
  if (id === keyring.sealingKey) return 'seals'
  if (known !== undefined && known.retiredAt !== null) return 'retired'
  if (!keyring.keys.some((key) => key.id === id)) return 'missing'
  return known !== undefined && known.sealsSince === null ? 'waits' : 'earlier'
}

async function rotate(
  options: SealingKeyOptions,
  actor: Administrator,
  onValues?: (values: number) => void,
): Promise<SealingRotation> {
  const { db, keyring } = options
  const [first, ...others] = keyring.keys
  if (first !== undefined) await writeMarks(db, [first, ...others])
  await followLaterKey(options, auditName(actor))
  if (await isUnfinished(options)) {
    const ended = await rewrap(options, false, onValues)
    // Broken values cannot be wrapped anew, and are no reason to stay with a key.
    if (ended.type === 'waiting' || ended.moved > 0) return ended
  }
  const next = await findNextKey(options)
  const fingerprint = computeFingerprint(next)
  const lacking = await waitForNodes(options, (node) => node.fingerprints.includes(fingerprint))
  if (lacking.length > 0) return { type: 'waiting', keyId: next.id, seals: false, nodes: lacking }
  const late = await letSeal(options, actor, next)
  if (late.length > 0) return { type: 'waiting', keyId: next.id, seals: false, nodes: late }
  return await rewrap(options, true, onValues)
}

async function rewrap(
  options: SealingKeyOptions,
  isNew: boolean,
  onValues?: (values: number) => void,
): Promise<SealingRotation> {
  const { db, keyring } = options
  const keyId = keyring.sealingKey
  const slow = await waitForNodes(options, ({ sealsWith }) => sealsWith === keyId)
  if (slow.length > 0) return { type: 'waiting', keyId, seals: true, nodes: slow }
  const { moved, broken } = await rewrapSealedValues(db, keyring, onValues)
  return { type: 'done', keyId, isNew, moved, broken, unused: await listUnused(options) }
}

/** Whether values are sealed with an earlier key: after a killed rotation, or because a server has used it meanwhile. */
async function isUnfinished({ db, keyring }: SealingKeyOptions): Promise<boolean> {
  const counts = await countSealedValues(db, keyring)
  return counts.some(
    ({ keyId }) => keyId !== keyring.sealingKey && keyring.keys.some(({ id }) => id === keyId),
  )
}

/** The key that will seal. From then on the database knows it. Takes a key that already waits; otherwise makes a new one. */
async function findNextKey(options: SealingKeyOptions): Promise<KeyEncryptionKey> {
  const { db, keyring, source, random, clock } = options
  // Reads the list first, because a key that another command has just added is in the source before it is in the list.
  const look = async () => {
    const state = await readSealingState(db)
    const keys = await source.read()
    return { keys, next: pickNext(keys, state) }
  }
  let found = await look()
  if (found.next === undefined) {
    if (source.file === undefined) throw new Fault('conflict', noNextText(source))
    await addKey(source.file, random)
    found = await look()
  }
  const { keys, next } = found
  if (next === undefined) throw new Error('a key was added and is not there')
  const before = keyring.sealingKey
  const state = await transact(db, async (tx) => {
    await lockSealingState(tx)
    const current = await readSealingState(tx)
    requireSealing(current, before)
    const known = [...keyring.keys.filter(({ id }) => id === before), next]
    const missing = known.filter(({ id }) => current.keys.every((key) => key.id !== id))
    const now = clock.now()
    const list = [
      ...current.keys,
      ...missing.map((key): KnownKey => describeKey(key, now, key === next)),
    ]
    if (missing.length > 0) await writeKnownKeys(tx, list)
    return { ...current, keys: list }
  })
  keyring.useKeys(orderKeys(keys, state))
  return next
}

/**
 * The key that waits, or else the newest unused key that is newer than the one that seals. Throws Fault `conflict` when
 * the key that waits is not here.
 */
function pickNext(keys: Keys, state: SealingState): KeyEncryptionKey | undefined {
  const waiting = state.keys.find((key) => key.sealsSince === null && key.retiredAt === null)
  if (waiting !== undefined) {
    const found = keys.find(({ id }) => id === waiting.id)
    if (found === undefined) throw new Fault('conflict', elsewhereText(waiting.id))
    return found
  }
  const sealing = findSealingKey(state)
  const newer = keys.slice(
    0,
    keys.findIndex(({ id }) => id === sealing),
  )
  const earlier = findEarlierKeys(keys, state)
  return newer.find(({ id }) => !earlier.has(id) && state.keys.every((key) => key.id !== id))
}

const elsewhereText = (id: string): string =>
  `The key ${id} was added on another machine and waits. Bring it here and run this command again, or give it up: einlass keys retire ${id}`

const noNextText = ({ name }: SealingKeySource): string =>
  `There is no new key in ${name}, which Einlass cannot change. Add the line that "einlass keys new" prints as the last one, on every machine, and run this command again.`

function requireSealing(state: SealingState, id: string): void {
  if (findSealingKey(state) === id) return
  throw new Fault('conflict', 'Another command is rotating these keys. Nothing was changed.')
}

/** Waits until all running servers fit; returns those that do not fit after a while. */
async function waitForNodes(
  { findNodes, pause }: SealingKeyOptions,
  fits: (node: NodeKeys) => boolean,
): Promise<readonly NodeKeys[]> {
  for (;;) {
    const lacking = (await findNodes()).filter((node) => !fits(node))
    if (lacking.length === 0 || !(await pause())) return lacking
  }
}

/** Lets the key seal. If servers without the key came meanwhile, changes nothing and returns them. */
async function letSeal(
  { db, keyring, audit, clock, findNodes }: SealingKeyOptions,
  actor: Administrator,
  next: KeyEncryptionKey,
): Promise<readonly NodeKeys[]> {
  const before = keyring.sealingKey
  const others = keyring.keys.filter(({ id }) => id !== next.id)
  return await transact(db, async (tx) => {
    await lockSealingState(tx)
    const state = await readSealingState(tx)
    requireSealing(state, before)
    const fingerprint = computeFingerprint(next)
    const nodes = await findNodes()
    const lacking = nodes.filter(({ fingerprints }) => !fingerprints.includes(fingerprint))
    if (lacking.length > 0) return lacking
    const earlier = listFollowed(next.id, [next, ...others], state)
    keyring.useKeys([next, ...others])
    await writeCheck(tx, keyring, earlier)
    const sealsSince = clock.now()
    const keys = state.keys.map((key) => (key.id === next.id ? { ...key, sealsSince } : key))
    await writeKnownKeys(tx, keys)
    const facts = { key: next.id, before, by: auditName(actor) }
    await audit.record(tx, sealingEvents.rotated, facts)
    return []
  })
}

async function listUnused(options: SealingKeyOptions): Promise<string[]> {
  const keys = await listKeys(options)
  return keys
    .filter((key) => key.state === 'earlier' && key.values.length === 0)
    .map(({ id }) => id)
}

/** Requests that began before the change of keys have ended by then. */
const longestRequest = minutes(1)

async function retire(
  options: SealingKeyOptions,
  actor: Administrator,
  id: string,
): Promise<{ readonly file: string | undefined }> {
  const { db, keyring, source, audit, clock, findNodes } = options
  await followLaterKey(options, auditName(actor))
  const key = (await listKeys(options)).find((one) => one.id === id)
  if (key === undefined) throw new Fault('not_found', `There is no key ${id} in ${source.name}.`)
  if (key.state === 'seals') {
    const text = `The key ${id} seals. First let another one take its place: einlass keys rotate --purpose sealing`
    throw new Fault('conflict', text)
  }
  if (key.values.length > 0) throw new Fault('conflict', neededText(key))
  const others = (await findNodes()).filter(({ sealsWith }) => sealsWith === id)
  if (others.length > 0) {
    const text = `A server still seals with the key ${id}: ${others.map(({ host }) => host).join(', ')}.`
    throw new Fault('conflict', text)
  }
  await transact(db, async (tx) => {
    await lockSealingState(tx)
    const state = await readSealingState(tx)
    const since = state.keys.find((one) => one.id === findSealingKey(state))?.sealsSince ?? 0
    if (Math.abs(clock.now() - since) < longestRequest) {
      const text = `Another key seals only since ${new Date(since).toISOString()}, and requests of before may be under way. Try again in a minute.`
      throw new Fault('conflict', text)
    }
    if (state.keys.find((one) => one.id === id)?.retiredAt != null) return
    await writeKnownKeys(tx, retireIn(state.keys, keyring.keys, { id, now: clock.now() }))
    await audit.record(tx, sealingEvents.retired, { key: id, by: auditName(actor) })
  })
  return { file: source.file === undefined ? undefined : await removeKey(source.file, id) }
}

function retireIn(
  known: readonly KnownKey[],
  keys: readonly KeyEncryptionKey[],
  { id, now }: { readonly id: string; readonly now: number },
): readonly KnownKey[] {
  const found = keys.find((key) => key.id === id)
  const isKnown = known.some((key) => key.id === id)
  const all = isKnown || found === undefined ? known : [...known, describeKey(found, now, false)]
  return all.map((key) => (key.id === id ? { ...key, retiredAt: now } : key))
}

function neededText({ id, values }: SealingKeySummary): string {
  const places = values.map(({ table, column, values: count }) => `${table}.${column} ${count}`)
  return `The key ${id} is needed: ${places.join(', ')}. Wrap these values anew before: einlass keys rotate --purpose sealing`
}
