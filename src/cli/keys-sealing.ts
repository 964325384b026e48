/** `einlass keys … --purpose sealing`, `keys retire`, `keys check`, `keys new`: the keys that seal secrets in the database. */
import { setTimeout as sleep } from 'node:timers/promises'
import { createKeyCheck } from '../faces/protocols/key-check.ts'
import { createAudit } from '../identity/audit/audit.ts'
import { auditName } from '../identity/operations/actor.ts'
import { bindAllRows } from '../identity/operations/bind-rows.ts'
import {
  createSealingKeyOperations,
  type SealingKeyOperations,
  type SealingKeySummary,
  type SealingRotation,
} from '../identity/operations/sealing-keys.ts'
import type { Config } from '../platform/config/schema.ts'
import { systemClock as clock, seconds } from '../platform/kernel/clock.ts'
import type { Io } from '../platform/kernel/io.ts'
import { systemRandom as random } from '../platform/kernel/random.ts'
import { createRowBinding } from '../platform/storage/bound-rows.ts'
import type { OpenDatabase } from '../platform/storage/database.ts'
import { makeKeyLine } from '../platform/storage/key-file.ts'
import { openKeySource } from '../platform/storage/key-source.ts'
import { type NodeKeys, readNodeKeys } from '../platform/storage/node-keys.ts'
import { countRows } from '../platform/storage/row-walk.ts'
import { findBrokenValues } from '../platform/storage/sealed-values.ts'
import { takeServerLock } from '../platform/storage/server-lock.ts'
import { createProgress } from './backup-progress.ts'
import { defineCommand, exit, type Invocation } from './command.ts'
import { usableConfig } from './config.ts'
import { withWholeDatabase } from './database.ts'
import { operator } from './operator.ts'
import { formatTable } from './table.ts'

type Reply = Invocation<Record<never, never>>['reply']

/** A server looks for new keys every two seconds. */
const longestWait = seconds(20)

function withSealingKeys<Result>(
  config: Config,
  work: (operations: SealingKeyOperations) => Promise<Result>,
): Promise<Result> {
  return withWholeDatabase(config, (database, keyring) => {
    const { db } = database
    const source = openKeySource(config)
    const audit = createAudit({ clock, keyring })
    const findNodes = () => findRunning(config, database)
    const parts = { db, keyring, source, audit, clock, random, findNodes, pause: createPause() }
    return work(createSealingKeyOperations(parts))
  })
}

function createPause(): () => Promise<boolean> {
  const until = Date.now() + longestWait
  return async () => {
    await sleep(250)
    return Date.now() < until
  }
}

/** Finds the running servers among those that noted their keys: a killed server could not remove its note. */
async function findRunning(
  { storage }: Config,
  { db, nodes }: OpenDatabase,
): Promise<readonly NodeKeys[]> {
  const all = await readNodeKeys(db)
  if (storage.type === 'sqlite') return all.length > 0 && isServed(storage.file) ? all : []
  const gone = await Promise.all(all.map(({ node }) => nodes.isGone(node)))
  return all.filter((_, index) => gone[index] !== true)
}

function isServed(file: string): boolean {
  try {
    takeServerLock(file).release()
    return false
  } catch {
    return true
  }
}

export async function listSealingKeys(config: Config, reply: Reply): Promise<number> {
  const keys = await withSealingKeys(config, (operations) => operations.listKeys())
  reply(keys, formatKeys(keys))
  return exit.ok
}

function formatKeys(keys: readonly SealingKeySummary[]): string {
  const rows = keys.map(({ id, state, sealsSince, values }) => [
    id,
    state,
    sealsSince === null ? '-' : formatTime(sealsSince),
    `${values.reduce((sum, one) => sum + one.values, 0)}`,
    values.map(({ table, column, values: count }) => `${table}.${column} ${count}`).join(', ') ||
      '-',
  ])
  return formatTable(['KEY', 'STATE', 'SEALS SINCE', 'VALUES', 'OF'], rows)
}

const formatTime = (at: number): string => new Date(at).toISOString().slice(0, 16).replace('T', ' ')

export async function rotateSealingKeys(config: Config, io: Io, reply: Reply): Promise<number> {
  const onValues = createProgress(io, clock, 'values wrapped anew')
  const rotation = await withSealingKeys(config, (operations) =>
    operations.rotate(operator, onValues),
  )
  reply(rotation, describeRotation(config, rotation))
  return rotation.type === 'done' && rotation.broken.length === 0 ? exit.ok : exit.refused
}

function describeRotation(config: Config, rotation: SealingRotation): string {
  const { name } = openKeySource(config)
  if (rotation.type === 'waiting') {
    const hosts = rotation.nodes.map(({ host, node }) => `${host} (${node})`).join(', ')
    if (rotation.seals)
      return `The key ${rotation.keyId} seals, and these servers still seal with an earlier one: ${hosts}.
They do not answer: end them, or wait, and run this command again. Until then the earlier keys have to stay.`
    return `The key ${rotation.keyId} waits: it is in ${name} here, and these servers do not use it yet: ${hosts}.
Bring it there, or end them, and run this command again. Logins go on meanwhile, and no value needs it.`
  }
  const { keyId, isNew, moved, broken, unused } = rotation
  const first = isNew
    ? `The key ${keyId} seals from now on.`
    : `The key ${keyId} seals already; an earlier rotation was ended. For a new key run this command again.`
  return [
    `${first} Values that were wrapped anew: ${moved}.`,
    ...(broken.length === 0 ? [] : [brokenText(broken)]),
    ...unused.map(
      (id) => `Nothing is sealed with ${id} any more. In a minute: einlass keys retire ${id}`,
    ),
    `Backups of before need the earlier keys: keep a copy of ${name} as it is now with them.`,
  ].join('\n')
}

const brokenText = (broken: readonly string[]): string =>
  `Values that do not open, as they were changed by hand or their key is missing: ${broken.length}\n${broken
    .slice(0, 100)
    .map((place) => `  ${place}`)
    .join('\n')}`

export const keysRetire = defineCommand({
  name: 'keys retire',
  operands: ['KEY'],
  summary:
    'Removes an earlier sealing key from the key file, if no value of the database needs it. Its line goes to a file beside it, for earlier backups.',
  options: {},
  async run({ operands: [id = ''], configFile, io, reply }) {
    const { config } = usableConfig(configFile, io)
    const { file } = await withSealingKeys(config, (operations) => operations.retire(operator, id))
    const { name } = openKeySource(config)
    const place =
      file === undefined
        ? `Take its line out of ${name}.`
        : `Its line is in ${file}: move that file to where copies of the key file are.`
    reply(
      { id, file },
      `The key ${id} is retired. ${place}
Take it out on the other machines as well. Only backups of before still need it.`,
    )
    return exit.ok
  },
})

export const keysCheck = defineCommand({
  name: 'keys check',
  operands: [],
  summary:
    'Opens every sealed value of the database, and names those that do not open, for example because they were changed by hand. Changes nothing.',
  options: {
    rows: {
      type: 'boolean',
      help: 'Instead: checks the code of every row that lets somebody in',
    },
  },
  async run({ values, configFile, io, reply }) {
    const { config } = usableConfig(configFile, io)
    if (values.rows === true) return await checkRows(config, reply)
    const { broken, signing } = await withWholeDatabase(config, async ({ db }, keyring) => ({
      broken: await findBrokenValues(db, keyring),
      signing: await createKeyCheck({ db, keyring, clock })(),
    }))
    const isRight = broken.length === 0 && signing === undefined
    const lines = [
      ...(signing === undefined ? [] : [signing]),
      ...(broken.length === 0 ? [] : [brokenText(broken)]),
    ]
    reply({ broken, signing }, isRight ? 'Every sealed value opens.' : lines.join('\n'))
    return isRight ? exit.ok : exit.refused
  },
})

async function checkRows(config: Config, reply: Reply): Promise<number> {
  const { tables, accepts } = await withWholeDatabase(config, async ({ db }, keyring) => ({
    tables: await countRows(db, createRowBinding({ keyring })),
    accepts: keyring.acceptsUnboundRows,
  }))
  const isRight = tables.every(({ forged, unbound }) => forged === 0 && (accepts || unbound === 0))
  const header = ['TABLE', 'BOUND', 'OVER', 'WITHOUT CODE', 'FORGED', 'SUCH AS']
  const lines = tables.map((one) => [
    ...[one.table, `${one.bound}`, `${one.over}`, `${one.unbound}`, `${one.forged}`],
    one.examples.slice(0, 5).join(' ') || '-',
  ])
  const notes = accepts
    ? [
        'Rows without a code are accepted: run einlass keys bind when no server of an earlier version runs.',
      ]
    : isRight
      ? []
      : [
          'Rows that are forged or without a code are ignored. Remove them, or take them from a backup.',
        ]
  reply({ tables, accepts }, [formatTable(header, lines).trimEnd(), ...notes].join('\n'))
  return isRight ? exit.ok : exit.refused
}

export const keysBind = defineCommand({
  name: 'keys bind',
  operands: [],
  summary:
    'The end of an upgrade: gives every row that lets somebody in its code, as it is now. From then on rows without one are refused, and so are earlier versions of Einlass. With SQLite the start of a server does it.',
  options: {},
  async run({ configFile, io, reply }) {
    const { config } = usableConfig(configFile, io)
    const bound = await withWholeDatabase(config, ({ db }, keyring) => {
      const audit = createAudit({ clock, keyring })
      return bindAllRows({ db, keyring, audit, clock }, auditName(operator))
    })
    const text =
      bound === undefined
        ? 'All rows have a code already.'
        : `Rows that got a code: ${bound}. Rows without one are refused from now on.`
    reply({ bound: bound ?? 0 }, text)
    return exit.ok
  },
})

export const keysNew = defineCommand({
  name: 'keys new',
  operands: [],
  summary:
    'Prints a line with a new sealing key, for a key file or a secret that Einlass cannot write: add it there as the last line, then run keys rotate --purpose sealing.',
  options: {},
  without: ['config'],
  async run({ reply }) {
    const line = makeKeyLine(random)
    reply({ line }, line)
    return exit.ok
  },
})
