/**
 * How many people have no second factor yet, and what each app and group asks of them for the first one. Owns the counting;
 * the report of an operator.
 */
import { createEffectivePolicy } from '../../identity/policy/effective.ts'
import type { AppPolicy, FirstFactorRule } from '../../identity/policy/policy.ts'
import type { User } from '../../identity/users/user.ts'
import type { Users } from '../../identity/users/users.ts'
import type { Database, Queries } from '../../platform/storage/database.ts'
import { findStrictest } from './first-factor.ts'

/** The rule of one app for one group of it. */
export interface ReportedRule {
  /** Absent: the default policy, which is that of the people's own pages. */
  readonly app?: string
  /** Absent: everybody who is in none of its groups. */
  readonly group?: string
  readonly secondFactor: AppPolicy['secondFactor']
  readonly firstFactor: FirstFactorRule
  /** Users without a second factor to whom this rule of the app applies. */
  users: number
}

export interface FirstFactorReport {
  readonly rules: readonly ReportedRule[]
  readonly users: number
  /** By the strictest rule of all apps that they may enter, which applies everywhere. */
  readonly withoutFactor: Readonly<Record<FirstFactorRule, number>>
}

export interface ReportSources {
  readonly db: Database
  readonly users: Pick<Users, 'list'>
  readonly apps: readonly { readonly name: string; readonly policy: AppPolicy }[]
  readonly defaultPolicy: AppPolicy
  readonly listGroups: (queries: Queries, userId: string) => Promise<readonly string[]>
  readonly hasFactor: (queries: Queries, user: User) => Promise<boolean>
}

const atOnce = 200

/** Disabled users are not counted: nobody logs in as one. */
export async function reportFirstFactors(sources: ReportSources): Promise<FirstFactorReport> {
  const { db, apps, defaultPolicy } = sources
  const all: readonly { readonly name?: string; readonly policy: AppPolicy }[] = [
    { policy: defaultPolicy },
    ...apps,
  ]
  const tables = all.map(({ name, policy }) => ({ policy, rules: listRules(name, policy) }))
  const withoutFactor = { password: 0, network: 0, invitation: 0, pass: 0 }
  let users = 0
  for await (const user of listUsers(sources)) {
    users += 1
    if (await sources.hasFactor(db, user)) continue
    const groups = await sources.listGroups(db, user.id)
    const policies = tables.map(({ policy }) => policy)
    withoutFactor[findStrictest(policies, groups)] += 1
    for (const { policy, rules } of tables) countUser(rules, policy, groups)
  }
  return { rules: tables.flatMap(({ rules }) => rules), users, withoutFactor }
}

async function* listUsers({ db, users }: ReportSources): AsyncGenerator<User> {
  let after: string | undefined
  for (;;) {
    const some = await users.list(db, { limit: atOnce, ...(after !== undefined && { after }) })
    for (const user of some) if (user.disabledAt === null) yield user
    if (some.length < atOnce) return
    after = some.at(-1)?.username
  }
}

function listRules(app: string | undefined, policy: AppPolicy): ReportedRule[] {
  const inGroups = [undefined, ...(policy.groups ?? []).map(({ group }) => group)]
  return inGroups.map((group) => {
    const groups = group === undefined ? [] : [group]
    const { secondFactor, firstFactor = 'password' } = createEffectivePolicy(policy, { groups })
    return {
      ...(app !== undefined && { app }),
      ...(group !== undefined && { group }),
      ...{ secondFactor, firstFactor, users: 0 },
    }
  })
}

function countUser(
  rules: readonly ReportedRule[],
  policy: AppPolicy,
  groups: readonly string[],
): void {
  if (createEffectivePolicy(policy, { groups }).isEntryRefused === true) return
  const own = rules.find(({ group }) => group !== undefined && groups.includes(group)) ?? rules[0]
  if (own !== undefined) own.users += 1
}
