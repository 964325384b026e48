/** The results of a run as tables for the documentation. */
import type { ModuleResult } from './run-module.ts'

export interface PlanResult {
  readonly name: string
  readonly planName: string
  readonly variant: Readonly<Record<string, string>>
  /** Why the plan did not run to its end, if so. */
  readonly problem?: string
  readonly modules: readonly ModuleResult[]
}

const order = ['PASSED', 'WARNING', 'REVIEW', 'SKIPPED', 'FAILED', 'INTERRUPTED', 'TIMEOUT']

const words: Readonly<Record<string, string>> = {
  PASSED: 'passed',
  WARNING: 'with warnings',
  REVIEW: 'to review',
  SKIPPED: 'skipped',
  FAILED: 'failed',
  INTERRUPTED: 'interrupted',
  TIMEOUT: 'without an end',
}

export function countResults({ modules, problem }: PlanResult): string {
  const counts = order.flatMap((result) => {
    const count = modules.filter((module) => module.result === result).length
    return count === 0 ? [] : [`${count} ${words[result]}`]
  })
  const others = modules.filter(({ result }) => !order.includes(result)).length
  return [
    `${modules.length} modules: ${[...counts, ...(others > 0 ? [`${others} unknown`] : [])].join(', ')}`,
    ...(problem === undefined ? [] : [`did not run to its end: ${escapeCell(problem)}`]),
  ].join('; ')
}

/** What is worth a look: all but what passed or was skipped. */
const isNotable = ({ result }: ModuleResult) => result !== 'PASSED' && result !== 'SKIPPED'

const escapeCell = (text: string) => text.replaceAll(/\s+/g, ' ').replaceAll('|', '\\|').trim()

export function writeTables(results: readonly PlanResult[]): string {
  const plans = results.map((plan) => {
    const variant = Object.entries(plan.variant).map(([name, value]) => `${name}=${value}`)
    const named = [`\`${plan.planName}\``, ...variant].join(', ')
    return `| ${plan.name} | ${named} | ${countResults(plan)} |`
  })
  const notable = results.flatMap(({ name, modules }) =>
    modules.filter(isNotable).map(({ module, result, notes }) => {
      const [first = ''] = notes
      return `| ${name} | \`${module}\` | ${result} | ${escapeCell(first)} |`
    }),
  )
  return [
    ...['| plan | name and variant at the suite | result |', '| --- | --- | --- |', ...plans],
    ...(notable.length === 0
      ? []
      : ['', '| plan | module | result | first note |', '| --- | --- | --- | --- |', ...notable]),
    '',
  ].join('\n')
}

/** Whether a person has nothing to mend. */
export const isClean = (results: readonly PlanResult[]): boolean =>
  results.every(
    ({ problem, modules }) =>
      problem === undefined &&
      modules.every(({ result }) => ['PASSED', 'WARNING', 'REVIEW', 'SKIPPED'].includes(result)),
  )
