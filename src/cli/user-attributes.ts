/** `--attribute NAME=VALUE` and `--no-attribute NAME`: what apps may get about a user besides name, address and groups. */
import {
  type AttributeChanges,
  attributeNameRule,
  explainAttributeName,
  explainAttributeValues,
} from '../identity/users/attributes.ts'
import { Fault } from '../platform/kernel/fault.ts'

export const attributeOption = {
  type: 'string',
  multiple: true,
  value: 'NAME=VALUE',
  help: 'A value that apps may get, such as givenName=Erika; repeat a name for several values',
} as const

/** Throws Fault `bad_request` with every mistake. */
export function readAttributes(
  typed: readonly string[] = [],
  removed: readonly string[] = [],
): AttributeChanges {
  const changes = new Map<string, string[]>()
  for (const text of typed) {
    const name = text.split('=', 1)[0] ?? ''
    changes.set(name, [...(changes.get(name) ?? []), text.slice(name.length + 1)])
  }
  const mistakes = [...changes].flatMap(([name, values]) => {
    const given = typed.filter((text) => text === name || text.startsWith(`${name}=`))
    return describeMistake('--attribute', given, explain(name, values, given))
  })
  for (const name of removed) {
    const both = changes.has(name) ? 'a name that --attribute does not give a value' : undefined
    mistakes.push(...describeMistake('--no-attribute', [name], both ?? explainAttributeName(name)))
    changes.set(name, [])
  }
  if (mistakes.length > 0) throw new Fault('bad_request', mistakes.join('\n'))
  return changes
}

function explain(name: string, values: readonly string[], given: readonly string[]) {
  if (given.includes(name))
    return `NAME=VALUE, for example givenName=Erika. NAME: ${attributeNameRule}`
  return explainAttributeName(name) ?? explainAttributeValues(name, values)
}

function describeMistake(option: string, given: readonly string[], allowed: string | undefined) {
  if (allowed === undefined) return []
  const found = given.map((text) => JSON.stringify(text.slice(0, 200))).join(', ')
  return [`${option}\n  found:   ${found}\n  allowed: ${allowed}`]
}
