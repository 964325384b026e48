/**
 * The second factors as far as choosing among them needs to know them. Owns the order in which they are asked for:
 * the last used one first. Knows no factor's insides; each factor brings its own `SecondFactorWay`.
 */
import type { Id } from '../kernel/ids.ts'
import { type Acr, acrPossession, strongerOf } from '../policy/assurance.ts'
import type { Queries } from '../storage/database.ts'
import type { Message } from '../ui/message.ts'

export type WayName = 'push' | 'totp' | 'passkey' | 'recovery'

/** Where the steps of second factors keep the level that they have proven in this journey. */
export const provenKey = 'second-factor.proven'

/** Where a login keeps the level that the person's second factors reach, or `none`; absent: nobody asked. */
export const reachKey = 'second-factor.reach'

/** Where a login keeps the rule under which a second factor was put off, as JSON of `PutOffRule`. */
export const putOffKey = 'second-factor.put_off'

/** Where a login keeps that its password lets nobody in any more: `true` until another one was chosen. */
export const changeRequiredKey = 'password.change_required'

/** What a person has of one kind. */
export interface Holding {
  /** Milliseconds since the epoch; null when it was not used yet. */
  readonly lastUsedAt: number | null
  /** In the place of the way's own, where what the person has says more. */
  readonly hint?: Message
}

export interface SecondFactorWay<Name extends WayName = WayName> {
  readonly name: Name
  readonly label: Message
  /** One sentence on what the person needs for it. */
  readonly hint: Message
  /** The highest level that this reaches beside a password. */
  readonly reach: Acr
  readonly icon: 'phone' | 'code' | 'key' | 'paper'
  /** Something to fall back on, which alone does not make a second factor: recovery codes. */
  readonly isFallback: boolean
  /** `undefined`: the person has none. One that is off after too many failures still is one, see `waysOf`. */
  holding(queries: Queries, userId: Id<'user'>): Promise<Holding | undefined>
}

/** One authenticator, as its owner sees it. */
export interface OwnAuthenticator {
  readonly id: string
  readonly kind: WayName
  /** As its owner or itself calls it; `null`: it has none. */
  readonly name: string | null
  readonly addedAt: number
  readonly lastUsedAt: number | null
  /** The highest level that it reaches beside a password. */
  readonly reach: Acr
  /** `cannot_be_reached`: no message reaches it. `off`: too many failures, it has to be set up again. */
  readonly state: 'usable' | 'cannot_be_reached' | 'off'
}

/** What a person can do with their authenticators of one kind. Writes its audit events itself. */
export interface Authenticators {
  readonly kind: WayName
  /** Those that count. */
  list(queries: Queries, userId: Id<'user'>): Promise<OwnAuthenticator[]>
  /** `false`: the person has no such authenticator. */
  rename(queries: Queries, userId: Id<'user'>, id: string, name: string): Promise<boolean>
  /** `false`: the person has no such authenticator. */
  remove(queries: Queries, userId: Id<'user'>, id: string): Promise<boolean>
}

export interface WaysOptions<Name extends WayName = WayName> {
  readonly ways: readonly SecondFactorWay<Name>[]
  /** The kinds that are off for a person. Such a way is not offered, but it still is one that the person has. */
  readonly offOf: (queries: Queries, userId: Id<'user'>) => Promise<ReadonlySet<WayName>>
}

/** The ways that a person has, the last used first; what is only to fall back on comes last. */
export async function waysOf(
  options: WaysOptions,
  queries: Queries,
  userId: Id<'user'>,
): Promise<SecondFactorWay[]> {
  const held = await heldWays(options, queries, userId)
  const usable = held.filter(({ isOff }) => !isOff)
  usable.sort((a, b) => Number(a.way.isFallback) - Number(b.way.isFallback) || b.usedAt - a.usedAt)
  return usable.map(({ way }) => way)
}

/**
 * The highest level that the person's second factors reach; `undefined`: there are none. Where all of them are off, the
 * level of what gets around them: were it none, the password alone would be enough to register another one.
 */
export async function reachOf(
  options: WaysOptions,
  queries: Queries,
  userId: Id<'user'>,
): Promise<Acr | undefined> {
  const held = (await heldWays(options, queries, userId)).filter(({ way }) => !way.isFallback)
  if (held.length === 0) return undefined
  const usable = held.filter(({ isOff }) => !isOff).map(({ way }) => way.reach)
  return usable.reduce<Acr>(strongerOf, acrPossession)
}

async function heldWays({ ways, offOf }: WaysOptions, queries: Queries, userId: Id<'user'>) {
  const held: { way: SecondFactorWay; usedAt: number }[] = []
  for (const way of ways) {
    const holding = await way.holding(queries, userId)
    if (holding === undefined) continue
    const { hint = way.hint, lastUsedAt } = holding
    held.push({ way: { ...way, hint }, usedAt: lastUsedAt ?? 0 })
  }
  if (held.length === 0) return []
  const off = await offOf(queries, userId)
  return held.map((one) => ({ ...one, isOff: off.has(one.way.name) }))
}
