/** `einlass app …`: the apps that people log in to. The protocol of an app declares the options for its settings. */
import { protocols } from '../faces/protocols/index.ts'
import type { Protocol } from '../faces/protocols/protocol.ts'
import { findProtocol } from '../identity/apps/app-protocol.ts'
import {
  type App,
  type AppInput,
  appIdRule,
  createAppSchema,
  createApps,
} from '../identity/apps/apps.ts'
import { createAudit } from '../identity/audit/audit.ts'
import { createAppOperations, findApp } from '../identity/operations/apps.ts'
import { ownPolicySchema } from '../identity/policy/policy.ts'
import { explainMissingLevel, listMissingLevels } from '../login/factors/missing-levels.ts'
import type { Config } from '../platform/config/schema.ts'
import { systemClock } from '../platform/kernel/clock.ts'
import { Fault } from '../platform/kernel/fault.ts'
import type { Keyring } from '../platform/kernel/keyring.ts'
import { systemRandom } from '../platform/kernel/random.ts'
import { escapeControls } from '../platform/kernel/text.ts'
import type { Database } from '../platform/storage/database.ts'
import { createDocumentOptions, fetchDocument, type ReadTypedDocument } from './app-document.ts'
import {
  describeOrigin,
  describeOwnParts,
  listRulePlaces,
  type RuleValues,
  readNewRule,
  ruleOptions,
} from './app-policy.ts'
import {
  describeAllowed,
  describeRule,
  explainAllowed,
  listIdleDays,
  refusePastDay,
  warnEmptyGroups,
} from './app-rule.ts'
import {
  chooseProtocol,
  createAddOptions,
  createSettingsColumns,
  listPlaces,
  readNamedFiles,
  readSettings,
  refuseForeign,
  type Typed,
} from './app-settings.ts'
import {
  type ChosenTemplate,
  chooseTemplate,
  listAddresses,
  listSteps,
  templateOptions,
  writeSteps,
} from './app-template.ts'
import { defineCommand, exit } from './command.ts'
import { usableConfig } from './config.ts'
import { confirmByWord } from './confirm.ts'
import { withKeyring } from './database.ts'
import { checkInput, type Place } from './input.ts'
import { openDirectoryFor } from './operations.ts'
import { operator } from './operator.ts'
import { formatTable } from './table.ts'

/** Runs operations on apps in the configured database. */
export function withApps<Result>(
  config: Config,
  work: (parts: ReturnType<typeof openApps>) => Promise<Result>,
): Promise<Result> {
  return withKeyring(config, (db, keyring) => work(openApps(config, db, keyring)))
}

export function openApps(
  { default_policy: defaultPolicy }: Config,
  db: Database,
  keyring: Keyring,
) {
  const clock = systemClock
  const apps = createApps({ clock, random: systemRandom, keyring, protocols, defaultPolicy })
  const audit = createAudit({ clock, keyring })
  return { db, apps, audit, keyring, operations: createAppOperations({ db, apps, audit }) }
}

export interface AppValues extends RuleValues {
  readonly name?: string
  readonly 'new-secret'?: boolean
  readonly 'keep-old-secret'?: string
  readonly 'end-old-secret'?: boolean
}

/** What the settings that were not typed are derived from. */
export interface Origin {
  readonly chosen: ChosenTemplate | undefined
  readonly readDocument: ReadTypedDocument | undefined
}

function readAppInput(
  protocol: Protocol,
  id: string,
  values: AppValues & Typed,
  { chosen, readDocument }: Origin,
): AppInput {
  const document = readDocument?.(readSettings(protocol, values))
  const derived = { ...chosen?.template.createSettings(chosen.url), ...document?.settings }
  const input = {
    id,
    name: values.name ?? chosen?.template.product ?? document?.name ?? id,
    template: chosen?.template.name,
    settings: readSettings(protocol, values, derived),
    policy: readNewRule(values),
  }
  const places = listAllPlaces(protocol, id, values)
  return { ...checkInput(createAppSchema(protocol), input, places), protocol: protocol.name }
}

const levelSchema = ownPolicySchema.shape.level

/** Throws Fault `bad_request` for a level that nobody can achieve here: an app that requires it would let nobody in. */
export function refuseUnreachable(config: Config, { level }: AppValues): void {
  const known = levelSchema.safeParse(level).data
  const missing = explainMissingLevel(config, known)
  if (missing !== undefined) throw new Fault('bad_request', `--level ${known} ${missing}.`)
}

/** Warns also of an unachievable level that was not typed now: the default's, or one of an earlier change. */
export function ruleWarnings(config: Config, { policy }: App, values: AppValues): string[] {
  return [...listMissingLevels(config, policy), ...listIdleDays(policy, values)].map(
    (text) => `Warning: ${text}`,
  )
}

export function listHints(app: App, config: Config): readonly string[] {
  return findProtocol(protocols, app.protocol).listHints?.(app, config) ?? []
}

export function listDocumentWarnings(
  { settings }: App,
  read: ReadTypedDocument | undefined,
): string[] {
  return (read?.(settings).warnings ?? []).map((text) => `Warning: ${text}`)
}

export function listAllPlaces(
  protocol: Protocol,
  id: string,
  values: AppValues & Typed,
): Readonly<Record<string, Place>> {
  const typed = values.name ?? id
  return {
    id: { option: 'ID', typed: id, allowed: appIdRule },
    name: { option: '--name', typed, allowed: 'a text of 1 to 100 characters' },
    ...listPlaces(protocol, values),
    ...listRulePlaces(values),
  }
}

export const label = (name: string) => `${name}: `.padEnd(15)

export const appAdd = defineCommand({
  name: 'app add',
  operands: ['ID'],
  summary: `Adds ${protocols.map(({ words }) => words.adds).join(', or ')}: --protocol, --template or --library says which. "app change ID --group" says what is different for a group.`,
  options: {
    name: { type: 'string', value: 'NAME', help: 'The name that people read; else ID' },
    ...templateOptions,
    ...createAddOptions(protocols),
    ...createDocumentOptions(protocols),
    ...ruleOptions,
  },
  async run({ operands: [id = ''], values: typed, configFile, io, replySecret }) {
    const { config } = usableConfig(configFile, io)
    const values = readNamedFiles(protocols, typed, io)
    refuseUnreachable(config, values)
    refusePastDay(values['skip-until'], systemClock.now())
    const chosen = chooseTemplate(values)
    const protocol = chooseProtocol(protocols, { protocol: chosen?.template.protocol, ...values })
    refuseForeign(protocol, protocols, values)
    const readDocument = await fetchDocument(protocols, values, io)
    const input = readAppInput(protocol, id, values, { chosen, readDocument })
    const { app, clientSecret, empty } = await withApps(config, async ({ db, operations }) => ({
      ...(await operations.addApp(operator, input)),
      empty: await warnEmptyGroups(openDirectoryFor(config), db, listNamedGroups(values)),
    }))
    const warnings = [
      ...ruleWarnings(config, app, values),
      ...listDocumentWarnings(app, readDocument),
      ...empty,
    ]
    const { fields, words } = protocol
    const secretName = words.secret ?? 'secret'
    const addresses = listAddresses(protocol, app, config)
    const steps = listSteps(app, protocol, config, clientSecret)
    const lines = [
      `${label(words.id)}${app.id}`,
      ...(clientSecret === undefined ? [] : [`${label(secretName)}${clientSecret}`]),
      ...addresses.map(([name, url]) => `${label(name)}${url ?? '(public_url is not configured)'}`),
      `${label('second factor')}${describeRule(app.policy)}`,
      describeOrigin(app.ownPolicy),
      ...warnings,
      ...(clientSecret === undefined ? [] : [`The ${secretName} is shown this once.`]),
      ...listHints(app, config),
      explainAllowed(app.policy),
      ...('startUrl' in fields && app.startUrl === undefined
        ? ["Without --start-url it is not on people's start page."]
        : []),
      ...writeSteps(app, steps),
    ]
    const secret = clientSecret === undefined ? {} : { [secretName]: clientSecret }
    const facts = { [words.id]: app.id, ...secret, ...Object.fromEntries(addresses) }
    const more = { ...(warnings.length > 0 && { warnings }), ...(steps.length > 0 && { steps }) }
    const result = { ...facts, policy: app.policy, ownPolicy: app.ownPolicy, ...more }
    const lost = clientSecret && describeLost(secretName, [app.id])
    return await replySecret(result, lines.join('\n'), lost)
  },
})

/** What to do when the secrets of these apps could not be shown. */
export function describeLost(secretName: string, ids: readonly string[]): string {
  const commands = ids.map((id) => `\n  einlass app change ${id} --new-secret`)
  return `The ${secretName} was not shown. Create another one:${commands.join('')}`
}

/** The groups that were typed, without those that an option removes something from. */
export const listNamedGroups = ({ group, 'allowed-group': allowed = [] }: AppValues): string[] => [
  ...new Set([...(group === undefined ? [] : [group]), ...allowed]),
]

export function shownApp({ registration, ...app }: App) {
  const { id, protocol, name, template, settings, policy, ownPolicy } = app
  const { tokenId: registeredWith, contacts } = registration ?? {}
  return {
    ...{ id, protocol, name, ...(template && { template }), settings, policy, ownPolicy },
    ...(registeredWith !== undefined && { registeredWith, contacts }),
  }
}

export const appList = defineCommand({
  name: 'app list',
  operands: [],
  summary:
    'Lists apps by name with their rule and who may enter, and shows which parts of the rule belong to the app itself; the others come from default_policy.',
  options: {},
  async run({ configFile, io, reply }) {
    const { config } = usableConfig(configFile, io)
    const found = await withApps(config, ({ db, apps }) => apps.list(db))
    const columns = createSettingsColumns(protocols)
    const rows = found.map(({ id, protocol, name, registration, settings, policy, ownPolicy }) => [
      id,
      protocol,
      registration === undefined ? name : `${name} (registered itself)`,
      describeAllowed(policy),
      describeRule(policy),
      describeOwnParts(ownPolicy) ?? '-',
      ...columns.read(protocol, settings),
    ])
    reply(
      found.map(shownApp),
      formatTable(
        ['ID', 'PROTOCOL', 'NAME', 'MAY ENTER', 'SECOND FACTOR', 'ITS OWN', ...columns.headings],
        rows,
      ),
    )
    return exit.ok
  },
})

export const appRemove = defineCommand({
  name: 'app remove',
  operands: ['ID'],
  summary: 'Removes an app. From then on nobody can log in to it.',
  options: {
    yes: { type: 'boolean', help: 'Do not ask for confirmation; required without a terminal' },
  },
  async run({ operands: [id = ''], values, configFile, io, reply }) {
    const { config } = usableConfig(configFile, io)
    if (values.yes !== true) {
      const app = await withApps(config, ({ db, apps }) => findApp(apps, db, id))
      await confirmByWord(io, { question: removalQuestion(app), word: id })
    }
    const { protocol } = await withApps(config, ({ operations }) =>
      operations.removeApp(operator, id),
    )
    const { words } = findProtocol(protocols, protocol)
    reply({ [words.id]: id, removed: true }, `Removed ${id}.`)
    return exit.ok
  },
})

function removalQuestion({ id, name, protocol }: App): string {
  const { secret } = findProtocol(protocols, protocol).words
  const parts = secret === undefined ? 'and its rule' : `its ${secret} and its rule`
  const removed = `${id} (${escapeControls(name)})${secret === undefined ? ' ' : ', '}${parts}`
  return `${removed} will be removed. Nobody can log in to it from then on, and it cannot be taken back.`
}
