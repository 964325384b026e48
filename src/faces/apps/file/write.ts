/**
 * Writes apps as a file, without their secrets. The order is stable, so that two exports differ only where apps do, and the
 * first of each setting has a comment that explains it. Owns the order and the comments. Does not write apps that registered
 * themselves, because applying the file would adopt them.
 */
import { createRequire } from 'node:module'
import { findProtocol } from '../../../identity/apps/app-protocol.ts'
import type { App } from '../../../identity/apps/apps.ts'
import type { Protocol } from '../../protocols/protocol.ts'
import { describePolicy, describeSettings } from './entry.ts'
import { listProperties, spell, writeSpelling } from './spelling.ts'

const require = createRequire(import.meta.url)

const head = ` Apps of Einlass, without their secrets and pictures.
 einlass app apply FILE --dry-run says what would change; without --dry-run it is done.
 What an entry does not name has its default. Apps that are not here stay, unless with --prune.`

export function writeAppsFile(apps: readonly App[], protocols: readonly Protocol[]): string {
  const yaml = require('yaml') as typeof import('yaml')
  const known = apps.filter((app) => app.registration === undefined)
  const sorted = known.toSorted((a, b) => (a.id < b.id ? -1 : 1))
  const entries = sorted.map((app) => [app.id, describeEntry(app, protocols)])
  const document = new yaml.Document({ apps: Object.fromEntries(entries) })
  document.commentBefore = head + describeLeftOut(apps.length - known.length)
  const commented = new Set<string>()
  for (const app of sorted) {
    for (const [name, text] of listComments(app, findProtocol(protocols, app.protocol))) {
      const key = `${app.protocol} ${name}`
      if (!commented.has(key)) comment(yaml, document, ['apps', app.id, 'settings', name], text)
      commented.add(key)
    }
  }
  return document.toString({ lineWidth: 0 })
}

function describeLeftOut(count: number): string {
  if (count === 0) return ''
  return `\n Not in here: ${count} that registered themselves, until an administrator adopts them (einlass app adopt ID).`
}

function describeEntry(app: App, protocols: readonly Protocol[]) {
  const { name, protocol, template } = app
  const settings = describeSettings(findProtocol(protocols, protocol))
  const policy = writeSpelling(app.ownPolicy, describePolicy()) as object
  return {
    name,
    protocol,
    ...(template !== undefined && { template }),
    settings: writeSpelling(app.settings, settings),
    ...(Object.keys(policy).length > 0 && { policy }),
  }
}

/** The purpose of each setting; for a choice of two values, only of the unusual one. */
function listComments({ settings }: App, protocol: Protocol): [string, string][] {
  const known = listProperties(describeSettings(protocol))
  return Object.entries(known).flatMap(([name, { description }]): [string, string][] => {
    const field = protocol.fields[name]
    const isUsual = field?.kind === 'flag' && settings[name] !== field.on
    const isThere = settings[name] !== undefined && description !== undefined
    return isThere && !isUsual ? [[spell(name), description]] : []
  })
}

/** Above the setting. */
function comment(
  { isMap, isScalar }: typeof import('yaml'),
  document: import('yaml').Document,
  path: readonly string[],
  text: string,
): void {
  const map = document.getIn(path.slice(0, -1), true)
  if (!isMap(map)) return
  const pair = map.items.find(({ key }) => isScalar(key) && key.value === path.at(-1))
  if (pair !== undefined && isScalar(pair.key)) pair.key.commentBefore = ` ${text}`
}
