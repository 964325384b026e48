/**
 * Reads an apps file. Returns its content, or all mistakes at once, each with its path, its line, the value that was found and
 * what is allowed. Owns which keys exist; the protocols of the apps check their settings.
 */
import { appIdRule, createAppSchema } from '../../../identity/apps/apps.ts'
import type { WantedApp } from '../../../identity/operations/apply-apps.ts'
import {
  describeKind,
  nodeBelow,
  type Path,
  pathText,
  type SchemaNode,
} from '../../../platform/config/fields.ts'
import { type ConfigFile, readYaml } from '../../../platform/config/file.ts'
import { describeFound, inOrder, type Mistake, valueAt } from '../../../platform/config/mistakes.ts'
import { nearest } from '../../../platform/kernel/nearest.ts'
import type { Protocol } from '../../protocols/protocol.ts'
import { allTemplates } from '../templates/index.ts'
import { describePolicy, describeSettings, entryKeys } from './entry.ts'
import { describeUnknown, type PlacedMistake, readSpelling, spellPath } from './spelling.ts'

export type AppsFile =
  | { readonly type: 'apps'; readonly apps: readonly WantedApp[]; findLine: ConfigFile['findLine'] }
  | { readonly type: 'mistakes'; readonly mistakes: readonly Mistake[] }

/** Never throws. */
export function readAppsFile(text: string, protocols: readonly Protocol[]): AppsFile {
  const { tree, findLine, mistakes: broken, readable } = readYaml(text)
  if (!readable) return { type: 'mistakes', mistakes: inOrder(broken) }
  const read = readTree(tree, protocols)
  const mistakes = [
    ...broken,
    ...read.mistakes.map(({ at, ...mistake }) => {
      const line = findLine(at)
      return { ...mistake, ...(line !== undefined && { line }) }
    }),
  ]
  if (mistakes.length > 0) return { type: 'mistakes', mistakes: inOrder(mistakes) }
  return { type: 'apps', apps: read.apps, findLine }
}

interface ReadApps {
  readonly apps: readonly WantedApp[]
  readonly mistakes: readonly PlacedMistake[]
}

type Tree = Readonly<Record<string, unknown>>

const isTree = (value: unknown): value is Tree =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const place = (at: Path, mistake: Omit<Mistake, 'path'>): PlacedMistake => ({
  path: pathText(at),
  at,
  ...mistake,
})

function readTree(tree: Tree, protocols: readonly Protocol[]): ReadApps {
  const unknown = Object.keys(tree)
    .filter((key) => key !== 'apps')
    .map((key) => describeUnknown([key], ['apps']))
  // A file without apps must contain `apps: {}`, and not be empty: `--prune` would remove everything.
  if (!isTree(tree.apps)) {
    const found = describeFound(tree.apps, undefined)
    return {
      apps: [],
      mistakes: [...unknown, place(['apps'], { found, allowed: 'apps by their id' })],
    }
  }
  const read = Object.entries(tree.apps).map(([id, entry]) => readEntry(id, entry, protocols))
  return {
    apps: read.flatMap(({ apps }) => apps),
    mistakes: [...unknown, ...read.flatMap(({ mistakes }) => mistakes)],
  }
}

function readEntry(id: string, entry: unknown, protocols: readonly Protocol[]): ReadApps {
  const at = ['apps', id]
  if (!isTree(entry)) {
    const allowed = `the keys ${entryKeys.join(', ')}`
    return { apps: [], mistakes: [place(at, { found: describeFound(entry, undefined), allowed })] }
  }
  const unknown = Object.keys(entry)
    .filter((key) => !entryKeys.some((one) => one === key))
    .map((key) => describeUnknown([...at, key], entryKeys))
  const protocol = chooseProtocol(entry.protocol, protocols)
  if (protocol === undefined) {
    const names = protocols.map(({ name }) => name)
    const mistake = placeWord([...at, 'protocol'], entry.protocol, names)
    return { apps: [], mistakes: [...unknown, mistake] }
  }
  const wrongTemplate = findWrongTemplate(at, entry.template, protocol)
  const read = checkEntry(id, entry, protocol)
  return { apps: read.apps, mistakes: [...unknown, ...wrongTemplate, ...read.mistakes] }
}

function chooseProtocol(name: unknown, protocols: readonly Protocol[]): Protocol | undefined {
  return name === undefined ? protocols[0] : protocols.find((one) => one.name === name)
}

/** A value that is not one of the allowed words. */
function placeWord(at: Path, value: unknown, words: readonly string[]): PlacedMistake {
  const meant = typeof value === 'string' ? nearest(value, words) : undefined
  return place(at, {
    found: describeFound(value, { type: 'string' }),
    allowed: `one of ${words.join(', ')}`,
    ...(meant !== undefined && { nearest: meant }),
  })
}

function findWrongTemplate(at: Path, name: unknown, protocol: Protocol): PlacedMistake[] {
  const names = allTemplates.filter((one) => one.protocol === protocol.name).map((one) => one.name)
  if (name === undefined || names.some((one) => one === name)) return []
  return [placeWord([...at, 'template'], name, names)]
}

function checkEntry(id: string, entry: Tree, protocol: Protocol): ReadApps {
  const at: Path = ['apps', id]
  const nodes = { settings: describeSettings(protocol), policy: describePolicy() }
  const settings = readSpelling(entry.settings ?? {}, nodes.settings, [...at, 'settings'])
  const policy = readSpelling(entry.policy ?? {}, nodes.policy, [...at, 'policy'])
  const input = {
    id,
    name: entry.name ?? id,
    ...(typeof entry.template === 'string' && { template: entry.template }),
    settings: settings.value,
    policy: policy.value,
  }
  const checked = createAppSchema(protocol).safeParse(input)
  const mistakes = [
    ...settings.mistakes,
    ...policy.mistakes,
    ...(checked.error?.issues ?? []).map((issue) =>
      describeIssue(issue, { id, input, nodes, protocol }),
    ),
  ]
  if (mistakes.length > 0 || !checked.success) return { apps: [], mistakes }
  return { apps: [{ ...checked.data, id, protocol: protocol.name }], mistakes }
}

interface Checked {
  readonly id: string
  readonly input: Tree
  readonly nodes: Readonly<Record<'settings' | 'policy', SchemaNode>>
  readonly protocol: Protocol
}

type Issue = NonNullable<
  ReturnType<ReturnType<typeof createAppSchema>['safeParse']>['error']
>['issues'][number]

function describeIssue(issue: Issue, { id, input, nodes, protocol }: Checked): PlacedMistake {
  const path = issue.path.map((part) => (typeof part === 'number' ? part : String(part)))
  const [part, ...below] = path
  if (part !== 'settings' && part !== 'policy') {
    const allowed = part === 'id' ? appIdRule : 'a text of 1 to 100 characters'
    const found = describeFound(valueAt(input, path), { type: 'string' })
    return place(part === 'id' ? ['apps', id] : ['apps', id, ...path], { found, allowed })
  }
  const node = nodeBelow(nodes[part], below)
  const field = part === 'settings' ? protocol.fields[`${below[0]}`] : undefined
  const words = field !== undefined && 'allowed' in field ? field.allowed : undefined
  const allowed = issue.code === 'custom' ? issue.message : (words ?? describeKind(node ?? {}))
  return place(['apps', id, part, ...spellPath(below, nodes[part])], {
    found: describeFound(valueAt(input, path), node),
    allowed,
  })
}
