/** `einlass app export` and `einlass app apply`: write all apps to one file, and apply such a file to the database. */
import { writeFileSync } from 'node:fs'
import { text } from 'node:stream/consumers'
import { type AppsFile, readAppsFile } from '../faces/apps/file/read.ts'
import { writeAppsFile } from '../faces/apps/file/write.ts'
import { protocols } from '../faces/protocols/index.ts'
import { findProtocol } from '../identity/apps/app-protocol.ts'
import type { App } from '../identity/apps/apps.ts'
import {
  type AppliedApp,
  createApplyApps,
  type WantedApp,
} from '../identity/operations/apply-apps.ts'
import { findApp } from '../identity/operations/apps.ts'
import { policyWith } from '../identity/policy/policy.ts'
import { listMissingLevels } from '../login/factors/missing-levels.ts'
import { ConfigMistakes } from '../platform/config/mistakes.ts'
import type { Config } from '../platform/config/schema.ts'
import { unreadableText } from '../platform/kernel/denied.ts'
import { Fault } from '../platform/kernel/fault.ts'
import type { Io } from '../platform/kernel/io.ts'
import { escapeControls } from '../platform/kernel/text.ts'
import { describeLost, withApps } from './app.ts'
import { warnEmptyGroups } from './app-rule.ts'
import { defineCommand, exit } from './command.ts'
import { usableConfig } from './config.ts'
import { confirmByWord } from './confirm.ts'
import { openDirectoryFor } from './operations.ts'
import { operator } from './operator.ts'

export const appExport = defineCommand({
  name: 'app export',
  operands: [],
  optionalOperands: ['ID...'],
  isRepeatable: true,
  summary:
    'Writes all apps, or the named ones, as a file for "app apply". It contains no secrets, no pictures and no apps that registered themselves.',
  options: {
    file: { type: 'string', value: 'FILE', help: 'Write it there instead of to standard output' },
  },
  async run({ operands, values, configFile, io, json, reply }) {
    const { config } = usableConfig(configFile, io)
    const found = await withApps(config, async ({ db, apps }) => {
      for (const id of operands) refuseRegistered(await findApp(apps, db, id))
      return await apps.list(db)
    })
    const named = found.filter(({ id }) => operands.length === 0 || operands.includes(id))
    const chosen = named.filter((app) => app.registration === undefined)
    const file = writeAppsFile(named, protocols)
    if (values.file !== undefined) writeFileSync(values.file, file)
    const count = `${chosen.length} ${chosen.length === 1 ? 'app' : 'apps'}`
    const shown = { apps: chosen.map(({ id }) => id), ...(values.file && { file: values.file }) }
    const left = `It has no secrets and no pictures: "app icon" gives an app its picture again.`
    const spared = describeSpared(named.length - chosen.length)
    if (values.file !== undefined)
      reply(shown, `Wrote ${count} to ${values.file}. ${left}${spared}`)
    else if (json) reply({ ...shown, text: file }, '')
    else io.stdout.write(file)
    return exit.ok
  },
})

function refuseRegistered({ id, registration }: App): void {
  if (registration === undefined) return
  const text = `${id} registered itself. A file would make it one of yours wherever it is applied: einlass app adopt ${id} says that it is.`
  throw new Fault('bad_request', text)
}

function describeSpared(count: number): string {
  return count === 0 ? '' : `\nNot in it: ${count} that registered themselves; see "app adopt".`
}

export const appApply = defineCommand({
  name: 'app apply',
  operands: ['FILE'],
  summary:
    'Adds and changes apps as a file says, all of them or none. FILE is - for standard input. Settings that an entry does not name get their defaults; apps that the file does not name stay, except with --prune. A new secret is shown once.',
  options: {
    'dry-run': { type: 'boolean', help: 'Say what would change, and change nothing' },
    prune: {
      type: 'boolean',
      help: 'Remove apps that the file does not name, except those that registered themselves. Lists them and asks first',
    },
    'prune-registered': {
      type: 'boolean',
      help: 'With --prune: also apps that registered themselves',
    },
    yes: {
      type: 'boolean',
      help: 'Do not ask for confirmation; required with --prune without a terminal',
    },
  },
  async run({ operands: [name = ''], values, configFile, io, replySecret }) {
    const { config } = usableConfig(configFile, io)
    const { apps: wanted, findLine } = await readWanted(name, io)
    const dryRun = values['dry-run'] === true
    refuseLoneOption(values)
    const { outcome, empty, spared } = await withApps(config, async ({ db, apps, audit }) => {
      const apply = createApplyApps({ db, apps, audit, protocols })
      const isNamed = (id: string) => wanted.some((one) => one.id === id)
      const surplus = (await apps.list(db)).filter(({ id }) => !isNamed(id))
      const removed = surplus.filter((app) => isPruned(app, values))
      if (!dryRun && values.yes !== true) await askToRemove(io, removed)
      const mayRemove = ({ id }: App) => removed.some((app) => app.id === id)
      return {
        outcome: await apply(operator, { apps: wanted, mayRemove, dryRun }),
        empty: await warnEmptyGroups(openDirectoryFor(config), db, listGroups(wanted)),
        spared: values.prune === true ? surplus.length - removed.length : 0,
      }
    })
    if (outcome.type === 'other_protocol') {
      throw new ConfigMistakes(
        outcome.apps.map(({ id, protocol }) => {
          const line = findLine(['apps', id, 'protocol'])
          return {
            path: `apps.${id}.protocol`,
            ...(line !== undefined && { line }),
            found: 'another protocol than the one of the app',
            allowed: `${protocol}, or another id: an app keeps its protocol`,
          }
        }),
        name,
        [],
        'file',
      )
    }
    const warnings = [...listWarnings(config, wanted), ...empty]
    const lines = [
      ...outcome.apps.flatMap(describeApplied),
      summarize(outcome.apps, dryRun),
      ...(spared === 0
        ? []
        : [`Left as they are: ${spared} that registered themselves; see --prune-registered.`]),
      ...warnings.map((warning) => `Warning: ${warning}`),
      ...listSecrets(outcome.apps, wanted),
    ]
    const ids = outcome.apps.flatMap((app) =>
      'clientSecret' in app && app.clientSecret ? app.id : [],
    )
    const lost = ids.length === 0 ? undefined : describeLost('secret of each new app', ids)
    const result = { dryRun, apps: outcome.apps, ...(warnings.length > 0 && { warnings }) }
    return await replySecret(result, lines.join('\n'), lost)
  },
})

interface PruneValues {
  readonly prune?: boolean
  readonly 'prune-registered'?: boolean
}

function refuseLoneOption({ prune, 'prune-registered': registered }: PruneValues): void {
  if (registered !== true || prune === true) return
  throw new Fault('bad_request', '--prune-registered is said with --prune.')
}

const isPruned = ({ registration }: App, values: PruneValues): boolean =>
  values.prune === true && (registration === undefined || values['prune-registered'] === true)

/** Asks before it removes apps. Only these are removed: an app that is added meanwhile was not in the list that was shown. */
async function askToRemove(io: Io, apps: readonly App[]): Promise<void> {
  if (apps.length === 0) return
  const list = apps.map(({ id, name, registration }) => {
    const origin = registration === undefined ? '' : ', registered itself'
    return `  - ${id} (${escapeControls(name)}${origin})`
  })
  const question = `These apps are not in the file and will be removed, with their secrets, rules and all that was issued for them. Nobody can log in to them from then on, and it cannot be taken back.\n${list.join('\n')}`
  await confirmByWord(io, { question, word: 'remove' })
}

type Wanted = Extract<AppsFile, { type: 'apps' }>

async function readWanted(name: string, io: Io): Promise<Wanted> {
  const read = readAppsFile(await readInput(name, io), protocols)
  if (read.type === 'apps') return read
  throw new ConfigMistakes(read.mistakes, name === '-' ? undefined : name, [], 'file')
}

async function readInput(name: string, io: Io): Promise<string> {
  if (name === '-') return await text(io.stdin)
  try {
    return io.readFile(name)
  } catch (cause) {
    throw new Fault('bad_request', `${name}: ${unreadableText(cause, name)}.`, { cause })
  }
}

const marks = { added: '+', changed: '~', removed: '-' } as const

function describeApplied(app: AppliedApp): string[] {
  if (app.type === 'unchanged') return []
  const changes = app.type === 'changed' ? app.changes : []
  const title = `${marks[app.type]} ${app.id} (${escapeControls(app.name)}): ${app.type}`
  return [title, ...changes.map((change) => `    ${escapeControls(change)}`)]
}

function summarize(apps: readonly AppliedApp[], dryRun: boolean): string {
  const count = (type: AppliedApp['type']) => apps.filter((app) => app.type === type).length
  const types = ['added', 'changed', 'removed', 'unchanged'] as const
  const counts = types.filter((type) => count(type) > 0).map((type) => `${count(type)} ${type}`)
  const what = counts.length === 0 ? 'The file names no app.' : `${counts.join(', ')}.`
  return dryRun ? `Nothing was written. It would be: ${what}` : what
}

/** Each group that a rule names, once. */
function listGroups(wanted: readonly WantedApp[]): string[] {
  const named = wanted.flatMap(({ policy: { allowedGroups = [], groups = [] } = {} }) => [
    ...allowedGroups,
    ...groups.map(({ group }) => group),
  ])
  return [...new Set(named)]
}

/** Warnings of rules whose level nobody can achieve, which would let nobody in. */
function listWarnings(config: Config, wanted: readonly WantedApp[]): string[] {
  return wanted.flatMap(({ id, policy = {} }) =>
    listMissingLevels(config, policyWith(policy, config.default_policy)).map(
      (warning) => `${id}: ${warning}`,
    ),
  )
}

function listSecrets(apps: readonly AppliedApp[], wanted: readonly WantedApp[]): string[] {
  const lines = apps.flatMap((app) => {
    if (!('clientSecret' in app) || app.clientSecret === undefined) return []
    const protocol = wanted.find(({ id }) => id === app.id)?.protocol ?? ''
    const { words } = findProtocol(protocols, protocol)
    return [`${words.secret ?? 'secret'} of ${app.id}: ${app.clientSecret}`]
  })
  return lines.length === 0 ? [] : [...lines, 'Each secret is shown this once.']
}
