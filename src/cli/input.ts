/** Checks typed values against a schema, and names mistakes by the typed options. */
import type { z } from 'zod'
import { Fault } from '../platform/kernel/fault.ts'
import { shortenTyped } from '../platform/kernel/typed-text.ts'

/** Where a part of the input comes from. */
export interface Place {
  /** `--redirect-uri`, or the name of an operand. */
  readonly option: string
  /** The typed value; a list if the option may be repeated. */
  readonly typed: string | readonly string[] | undefined
  readonly allowed: string
  /** An option without a value: it is present or absent. */
  readonly hasNoValue?: boolean
}

/**
 * Returns the input as the schema parsed it. `places` maps a path without list indices (`settings.redirectUris`) to where that
 * part was typed; pairs (`NAME=VALUE`) share one place. Throws Fault `bad_request` with every mistake.
 */
export function checkInput<Schema extends z.ZodType>(
  schema: Schema,
  input: unknown,
  places: Readonly<Record<string, Place>>,
): z.output<Schema> {
  const result = schema.safeParse(input)
  if (result.success) return result.data
  const texts = result.error.issues.map((issue) => mistakeText(issue, places))
  throw new Fault('bad_request', [...new Set(texts)].join('\n'))
}

function mistakeText(issue: z.core.$ZodIssue, places: Readonly<Record<string, Place>>): string {
  const path = issue.path.filter((part) => typeof part !== 'number')
  const name = path.at(-1)
  const place = places[path.join('.')] ?? places[path.slice(0, -1).join('.')]
  if (place === undefined) throw new Error(`nothing is typed for ${issue.path.join('.')}`)
  const index = issue.path.findLast((part) => typeof part === 'number') ?? 0
  const { option, typed, allowed, hasNoValue } = place
  if (hasNoValue) return `${option}\n  allowed: ${issue.message}`
  const pair =
    typeof typed === 'object' && typed.find((text) => text.startsWith(`${String(name)}=`))
  const found = typeof typed === 'object' ? pair || typed[index] : typed
  // For a single address, the message of the schema is more exact than that of the option.
  const better = issue.code === 'custom' ? issue.message : allowed
  return `${option}\n  found:   ${foundText(found)}\n  allowed: ${better}`
}

function foundText(text: string | undefined): string {
  return text === undefined ? 'nothing' : shortenTyped(text)
}
