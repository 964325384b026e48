/** The things that a person can miss, each with all its authenticators. Owns what is one thing, and its name. */
import { type Message, message } from '../../../platform/ui/message.ts'
import type { Authenticator } from '../../factors/factor.ts'
import { describeFactor, type FactorKind } from '../../factors/index.ts'

/** What a person holds in the hand: one authenticator, or several that go together or bear one name. */
export interface Thing {
  /** The id of its first authenticator. */
  readonly id: string
  readonly parts: readonly Authenticator[]
}

/** Those that can be missing, the last used first. */
export function listThings(all: readonly Authenticator[]): Thing[] {
  const own = all.filter(({ kind, state }) => canBeMissing(kind) && canBeUsed(state))
  const first = own.filter((one) => findTogether(own, one)[0] === one)
  return first.map((one) => ({ id: one.id, parts: findTogether(own, one) }))
}

/** What belongs to another host was not what the person missed. */
const canBeUsed = (state: Authenticator['state']) =>
  state === 'usable' || state === 'cannot_be_reached'

const canBeMissing = (kind: FactorKind) => describeFactor(kind).words.missing !== undefined

/** One phone can hold authenticators of several kinds. Two of one kind with the same name are two phones. */
function findTogether(own: readonly Authenticator[], one: Authenticator): Authenticator[] {
  const all = collect(own, one, (a, b) => isLinked(a, b) || isNamesake(a, b))
  const isOneThing = new Set(all.map(({ kind }) => kind)).size === all.length
  return isOneThing ? all : collect(own, one, isLinked)
}

/** All that are tied to this one, directly or by others. */
function collect(
  own: readonly Authenticator[],
  one: Authenticator,
  isTied: (a: Authenticator, b: Authenticator) => boolean,
): Authenticator[] {
  const tied = new Set([one])
  for (const each of tied) for (const other of own) if (isTied(each, other)) tied.add(other)
  return own.filter((other) => tied.has(other))
}

const isLinked = (a: Authenticator, b: Authenticator) =>
  a.goesWith?.includes(b.id) === true || b.goesWith?.includes(a.id) === true

const isNamesake = (a: Authenticator, b: Authenticator) => a.name !== null && a.name === b.name

/** The only thing with a part of this kind. Of several, nobody has said which one it is. */
export function findOnlyThing(things: readonly Thing[], kind: FactorKind): Thing | undefined {
  const [only, ...more] = things.filter(({ parts }) => parts.some((one) => one.kind === kind))
  return more.length > 0 ? undefined : only
}

/** The ids of what is on the device of this kind, such as the codes that a phone shows. Another of the same name may be elsewhere. */
export function listOnDevice({ parts }: Thing, kind: FactorKind): string[] {
  const main = parts.find((one) => one.kind === kind)
  return main === undefined ? [] : collect(parts, main, isLinked).map(({ id }) => id)
}

export function nameThing({ name, kind }: Authenticator): Message {
  return name === null ? describeFactor(kind).words.name : message('missing.name', { name })
}
