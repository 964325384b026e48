/**
 * The list of second factors. Pages and commands name them in this order; when a person chooses, the last used comes first. A new
 * kind is a folder beside this file and a line in the list.
 */

import type { EventType } from '../../identity/audit/event.ts'
import type { FactorSettings } from '../../platform/config/load.ts'
import type { Mistake } from '../../platform/config/mistakes.ts'
import type { Config } from '../../platform/config/schema.ts'
import type { FactorFailureRow } from '../../platform/storage/factor-tables.ts'
import type { ProofRow } from '../../platform/storage/tables.ts'
import { authenticator } from './authenticator/authenticator.ts'
import type { CallerParts } from './caller.ts'
import type { KindCheck } from './caller-operations.ts'
import { deskPass } from './desk-pass/desk-pass.ts'
import { factorEvents } from './events.ts'
import type { FactorDefinition, FactorDescription, OpenFactor } from './factor.ts'
import type { FactorEnvironment } from './factor-parts.ts'
import { createLockout, type Lockout, type LockoutOptions } from './lockout.ts'
import type { PassOperations, PassParts } from './passes.ts'
import { passkey } from './passkey/passkey.ts'
import { push } from './push/push.ts'
import { recovery } from './recovery/recovery.ts'
import { totp } from './totp/totp.ts'

export const factorDefinitions = [authenticator, push, totp, passkey, deskPass, recovery] as const
const definitions: readonly FactorDefinition[] = factorDefinitions

export type FactorKind = (typeof factorDefinitions)[number]['kind']

export const factorKinds: readonly FactorKind[] = factorDefinitions.map(({ kind }) => kind)

export const listFactors = (): readonly FactorDefinition[] => definitions

/** The words and limits of a kind. */
export function describeFactor(kind: FactorKind): FactorDescription {
  const found = definitions.find((one) => one.kind === kind)
  if (found === undefined) throw new Error(`there is no factor ${kind}`)
  return found
}

/** Whether a kind is only a fallback. */
export const isFallback = (kind: FactorKind): boolean => describeFactor(kind).isFallback

export const fallbackKinds: readonly FactorKind[] = factorKinds.filter(isFallback)

/** The kinds whose proofs nobody can guess. */
const unguessableKinds: ReadonlySet<FactorKind> = new Set(
  factorKinds.filter((kind) => describeFactor(kind).cannotBeGuessed === true),
)

/** What limits wrong answers, for all kinds. */
export const openLockout = (parts: Omit<LockoutOptions, 'unguessable'>): Lockout =>
  createLockout({ ...parts, unguessable: unguessableKinds })

/** Whether operators issue it to a user, who has it from then on. */
export const isPass = (kind: FactorKind): boolean =>
  definitions.some((one) => one.kind === kind && one.openPasses !== undefined)

/** What operators do with passes: the operations of the factor that has them. */
export function openPasses(parts: PassParts): PassOperations {
  const operations = definitions.map((one) => one.openPasses?.(parts))
  const found = operations.find((one) => one !== undefined)
  if (found === undefined) throw new Error('no factor has passes')
  return found
}

/** The audit events of all factors. */
export const factorEventTypes: readonly EventType[] = [
  ...Object.values(factorEvents),
  ...definitions.flatMap(({ events }) => Object.values(events)),
]

/** What pages of factors load, by the names that the pages use. */
export const factorScripts = Object.assign(
  {},
  ...definitions.map(({ scripts }) => scripts),
) as Readonly<Record<string, () => void>>

/** Does what takes time before the server is built. */
export function prepareFactors(environment: FactorEnvironment): Promise<OpenFactor[]> {
  return Promise.all(definitions.map((one) => one.prepare(environment)))
}

/** The checks of the kinds that can be asked while their owner is at the telephone. */
export async function openCallerChecks(parts: CallerParts): Promise<KindCheck[]> {
  const checks: KindCheck[] = []
  for (const { kind, openCallerCheck } of definitions)
    if (openCallerCheck !== undefined) checks.push({ kind, check: await openCallerCheck(parts) })
  return checks
}

/** What an installation can do without, but rarely on purpose: sentences in English. */
export function listFactorGaps(config: Config): string[] {
  return definitions.flatMap((one) => one.listGaps?.(config) ?? [])
}

/** What works otherwise than the configuration suggests: `key: sentence`, in English. */
export function listFactorWarnings(config: Config): string[] {
  return definitions.flatMap((one) => one.listWarnings?.(config) ?? [])
}

/** Mistakes in the configuration that the schema cannot find. */
export function findFactorMistakes(
  settings: FactorSettings,
  readFile: (path: string) => string,
): readonly Mistake[] {
  return definitions.flatMap((one) => one.findMistakes?.(settings, readFile) ?? [])
}

/** Does not compile when a table does not know a kind of the list, or knows another one. */
type Same<A, B> = [A, B] extends [B, A] ? true : never
export const isInTables: Same<FactorFailureRow['kind'], FactorKind> &
  Same<Exclude<ProofRow['factor'], 'password' | 'ticket'>, FactorKind> = true
