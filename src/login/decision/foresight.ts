/**
 * What each app in the list of apps would ask of a session, before it is opened. Reads once what all of them depend on. The
 * gate decides again when an app is opened.
 */
import type { App } from '../../identity/apps/apps.ts'
import { createEffectivePolicy } from '../../identity/policy/effective.ts'
import type { LiveSession } from '../../identity/sessions/session.ts'
import type { Clock } from '../../platform/kernel/clock.ts'
import { type Decision, decide } from './decide.ts'
import { gatherSessionFacts } from './facts.ts'
import type { DecisionSources } from './requirement.ts'

/**
 * What a person has to do before an app lets them in. `verify`: the second factor that they have. `enrol`: a second factor,
 * which they have to set up first. `enrol_stronger`: one that is stronger than theirs.
 */
export type Foreseen = 'verify' | 'enrol' | 'enrol_stronger'

/** By the id of the app; absent: nothing that cannot be deferred. */
export type Foresee = (
  session: LiveSession,
  apps: readonly Pick<App, 'id' | 'policy'>[],
) => Promise<ReadonlyMap<string, Foreseen>>

export function createForesee(options: {
  readonly clock: Clock
  readonly sources: DecisionSources
}): Foresee {
  const { clock, sources } = options
  const { db, requirements } = sources
  return async (session, apps) => {
    const facts = await gatherSessionFacts(sources.facts, db, session, clock.now())
    const hasGroups = apps.some(({ policy }) => policy.groups !== undefined)
    const groups = hasGroups ? await requirements.listGroups(db, session.userId) : []
    return new Map(
      apps.flatMap(({ id, policy }): [string, Foreseen][] => {
        const effective = createEffectivePolicy(policy, { groups })
        const foreseen = nameDecision(decide({ policy: effective }, facts))
        return foreseen === undefined ? [] : [[id, foreseen]]
      }),
    )
  }
}

function nameDecision({ type, reason, deferralsLeft, mayDecline }: Decision): Foreseen | undefined {
  if (type === 'verify') return reason === 'too_weak' ? 'enrol_stronger' : 'verify'
  if (type !== 'enrol' || reason === 'all_lost') return undefined
  if (reason !== 'none_enrolled') return 'enrol_stronger'
  return deferralsLeft > 0 || mayDecline ? undefined : 'enrol'
}
