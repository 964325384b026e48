/** `einlass app change`: changes an app. */
import { protocols } from '../faces/protocols/index.ts'
import { findProtocol } from '../identity/apps/app-protocol.ts'
import { type App, createAppChangesSchema } from '../identity/apps/apps.ts'
import type { ChangedApp } from '../identity/operations/apps.ts'
import type { Config } from '../platform/config/schema.ts'
import { durationMs } from '../platform/config/values.ts'
import { hours, systemClock } from '../platform/kernel/clock.ts'
import { Fault } from '../platform/kernel/fault.ts'
import { escapeControls } from '../platform/kernel/text.ts'
import {
  type AppValues,
  describeLost,
  listAllPlaces,
  listDocumentWarnings,
  listHints,
  listNamedGroups,
  type Origin,
  refuseUnreachable,
  ruleWarnings,
  shownApp,
  withApps,
} from './app.ts'
import { createDocumentChangeOptions, fetchDocument } from './app-document.ts'
import { changeOwnPolicy, describeOrigin, ruleChangeOptions } from './app-policy.ts'
import { describeRule, explainAllowed, refusePastDay, warnEmptyGroups } from './app-rule.ts'
import {
  changeSettings,
  createChangeOptions,
  describeHeld,
  readNamedFiles,
  refuseForeign,
  type Typed,
} from './app-settings.ts'
import { defineCommand } from './command.ts'
import { usableConfig } from './config.ts'
import { checkInput } from './input.ts'
import { openDirectoryFor } from './operations.ts'
import { operator } from './operator.ts'

export const appChange = defineCommand({
  name: 'app change',
  operands: ['ID'],
  summary:
    'Changes the name, the addresses, the secret or the rule of an app; with --group the rule for the members of a group. Everything else stays; an address option replaces all earlier addresses of its kind.',
  options: {
    name: { type: 'string', value: 'NAME', help: 'The name that people see' },
    ...createChangeOptions(protocols),
    ...createDocumentChangeOptions(protocols),
    'new-secret': {
      type: 'boolean',
      help: 'Create a new client_secret. The earlier one is void at once, and the app does not work until it has the new one: see --keep-old-secret',
    },
    'keep-old-secret': {
      type: 'string',
      value: 'DURATION',
      help: 'With --new-secret: how long the earlier secret stays valid, such as 7d; at most 90d',
    },
    'end-old-secret': { type: 'boolean', help: 'The earlier secret is void at once' },
    ...ruleChangeOptions,
  },
  async run({ operands: [id = ''], values: typed, configFile, io, replySecret }) {
    const { config } = usableConfig(configFile, io)
    const values = readNamedFiles(protocols, typed, io)
    refuseUnreachable(config, values)
    demandChange(values)
    refusePastDay(values['skip-until'], systemClock.now())
    const readDocument = await fetchDocument(protocols, values, io)
    const { app, clientSecret, empty, ...changed } = await withApps(
      config,
      async ({ db, operations }) => {
        const saved = await operations.changeApp(operator, id, {
          decide: (before) => readChanges(before, values, { config, readDocument }),
          renewSecret: values['new-secret'] === true,
          keepUntil: readKeepUntil(values),
          endEarlierSecret: values['end-old-secret'] === true,
        })
        return {
          ...saved,
          empty: await warnEmptyGroups(openDirectoryFor(config), db, listNamedGroups(values)),
        }
      },
    )
    const protocol = findProtocol(protocols, app.protocol)
    const secretName = protocol.words.secret ?? 'secret'
    const held = describeHeld(protocol, app.settings, values)
    const warnings = [
      ...held,
      ...ruleWarnings(config, app, values),
      ...listDocumentWarnings(app, readDocument),
      ...empty,
    ]
    const lines = [
      `${app.id}: ${describeRule(app.policy)}`,
      describeOrigin(app.ownPolicy),
      explainAllowed(app.policy),
      ...describeChanges({ ...changed, held }, values),
      ...listNewHints(changed.before, app, config),
      ...warnings,
      ...(clientSecret
        ? [
            `${secretName}: ${clientSecret}`,
            `It is shown this once. The earlier one is ${describeOldSecret(values)}.`,
          ]
        : []),
    ]
    const more = {
      ...{ changes: changed.changes },
      ...(warnings.length > 0 && { warnings }),
      ...(clientSecret && { [secretName]: clientSecret }),
    }
    const lost = clientSecret && describeLost(secretName, [app.id])
    return await replySecret({ ...shownApp(app), ...more }, lines.join('\n'), lost)
  },
})

interface Described extends Pick<ChangedApp, 'changes' | 'isEarlierSecretEnded'> {
  /** What another setting put back. */
  readonly held: readonly string[]
}

/** Describes the changes, in the form of `app apply`. */
function describeChanges(
  { changes, isEarlierSecretEnded, held }: Described,
  { 'new-secret': isNew, 'end-old-secret': ends }: AppValues,
): string[] {
  const secret = isEarlierSecretEnded
    ? 'The earlier secret is void now.'
    : 'There is no earlier secret.'
  const isSame = changes.length === 0 && isNew !== true && ends !== true
  if (isSame && held.length === 0) return ['Nothing is different.']
  return [...changes.map(escapeControls), ...(ends === true ? [secret] : [])]
}

/** Only hints that are new with this change. */
function listNewHints(before: App, after: App, config: Config): string[] {
  const known = listHints(before, config)
  return listHints(after, config).filter((hint) => !known.includes(hint))
}

const oldSecretRule = 'a duration such as 12h or 7d, at most 90d, with --new-secret'

/** Until when (ms) the earlier secret is valid beside the new one. Throws Fault `bad_request`. */
function readKeepUntil({ 'keep-old-secret': typed, 'new-secret': isNew }: AppValues) {
  if (typed === undefined) return undefined
  const duration = durationMs(typed)
  if (isNew === true && duration !== undefined && duration <= hours(90 * 24)) {
    return systemClock.now() + duration
  }
  const found = JSON.stringify(typed)
  const text = `--keep-old-secret\n  found:   ${found}\n  allowed: ${oldSecretRule}`
  throw new Fault('bad_request', text)
}

function describeOldSecret({ 'keep-old-secret': time }: AppValues): string {
  return time === undefined ? 'void now' : `valid for ${time} more; --end-old-secret ends it`
}

function readChanges(
  before: App,
  values: AppValues & Typed,
  { config, readDocument }: Pick<Origin, 'readDocument'> & { readonly config: Config },
) {
  demandGroupRule(before, values)
  const protocol = findProtocol(protocols, before.protocol)
  refuseForeign(protocol, protocols, values)
  const policy = changeOwnPolicy(before, values, config.default_policy)
  const document = readDocument?.(changeSettings(protocol, before.settings, values))
  const settings = changeSettings(protocol, { ...before.settings, ...document?.settings }, values)
  const input = { policy, settings, ...(values.name !== undefined && { name: values.name }) }
  const places = listAllPlaces(protocol, before.id, values)
  return checkInput(createAppChangesSchema(protocol), input, places)
}

function demandChange(values: AppValues & Typed): void {
  const { config: _, json: __, group: ___, ...changes } = values
  if (Object.keys(changes).length > 0) return
  const what = 'Nothing to change: name what, for example --second-factor required.'
  throw new Fault('bad_request', `${what} einlass app change --help lists the options.`)
}

function demandGroupRule({ id, policy }: App, { 'remove-group': group }: AppValues): void {
  if (group === undefined || policy.groups?.some((rule) => rule.group === group) === true) return
  throw new Fault('not_found', `${id} has no rule for the group ${JSON.stringify(group)}.`)
}
