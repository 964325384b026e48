/** The rule for one person and one request. Owns the order: the app's rule, the person's group, the request's wish. */
import type { Queries } from '../../platform/storage/database.ts'
import type { Acr } from './assurance.ts'
import { type Demand, type Policy, policyFor, policyForGroups } from './policy.ts'

export interface Rules {
  /** Asked only for a rule that knows groups. */
  readonly groupsOf: (queries: Queries, userId: string) => Promise<readonly string[]>
  /** The strongest level that can be registered here. */
  readonly strongest: Acr
}

export async function personalPolicy(
  { groupsOf, strongest }: Rules,
  queries: Queries,
  policy: Policy,
  userId: string,
  acrValues: readonly string[] | undefined,
  { isOwnPages = false }: { readonly isOwnPages?: boolean } = {},
): Promise<Demand> {
  const hasGroups = policy.groups !== undefined && policy.groups.length > 0
  const own = hasGroups ? policyForGroups(policy, await groupsOf(queries, userId)) : policy
  const demand = policyFor(own, acrValues, strongest)
  return isOwnPages ? { ...demand, keepsNobodyOut: true } : demand
}
