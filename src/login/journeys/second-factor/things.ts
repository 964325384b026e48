/**
 * The things that a person can miss, each with all its authenticators. Owns what is one thing, its name, and the page that asks which one is
 * meant.
 */
import { type Message, message } from '../../../platform/ui/message.ts'
import type { ChoiceOption, Form } from '../../engine/prompt.ts'
import type { StepContext } from '../../engine/step.ts'
import type { Authenticator } from '../../factors/factor.ts'
import { describeFactor, type FactorKind } from '../../factors/index.ts'
import { troubleThingEntry } from '../../factors/trouble.ts'

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

/** Those that a person calls by the same word as one of this kind: all phones that confirm logins, whatever app they have. */
export function listAlike(things: readonly Thing[], kind: FactorKind): Thing[] {
  return things.filter(({ parts }) => parts.some((one) => isAlike(one.kind, kind)))
}

/** Whether a person calls both by the same word, see `listAlike`. */
export function isAlike(kind: FactorKind, other: FactorKind): boolean {
  const word = nameTrouble(kind)
  return kind === other || (word !== undefined && nameTrouble(other) === word)
}

const nameTrouble = (kind: FactorKind) => describeFactor(kind).words.trouble?.title.key

/** The one that the person has chosen by its name, or the only one like it. Of several, nobody has said which one it is. */
export function findMeant(
  things: readonly Thing[],
  data: StepContext['data'],
  kind: FactorKind,
): Thing | undefined {
  const ids = troubleThingEntry.read(data)?.split(' ')
  if (ids !== undefined) return things.find(({ parts }) => parts.some(({ id }) => ids.includes(id)))
  const [only, ...more] = listAlike(things, kind)
  return more.length > 0 ? undefined : only
}

/** The journey data in which the person means this one. */
export const writeMeant = ({ parts }: Thing) =>
  troubleThingEntry.write(parts.map(({ id }) => id).join(' '))

const thingPrefix = 'thing:'

/** The one whose button sent this answer, see `createWhichForm`. */
export const findThing = (things: readonly Thing[], answer: unknown): Thing | undefined =>
  things.find(({ id }) => answer === `${thingPrefix}${id}`)

/** Asks for one of several by its name. */
export function createWhichForm(things: readonly Thing[]): Form {
  const options = things.flatMap(({ id, parts: [main] }) =>
    main === undefined ? [] : [createThingOption(id, main)],
  )
  return {
    title: message('missing.which'),
    width: 'narrow',
    prompts: [
      {
        type: 'choice',
        name: 'action',
        options: [...options, { value: 'back', label: message('enrol.back'), look: 'quiet' }],
      },
    ],
  }
}

function createThingOption(id: string, main: Authenticator): ChoiceOption {
  const { words, icon } = describeFactor(main.kind)
  const hint = message('missing.which.hint', { kind: words.name, day: main.addedAt })
  return { value: `${thingPrefix}${id}`, label: nameThing(main), hint, look: 'card', icon }
}

/** The ids of what is on the device of this kind, such as the codes that a phone shows. Another of the same name may be elsewhere. */
export function listOnDevice({ parts }: Thing, kind: FactorKind): string[] {
  const main = parts.find((one) => one.kind === kind) ?? parts[0]
  return main === undefined ? [] : collect(parts, main, isLinked).map(({ id }) => id)
}

export function nameThing({ name, kind }: Authenticator): Message {
  return name === null ? describeFactor(kind).words.name : message('missing.name', { name })
}
