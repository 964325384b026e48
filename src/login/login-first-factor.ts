/**
 * The rules of a first second factor in a running server: who may enrol one, and which invitations end with it. Owns what the
 * decision reads; decision/first-factor.ts owns the decision.
 */
import type { Apps } from '../identity/apps/apps.ts'
import type { Audit } from '../identity/audit/audit.ts'
import type { AppPolicy, FirstFactorRule } from '../identity/policy/policy.ts'
import type { Directory } from '../identity/users/directory.ts'
import { createListGroups } from '../identity/users/directory-answers.ts'
import type { Config } from '../platform/config/schema.ts'
import { createRanges } from '../platform/http/client.ts'
import type { Clock } from '../platform/kernel/clock.ts'
import type { Id } from '../platform/kernel/ids.ts'
import type { Random } from '../platform/kernel/random.ts'
import type { Queries } from '../platform/storage/database.ts'
import type { Transaction } from '../platform/storage/transact.ts'
import { decideFirstFactor } from './decision/first-factor.ts'
import {
  createDecideFirstFactor,
  type FirstFactorSources,
  findFirstFactorFacts,
  findFirstFactorRule,
} from './decision/first-factor-facts.ts'
import { requireUserId, type StepContext } from './engine/step.ts'
import { invitationEvents } from './invitations/events.ts'
import { createInvitationStore } from './invitations/store.ts'

export type FirstFactor = ReturnType<typeof createFirstFactor>

export interface FirstFactorOptions {
  readonly config: Pick<Config, 'default_policy' | 'networks'>
  readonly platform: { readonly clock: Clock; readonly random: Random }
  readonly identity: {
    readonly apps: Pick<Apps, 'list'>
    readonly directory: Pick<Directory, 'listGroups'>
  }
  readonly records: { readonly audit: Audit }
}

export function createFirstFactor(
  { config, platform, identity, records }: FirstFactorOptions,
  findHighest: FirstFactorSources['findHighest'],
) {
  const invitations = createInvitationStore(platform)
  const networks = config.networks.filter(({ enrolment }) => enrolment)
  const sources: FirstFactorSources = {
    findHighest,
    findInvitation: invitations.judge,
    isEnrolmentNetwork: createRanges(networks.flatMap(({ ranges }) => ranges)).has,
    listGroups: createListGroups(identity.directory),
    async listPolicies(queries): Promise<readonly AppPolicy[]> {
      const apps = await identity.apps.list(queries)
      return [config.default_policy, ...apps.map(({ policy }) => policy)]
    },
  }
  const decide = createDecideFirstFactor(sources)
  return {
    decide,
    invitations,
    /** The names of the networks in which a first second factor may be enrolled. */
    places: networks.map(({ name }) => name),
    findRule: (queries: Queries, userId: Id<'user'>): Promise<FirstFactorRule> =>
      findFirstFactorRule(sources, queries, userId),
    /** Each enrolment asks: in a login, beside a session, and on the person's own pages. */
    mayEnrol: async (queries: Queries, context: StepContext): Promise<boolean> =>
      (await decide(queries, context)).type === 'allowed',
    /** Whether an authenticator may take the place of all that cannot be reached, with nothing but the password verified. */
    async mayEnrolAnew(queries: Queries, context: StepContext): Promise<boolean> {
      const facts = await findFirstFactorFacts(sources, queries, context)
      return decideFirstFactor({ ...facts, hasFactor: false }).type === 'allowed'
    },
    async spendInvitations(tx: Transaction, context: StepContext): Promise<void> {
      const { request, client } = context
      const userId = requireUserId(context)
      if (!(await invitations.spend(tx, userId, request.invitation))) return
      await records.audit.record(tx, invitationEvents.used, { userId, address: client.address })
    },
  }
}
