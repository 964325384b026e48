/** The licences of all packages that a packed Einlass has in it, with their texts. */
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ProductionPackage } from './production-packages.ts'

const line = '-'.repeat(78)

/** A text for people and lawyers. Packages with the same text are named together. */
export function writeLicences(root: string, packages: readonly ProductionPackage[]): string {
  const byText = new Map<string, string[]>()
  for (const one of packages) {
    const text = findTexts(join(root, one.path)).join('\n\n') || noText
    const head = `${one.name} ${one.version} (${one.licence})`
    byText.set(text, [...(byText.get(text) ?? []), head])
  }
  const parts = [...byText].map(([text, names]) => `${line}\n${names.join('\n')}\n\n${text}\n`)
  return `${intro}\n${parts.join('\n')}`
}

const intro = `Einlass is licensed under the Apache License 2.0, see the file LICENSE.
It comes with these packages, each under its own licence.
`
const noText = 'The package brings no text of its licence.'

function findTexts(folder: string): string[] {
  return globSync('{LICEN[CS]E,licen[cs]e,Licen[cs]e,NOTICE,COPYING}*', { cwd: folder })
    .sort()
    .map((file) => readFileSync(join(folder, file), 'utf8').replaceAll('\r\n', '\n').trim())
}
