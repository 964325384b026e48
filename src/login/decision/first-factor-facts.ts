/** Gathers what the decision about a first second factor depends on: rules, network, invitation and what the person has. */
import type { Acr } from '../../identity/policy/assurance.ts'
import type { AppPolicy, FirstFactorRule } from '../../identity/policy/policy.ts'
import type { Id } from '../../platform/kernel/ids.ts'
import type { Queries } from '../../platform/storage/database.ts'
import { requireUserId, type StepContext } from '../engine/step.ts'
import { passEntry } from '../factors/enrolled.ts'
import {
  decideFirstFactor,
  type FirstFactorDecision,
  type FirstFactorFacts,
  findStrictest,
  type InvitationState,
} from './first-factor.ts'

export interface FirstFactorSources {
  /** The policies of all apps, and the default one. */
  readonly listPolicies: (queries: Queries) => Promise<readonly AppPolicy[]>
  readonly listGroups: (queries: Queries, userId: string) => Promise<readonly string[]>
  /** Whether a rule allows the first second factor at this address of a browser. */
  readonly isEnrolmentNetwork: (address: string) => boolean
  /** @param hash of the token of an invitation */
  readonly findInvitation: (
    queries: Queries,
    hash: string,
    userId: Id<'user'>,
  ) => Promise<InvitationState>
  /** The highest level of all that the person has; `undefined`: no second factor, and none was lost. */
  readonly findHighest: (queries: Queries, userId: Id<'user'>) => Promise<Acr | undefined>
}

/** The strictest rule of all apps that the person may enter. */
export async function findFirstFactorRule(
  { listPolicies, listGroups }: Pick<FirstFactorSources, 'listPolicies' | 'listGroups'>,
  queries: Queries,
  userId: Id<'user'>,
): Promise<FirstFactorRule> {
  const policies = await listPolicies(queries)
  if (!policies.some(namesRule)) return 'password'
  return findStrictest(policies, await listGroups(queries, userId))
}

/** Whether a policy asks for more than the password, at least of one group. */
const namesRule = ({ firstFactor = 'password', groups = [] }: AppPolicy): boolean =>
  [firstFactor, ...groups.map((one) => one.firstFactor ?? 'password')].some(
    (rule) => rule !== 'password',
  )

/** Inside a transaction that holds the lock of the user, the answer holds until its end. */
export type DecideFirstFactor = (
  queries: Queries,
  context: StepContext,
) => Promise<FirstFactorDecision>

export function createDecideFirstFactor(sources: FirstFactorSources): DecideFirstFactor {
  return async (queries, context) => {
    const userId = requireUserId(context)
    // Nearly everybody who asks has one, and no rule is read for them.
    if ((await sources.findHighest(queries, userId)) !== undefined)
      return { type: 'allowed', by: 'second_factor' }
    return decideFirstFactor(await findFirstFactorFacts(sources, queries, context))
  }
}

/** The facts of a person without a second factor. */
export async function findFirstFactorFacts(
  sources: FirstFactorSources,
  queries: Queries,
  context: StepContext,
): Promise<FirstFactorFacts> {
  const userId = requireUserId(context)
  const { request, client, data } = context
  const { invitation: hash } = request
  return {
    rule: await findFirstFactorRule(sources, queries, userId),
    hasFactor: false,
    hasPass: passEntry.read(data) === true,
    invitation:
      hash === undefined ? undefined : await sources.findInvitation(queries, hash, userId),
    isInNetwork: sources.isEnrolmentNetwork(client.address),
  }
}
