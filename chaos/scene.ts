/**
 * A stage with a crowd, and the checks after each fault: acknowledged data exists, nothing was spent twice, the audit log is
 * intact, and people can log in again.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { Scope } from '../src/dev/test-support/on-each-engine.ts'
import type { StorageConfig } from '../src/platform/storage/open.ts'
import { createEnds } from '../test/support/installation.ts'
import { createHistory, type History } from './check/history.ts'
import { describeHistory, findViolation } from './check/linearizable.ts'
import { type Crowd, startCrowd } from './load/crowd.ts'
import { createGate } from './load/gate.ts'
import { type Load, look } from './load/login.ts'
import { addPeople, addPhoneOwners, connectPhone, type Hash } from './load/people.ts'
import type { Choices } from './load/random.ts'
import type { Release } from './stage/release.ts'
import { type NodeSettings, openStage, type Stage } from './stage/stage.ts'
import type { Tally } from './tally.ts'

export interface SceneOptions {
  readonly hash: Hash
  readonly choices: Choices
  /** Absent: an SQLite file beside the key. */
  readonly storage?: StorageConfig
  readonly nodes?: number
  readonly crowd?: CrowdSize
  readonly release?: Release
  readonly servers?: ServerOptions
  readonly tally?: Tally
}

export interface ServerOptions {
  readonly env?: NodeJS.ProcessEnv
  readonly settings?: NodeSettings
}

export interface CrowdSize {
  /** Numbers of people with a code app and recovery codes, and of people with a phone. */
  readonly people: number
  readonly phones: number
  /** Milliseconds between two logins of a person. */
  readonly pause: number
}

/** A crowd that keeps a server fully busy. */
const crowdOfFaults: CrowdSize = { people: 6, phones: 1, pause: 0 }

export interface Scene {
  readonly stage: Stage
  readonly crowd: Crowd
  readonly history: History
  readonly choices: Choices
  /** The offset of the servers' clock, in milliseconds. */
  readonly wallClock: { offset: number }
  /** How often each event has happened. */
  readonly counts: ReadonlyMap<string, number>
  /** Waits until the next login has succeeded, or throws with the output of the servers. */
  untilLogin(): Promise<void>
  /** Drops checked operations, for a run that takes hours. */
  forget(): void
  /** Checks everything after all people have settled and all nodes are ready. Throws with the history that is impossible. */
  check(): Promise<void>
}

/** Milliseconds. */
const loginLimit = 60_000
/** People with phones: a phone whose request stayed without an answer is replaced by a new one with a new owner. */
const phoneOwners = 300
/** Earlier sessions that are checked after each fault, besides all new ones. */
const sampleSize = 5

export async function openScene(t: Scope, options: SceneOptions): Promise<Scene> {
  const { hash, choices, nodes = 1, servers = {} } = options
  const { people, phones, pause: between } = options.crowd ?? crowdOfFaults
  const later = createEnds(t)
  const folder = await mkdtemp(join(tmpdir(), 'einlass-chaos-'))
  later(() => rm(folder, { recursive: true, force: true }))
  const storage = options.storage ?? { type: 'sqlite', file: join(folder, 'einlass.db') }
  const stage = await openStage(later, {
    ...{ folder, storage, nodes, ...servers },
    ...(options.release && { release: options.release }),
  })
  const history = createHistory(() => performance.now())
  hash.reuse()
  const known = await addPeople(stage, history, { count: people, hash })
  const gate = createGate()
  const counts = new Map<string, number>()
  const count = (what: string) => void counts.set(what, (counts.get(what) ?? 0) + 1)
  const wallClock = { offset: 0 }
  const load: Load = {
    ...{ history, choices, gate, count, sessions: [], pause: between },
    readClock: () => Date.now() + wallClock.offset,
    listUrls: stage.listUrls,
  }
  for (let node = 0; node < nodes; node += 1) await (await stage.start(node)).ready

  const owners = await addPhoneOwners(stage, { count: phoneOwners, hash })
  const connect = async () => {
    const owner = owners.shift()
    if (owner === undefined) throw new Error('nobody is left without a phone')
    return await connectPhone(t, stage.publicUrl, owner)
  }
  // On a busy machine, the first one may come too late.
  for (let phone = 0; phone < phones; phone += 1) known.push(await connect().catch(connect))
  const crowd = startCrowd(load, known, connect)
  later(() => crowd.stop())

  async function untilLogin(): Promise<void> {
    const before = counts.get('logins') ?? 0
    const end = performance.now() + loginLimit
    while ((counts.get('logins') ?? 0) === before) {
      if (performance.now() > end) throw new Error(`nobody logs in:\n${showState()}`)
      await pause(10)
    }
  }

  const showState = () =>
    JSON.stringify({
      counts: Object.fromEntries(counts),
      output: Array.from({ length: nodes }, (_, node) =>
        stage.running(node)?.output().slice(-2_000),
      ),
    })

  const judged = options.tally?.open()
  let sessionsSeen = 0
  async function check(): Promise<void> {
    const { sessions } = load
    const sample = Array.from({ length: sampleSize }, () => choices.pick(sessions))
    const wanted = new Set([...sessions.slice(sessionsSeen), ...sample])
    sessionsSeen = sessions.length
    for (const session of wanted) if (session !== undefined) await look(load, session)
    requirePossible(history)
    await stage.verifyAudit()
    if (judged === undefined) return
    judged.checks += 1
    judged.logins = counts.get('logins') ?? 0
    judged.operations = history.countOperations()
  }

  function forget(): void {
    history.forget()
    load.sessions.length = 0
    sessionsSeen = 0
  }

  return { forget, stage, crowd, history, choices, wallClock, counts, untilLogin, check }
}

function requirePossible(history: History): void {
  const violations = history.takeTouched().flatMap((thing) => findViolation(thing) ?? [])
  if (violations.length === 0) return
  const texts = violations.map(({ thing, reason }) =>
    [`${thing.name}: ${reason}`, ...describeHistory(thing)].join('\n  '),
  )
  throw new ViolationError(texts.join('\n'))
}

/** What clients saw is impossible. */
export class ViolationError extends Error {}
