/**
 * The second factors as far as choosing among them needs to know them. Owns the order in which they are asked for:
 * the last used one first. Knows no factor's insides; each factor brings its own `SecondFactorWay`.
 */
import type { By } from '../../identity/audit/event.ts'
import type { Notice } from '../../identity/notify/notice.ts'
import { type Acr, acrPossession, findHighestLevel } from '../../identity/policy/assurance.ts'
import type { Id } from '../../platform/kernel/ids.ts'
import type { Queries } from '../../platform/storage/database.ts'
import type { Transaction } from '../../platform/storage/transact.ts'
import { type Message, message } from '../../platform/ui/message.ts'
import type { ChoiceOption } from '../engine/prompt.ts'

export type WayName = 'push' | 'totp' | 'passkey' | 'recovery'

/** Where the steps of second factors keep the level that they have proven in this journey. */
export const provenKey = 'second-factor.proven'

/** Where a login keeps the level that the person's second factors reach, or `none`; absent: nobody asked. */
export const reachKey = 'second-factor.reach'

/** Where a journey keeps that a recovery code was shown in it: `true`. */
export const recoveredKey = 'second-factor.recovered'

/** Where a login keeps the rule under which a second factor was put off, as JSON of `PutOffRule`. */
export const putOffKey = 'second-factor.put_off'

/** Where a step keeps the name of the way that the person chose on its page. */
export const chosenKey = 'second-factor.chosen'

/** Where a login keeps that its password lets nobody in any more: `true` until another one was chosen. */
export const changeRequiredKey = 'password.change_required'

/** Where a login keeps the `credentialVersion` of its person that it began with. */
export const credentialKey = 'login.credential'

/** What a person has of one kind. */
export interface Holding {
  /** Milliseconds since the epoch; null when it was not used yet. */
  readonly lastUsedAt: number | null
  /** In the place of the way's own, where what the person has says more. */
  readonly hint?: Message
  /** What it reaches beside a password, where that is less than the `reach` of its way. */
  readonly reach?: Acr
  /** It is there, but nothing can be asked of it at the moment. */
  readonly isUnreachable?: boolean
  /** It can never be asked again, as a passkey of another host. It still is one that the person has. */
  readonly isLost?: boolean
  /** What the person has to read once. */
  readonly news?: HoldingNews
}

export interface HoldingNews {
  readonly title: Message
  readonly text: Message
  /** Notes that it was read. */
  noteRead(queries: Queries): Promise<void>
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
  /** `undefined`: the person has none. One that is off after too many failures still is one, see `heldWays`. */
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
  /**
   * `cannot_be_reached`: no message reaches it. `off`: too many failures, it has to be set up again. `other_host`: a
   * passkey of an address that this installation had before.
   */
  readonly state: 'usable' | 'cannot_be_reached' | 'off' | 'other_host'
  /** Of recovery codes: how many can still be used. */
  readonly left?: number
}

/** What a person can do with their authenticators of one kind. */
export interface Authenticators {
  readonly kind: WayName
  /** What the person is notified with when one was removed. */
  readonly removalNotice: Notice
  /** Those that count. */
  list(queries: Queries, userId: Id<'user'>): Promise<OwnAuthenticator[]>
  /** `false`: the person has no such authenticator. */
  rename(queries: Queries, userId: Id<'user'>, id: string, name: string): Promise<boolean>
  /**
   * With its audit event. `undefined`: the person has none such.
   * @param by who removes it: the person, or an administrator
   */
  remove(tx: Transaction, userId: Id<'user'>, id: string, by: By): Promise<Removed | undefined>
}

export interface Removed {
  /** The journeys that wait for it, to be woken after the commit. */
  readonly waiting: readonly string[]
  /** The ids by which proofs name it. */
  readonly provenBy: readonly string[]
}

/** One-time codes of RFC 6238, as a phone needs them. */
export interface CompanionCodes {
  /** Base32 without padding. */
  readonly secret: string
  readonly algorithm: 'SHA1' | 'SHA256' | 'SHA512'
  readonly digits: 6 | 8
  /** Seconds. */
  readonly period: number
}

/** A code app, as a factor sees it whose QR code sets it up as well. Each is called in a transaction of that factor. */
export interface Companion {
  newId(): Id<'totp'>
  /** Begins one that does not count. */
  begin(
    queries: Queries,
    one: { readonly id: Id<'totp'>; readonly userId: Id<'user'>; readonly name: string },
  ): Promise<void>
  /** `undefined`: it counts already, or it is gone. */
  codesOf(queries: Queries, id: string): Promise<CompanionCodes | undefined>
  /**
   * From now on it counts, for codes that are yet to come. Writes its audit event, and tells nobody. `false`: it is gone.
   * @param one.name what it is called from now on; null: as before
   */
  activate(
    queries: Queries,
    one: { readonly id: string; readonly userId: Id<'user'>; readonly name: string | null },
  ): Promise<boolean>
  /** Takes back one that does not count. */
  drop(queries: Queries, id: string): Promise<void>
  /**
   * A second phone has it: takes it from its owner, whether it counts or not. Where it counted, that is audited and told,
   * and what was proven with it ends.
   */
  revoke(tx: Transaction, one: { readonly id: string; readonly userId: Id<'user'> }): Promise<void>
}

export interface WaysOptions<Name extends WayName = WayName> {
  readonly ways: readonly SecondFactorWay<Name>[]
  /** The kinds that are off for a person. Such a way is not offered, but it still is one that the person has. */
  readonly offOf: (queries: Queries, userId: Id<'user'>) => Promise<ReadonlySet<WayName>>
}

/** A way together with what the person has of it. */
export interface HeldWay {
  readonly way: SecondFactorWay
  readonly holding: Holding
  /** The highest level that it reaches for this person. */
  readonly reach: Acr
  /** There were too many failures: it cannot be used now, but it still is one that the person has. */
  readonly isOff: boolean
}

/**
 * The ways that a person has, the last used first. What cannot be asked at the moment comes after what can, and what is
 * only to fall back on comes last.
 */
export async function waysOf(
  options: WaysOptions,
  queries: Queries,
  userId: Id<'user'>,
): Promise<HeldWay[]> {
  return usableIn(await heldWays(options, queries, userId))
}

/** Those of them that can be used now, in the same order. */
export function usableIn(held: readonly HeldWay[]): HeldWay[] {
  return held.filter(isUsable).sort((a, b) => rankOf(a) - rankOf(b) || usedAt(b) - usedAt(a))
}

function isUsable({ isOff, holding }: HeldWay): boolean {
  return !isOff && holding.isLost !== true
}

function rankOf({ way, holding }: HeldWay): number {
  if (way.isFallback) return 2
  return holding.isUnreachable === true ? 1 : 0
}

const usedAt = ({ holding }: HeldWay): number => holding.lastUsedAt ?? 0

/** What a person's second factors reach. `undefined`: there are none. */
export interface Levels {
  /** The highest level of all that the person has. */
  readonly reach: Acr | undefined
  /** The highest level of those that can be used now. */
  readonly usable: Acr | undefined
}

/**
 * What is off counts for what the person has: were it forgotten, whoever turns it off by wrong answers would need less
 * than before to get in, or to register another one. What is lost can be asked of nobody, and counts where there is
 * nothing else: then for the level of what gets around it.
 */
export function levelsIn(held: readonly HeldWay[]): Levels {
  const own = held.filter(({ way }) => !way.isFallback)
  const present = own.filter(({ holding }) => holding.isLost !== true)
  return {
    reach: strongestOf(present) ?? (own.length > 0 ? acrPossession : undefined),
    usable: strongestOf(own.filter(isUsable)),
  }
}

export async function levelsOf(
  options: WaysOptions,
  queries: Queries,
  userId: Id<'user'>,
): Promise<Levels> {
  return levelsIn(await heldWays(options, queries, userId))
}

/**
 * The highest level of these. What cannot be asked at the moment counts only where there is nothing else:
 * then it keeps others from being registered without it.
 */
function strongestOf(held: readonly HeldWay[]): Acr | undefined {
  const reachable = held.filter(({ holding }) => holding.isUnreachable !== true)
  return findHighestLevel((reachable.length > 0 ? reachable : held).map(({ reach }) => reach))
}

/** Whether a person has something, and nothing of it can be asked. What is off is not lost. */
export async function isAllUnreachable(
  options: WaysOptions,
  queries: Queries,
  userId: Id<'user'>,
): Promise<boolean> {
  const held = await heldWays(options, queries, userId)
  return held.length > 0 && held.every(({ holding }) => holding.isUnreachable === true)
}

/** All that a person has, also what is off or lost. */
export async function heldWays(
  { ways, offOf }: WaysOptions,
  queries: Queries,
  userId: Id<'user'>,
): Promise<HeldWay[]> {
  const held: Omit<HeldWay, 'isOff'>[] = []
  for (const way of ways) {
    const holding = await way.holding(queries, userId)
    if (holding === undefined) continue
    const { hint = way.hint, reach = way.reach } = holding
    held.push({ way: { ...way, hint }, holding, reach })
  }
  if (held.length === 0) return []
  const off = await offOf(queries, userId)
  return held.map((one) => ({ ...one, isOff: off.has(one.way.name) }))
}

/** A way as a card to choose. */
export function wayOption({ name, label, hint, icon }: SecondFactorWay): ChoiceOption {
  return { value: name, label, hint, look: 'card', icon }
}

/** To the other ways, for who has some. */
export const otherOption: ChoiceOption = {
  value: 'other',
  label: message('action.other'),
  look: 'secondary',
}

/** The buttons by which a person leaves the page of a second factor without using it. */
export function waysOut(hasOther: boolean): ChoiceOption[] {
  const cancel: ChoiceOption = { value: 'cancel', label: message('action.cancel'), look: 'quiet' }
  return hasOther ? [otherOption, cancel] : [cancel]
}

/** Sorts rows: what was used last comes first; what was never used counts from when it was added. */
export function lastUsedFirst(a: UsedRow, b: UsedRow): number {
  return (b.last_used_at ?? b.created_at) - (a.last_used_at ?? a.created_at)
}

interface UsedRow {
  readonly created_at: number
  readonly last_used_at: number | null
}
