/**
 * The second factors of a person, as far as it matters for choosing among them. Owns the order in which they are asked for, the
 * last used first, and the levels that they reach together.
 */

import { z } from 'zod'
import {
  type Acr,
  acrLevels,
  acrPossession,
  findHighestLevel,
  isAtLeast,
} from '../../identity/policy/assurance.ts'
import type { Id } from '../../platform/kernel/ids.ts'
import type { Queries } from '../../platform/storage/database.ts'
import { languages } from '../../platform/ui/language.ts'
import { message } from '../../platform/ui/message.ts'
import { journeyEntry } from '../engine/data.ts'
import type { ChoiceOption } from '../engine/prompt.ts'
import type { StepContext } from '../engine/step.ts'
import type { BrowserGroup } from './budget-key.ts'
import type { ChoosableFactor, Enrolled, FactorCard } from './factor.ts'
import type { FactorKind } from './index.ts'

/** The highest level that second factors have proven in this journey. */
export const provenEntry = journeyEntry('second-factor.proven', z.enum(acrLevels))

/** The journey data after one more proof. A level that was proven before stays proven. */
export function raiseProven(data: StepContext['data'], level: Acr) {
  const before = provenEntry.read(data)
  return provenEntry.write(before !== undefined && isAtLeast(before, level) ? before : level)
}

/** The highest level of the person's second factors, as a login has read it, or `none`; absent: it was not read. */
export const highestLevelEntry = journeyEntry('second-factor.reach', z.enum([...acrLevels, 'none']))

/** Whether a recovery code was shown in this journey: `true`. */
export const recoveredEntry = journeyEntry('second-factor.recovered', z.literal(true))

/** Whether a pass of the service desk was shown in this journey: `true`. */
export const passEntry = journeyEntry('second-factor.pass', z.literal(true))

/** How many recovery codes are left after one was used, until a page has said so. Absent: new ones are due. */
export const codesLeftEntry = journeyEntry('second-factor.codes_left', z.int())

/**
 * The journey may enrol one authenticator beside others, as a person can on their own pages: a fallback was shown in it, or it
 * has just enrolled another one.
 */
export const besideEntry = journeyEntry('second-factor.beside', z.literal(true))

/** Whether the journey may enrol one beside the person's others. */
export function enrolsBeside({ kind, data }: Pick<StepContext, 'kind' | 'data'>): boolean {
  return kind === 'enrol' || besideEntry.read(data) === true
}

/** The rule under which a second factor was deferred in this login, see `writeDeferralRule`. */
export const deferralRuleEntry = journeyEntry('second-factor.put_off', z.string())

/** The card that the person chose on the page of a step: see `createCardValue`. */
export const chosenEntry = journeyEntry('second-factor.chosen', z.string())

/** Which authenticator of a kind the person has chosen in this journey. */
export const chosenAuthenticatorEntry = journeyEntry('second-factor.authenticator', z.string())

/** The password of this login lets nobody in any more: `true` until another one was chosen. */
export const mustChangePasswordEntry = journeyEntry('password.change_required', z.literal(true))

/** Why the password has to be changed, for the page that asks for another one. */
export const passwordChangeReasonEntry = journeyEntry(
  'password.change_reason',
  z.enum(['must_change', 'expired']),
)

/** A hash of that password, where only the hash can tell whether the new one is the same. */
export const passwordHashEntry = journeyEntry('password.hash', z.string())

/** The password of this login is too short to be the only factor: `true` until another one was chosen. */
export const tooShortAloneEntry = journeyEntry('password.too_short_alone', z.literal(true))

/** When the password of this login expires (ms), until a page has said so. */
export const passwordExpiryEntry = journeyEntry('password.expires_at', z.int())

/** For how many more logins an expired password is accepted, until a page has said so. */
export const passwordGraceEntry = journeyEntry('password.grace_logins', z.int())

/** The person's `credentialVersion` at the beginning of the login. */
export const credentialVersionEntry = journeyEntry('login.credential', z.int())

/** The language that the person was known to read, so that most logins need not store it again. */
export const knownLanguageEntry = journeyEntry('login.language', z.enum(languages))

export interface EnrolledOptions {
  readonly factors: readonly ChoosableFactor[]
  /**
   * The kinds that are off for a person in the browsers of a group; without a group, in those of either. A factor that is off is
   * not offered, but the person still has it.
   */
  readonly findLockedKinds: (
    queries: Queries,
    userId: Id<'user'>,
    group?: BrowserGroup,
  ) => Promise<ReadonlySet<FactorKind>>
  /** Whether a person without a second factor has lost the last one, see lost-factors.ts. */
  readonly hasLostFactors: (queries: Queries, userId: Id<'user'>) => Promise<boolean>
}

/** A factor, together with what the person has enrolled of it. */
export interface EnrolledFactor {
  readonly factor: ChoosableFactor
  readonly enrolled: Enrolled
  /** The highest level that it reaches for this person. */
  readonly level: Acr
  /** After too many failures: it cannot be used now, but the person still has it. */
  readonly isOff: boolean
}

/**
 * The factors of a person, the last used first. Those that cannot be asked at the moment come after the others, and fallbacks
 * come last. The codes that a phone shows come after the phone: their use is a use of the phone.
 */
export async function findUsable(
  options: EnrolledOptions,
  queries: Queries,
  userId: Id<'user'>,
): Promise<EnrolledFactor[]> {
  return sortUsable(await findEnrolledFactors(options, queries, userId))
}

/** The factors that can be used now, in the same order. */
export function sortUsable(held: readonly EnrolledFactor[]): EnrolledFactor[] {
  const usedAt = (one: EnrolledFactor): number =>
    Math.max(...[one, ...held.filter((other) => isOn(other, one))].map(ownUse))
  return held
    .filter(isUsable)
    .sort(
      (a, b) =>
        rankFactor(a) - rankFactor(b) ||
        usedAt(b) - usedAt(a) ||
        Number(isOn(a, b)) - Number(isOn(b, a)),
    )
}

/** Whether the last used authenticator of one factor is on a device of the other, such as the codes that a phone shows. */
function isOn({ enrolled: { lastUsedId } }: EnrolledFactor, { enrolled }: EnrolledFactor): boolean {
  return lastUsedId !== undefined && enrolled.goesWith?.includes(lastUsedId) === true
}

function isUsable({ isOff, enrolled }: EnrolledFactor): boolean {
  return !isOff && enrolled.isLost !== true
}

function rankFactor({ factor, enrolled }: EnrolledFactor): number {
  if (factor.isFallback) return 2
  return enrolled.isUnreachable === true ? 1 : 0
}

const ownUse = ({ enrolled }: EnrolledFactor): number => enrolled.lastUsedAt ?? 0

/** The levels that a user's second factors reach; `undefined` when the user has no second factor. */
export interface Levels {
  /** The highest level of all that the person has. */
  readonly highest: Acr | undefined
  /** The highest level of those that can be used now. */
  readonly usable: Acr | undefined
  /** The user has no second factor any more: an administrator removed the last one, or it was lost. */
  readonly isLost: boolean
}

/**
 * A factor that is off is included: otherwise an attacker who turns it off by wrong proofs would need less than before to log in,
 * or to enrol another one. A lost factor can never be verified. It is included only when the user has nothing else: then the user
 * needs the level of what replaces it. A user who has lost everything is as protected as before: they need the level of a
 * fallback.
 * @param hasLostAll where the user has no second factor: whether the last one was lost
 */
export function computeLevels(held: readonly EnrolledFactor[], hasLostAll: boolean): Levels {
  const own = held.filter(({ factor }) => !factor.isFallback)
  if (own.length === 0) {
    const highest = hasLostAll ? acrPossession : undefined
    return { highest, usable: undefined, isLost: hasLostAll }
  }
  const data = own.filter(({ enrolled }) => enrolled.isLost !== true)
  return {
    highest: findStrongest(data) ?? acrPossession,
    usable: findStrongest(own.filter(isUsable)),
    isLost: false,
  }
}

export async function findLevels(
  options: EnrolledOptions,
  queries: Queries,
  userId: Id<'user'>,
): Promise<Levels> {
  return (await findEnrolledWithLevels(options, queries, userId)).levels
}

export async function findEnrolledWithLevels(
  options: EnrolledOptions,
  queries: Queries,
  userId: Id<'user'>,
): Promise<{ readonly held: readonly EnrolledFactor[]; readonly levels: Levels }> {
  const held = await findEnrolledFactors(options, queries, userId)
  const isNone = held.every(({ factor }) => factor.isFallback)
  const hasLostAll = isNone && (await options.hasLostFactors(queries, userId))
  return { held, levels: computeLevels(held, hasLostAll) }
}

/**
 * The highest level of these. A factor that cannot be asked at the moment is included only when there is no other: then no other
 * factor can be enrolled without it.
 */
function findStrongest(held: readonly EnrolledFactor[]): Acr | undefined {
  const reachable = held.filter(({ enrolled }) => enrolled.isUnreachable !== true)
  return findHighestLevel((reachable.length > 0 ? reachable : held).map(({ level }) => level))
}

/** Whether a person has second factors, and none of them can be asked. A factor that is off is not lost. */
export async function isAllUnreachable(
  options: EnrolledOptions,
  queries: Queries,
  userId: Id<'user'>,
): Promise<boolean> {
  const held = await findEnrolledFactors(options, queries, userId)
  return held.length > 0 && held.every(({ enrolled }) => enrolled.isUnreachable === true)
}

/** All factors of a person, also those that are off or lost. */
export async function findEnrolledFactors(
  { factors, findLockedKinds }: EnrolledOptions,
  queries: Queries,
  userId: Id<'user'>,
): Promise<EnrolledFactor[]> {
  const all: Omit<EnrolledFactor, 'isOff'>[] = []
  for (const factor of factors) {
    const enrolled = await factor.findEnrolled(queries, userId)
    if (enrolled === undefined) continue
    const { hint = factor.hint, level = factor.highestLevel } = enrolled
    all.push({ factor: { ...factor, hint }, enrolled, level })
  }
  if (all.length === 0) return []
  const off = await findLockedKinds(queries, userId)
  return all.map((one) => ({ ...one, isOff: off.has(one.factor.kind) }))
}

/** A factor as a card to choose. */
export function createFactorOption(card: FactorCard): ChoiceOption {
  const { kind, label, hint, icon, authenticatorId } = card
  return { value: createCardValue(kind, authenticatorId), label, hint, look: 'card', icon }
}

/**
 * Several cards below other buttons: without their hints, so that what stands below them stays visible. They always say from when
 * one can be asked.
 */
export function listFactorOptions(factors: readonly FactorCard[]): ChoiceOption[] {
  return factors.map((card) => {
    const { hint, ...option } = createFactorOption(card)
    return hint !== undefined && (factors.length < 2 || card.isHeld) ? { ...option, hint } : option
  })
}

/** What the button of a card sends. Example: `totp`, or `push:device_…` for one of several. */
export const createCardValue = (kind: FactorKind, authenticatorId?: string): string =>
  authenticatorId === undefined ? kind : `${kind}:${authenticatorId}`

/**
 * The card of each factor, or one for each authenticator if the person can choose among several. If the person has phones of
 * several kinds, each phone has its own card.
 */
export function listCards(held: readonly Omit<EnrolledFactor, 'isOff'>[]): FactorCard[] {
  const phones = held.flatMap(({ enrolled }) => listPhones(enrolled))
  return held.flatMap(({ factor, enrolled }) => {
    const { choices = [] } = enrolled
    const isOneOfPhones = listPhones(enrolled).length > 0 && phones.length > 1
    if (choices.length < 2 && !isOneOfPhones) return [factor]
    return choices.map(({ id, label, phone, hint = factor.hint }) => {
      return { ...factor, label, hint, authenticatorId: id, ...(phone && { phone }) }
    })
  })
}

const listPhones = ({ choices = [] }: Enrolled) =>
  choices.filter(({ phone }) => phone !== undefined)

/** The names of the phones that can be asked, in their order. */
export const listPhoneNames = (held: readonly Pick<EnrolledFactor, 'enrolled'>[]): string[] =>
  held.flatMap(({ enrolled }) => listPhones(enrolled).flatMap(({ phone }) => phone?.name ?? []))

/** The card whose button sent this answer. */
export const findCard = (cards: readonly FactorCard[], answer: unknown): FactorCard | undefined =>
  cards.find(({ kind, authenticatorId }) => createCardValue(kind, authenticatorId) === answer)

/** Leads to the other factors, for a person who has some. */
export const otherOption: ChoiceOption = {
  value: 'other',
  label: message('action.other'),
  look: 'secondary',
}

/**
 * The name of the one other factor, or one button for several. It is as high as the other buttons of a waiting page, so that no
 * button moves when it takes the place of `otherOption`.
 */
export function listOtherButtons(others: readonly FactorCard[]): ChoiceOption[] {
  const [only, ...more] = others
  if (only === undefined) return []
  if (more.length > 0) return [otherOption]
  const { value, label } = createFactorOption(only)
  return [{ value, label, look: 'secondary' }]
}

/**
 * The buttons by which a person leaves the page of a second factor without using it.
 * @param trouble where what it needs can be missing: see `createTroubleOption`
 */
export function listExits(hasOther: boolean, trouble?: ChoiceOption): ChoiceOption[] {
  const cancel: ChoiceOption = { value: 'cancel', label: message('action.cancel'), look: 'quiet' }
  return [...(hasOther ? [otherOption] : []), ...(trouble === undefined ? [] : [trouble]), cancel]
}

/** Sorts rows: the last used first. One that was never used is sorted by when it was added. */
export function compareLastUsed(a: UsedRow, b: UsedRow): number {
  return (b.last_used_at ?? b.created_at) - (a.last_used_at ?? a.created_at)
}

interface UsedRow {
  readonly created_at: number
  readonly last_used_at: number | null
}
