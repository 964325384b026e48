/**
 * What an event says of a person after the person was erased. Owns which facts stay: only those that are known to name
 * nobody. Every other fact is removed, and so is a new one until it is listed here.
 */
import type { Facts, FactValue } from './chain.ts'
import type { EventType } from './event.ts'

/** A person as events name them. */
export interface ErasedPerson {
  readonly userId: string
  /** Judges events with a username and no user id, as of wrong attempts: others may have had the name before and after. */
  readonly judge: (attempt: Attempt) => Belonging
  /** Hashes (`hashName`) of names that nothing else in the database links to the person. */
  readonly nameHashes: readonly string[]
  /** Replaces the id and the names. */
  readonly pseudonym: string
}

export interface Attempt {
  readonly seq: number
  /** Milliseconds since the epoch. */
  readonly at: number
  readonly username: string
}

/** `unclear`: it has a name of the person, and may be of another one. */
export type Belonging = 'theirs' | 'others' | 'unclear'

/** Texts that name no person: ids of what belonged to the person, words of the program, groups and apps. */
const harmless: ReadonlySet<string> = new Set([
  ...['acr', 'amr', 'app', 'appId', 'authenticatorId', 'browsers', 'by', 'codeId', 'delivery'],
  ...['deviceId', 'digest', 'epoch', 'erasure', 'fromId', 'group', 'groupId', 'kind', 'kinds'],
  ...[
    'login',
    'names',
    'notHigher',
    'olderThan',
    'outcome',
    'passId',
    'passkeyId',
    'pattern',
    'provider',
  ],
  ...['purpose', 'requestedBy', 'requestId', 'sessionId', 'source', 'tokenId', 'userId', 'what'],
])

/** A reason is a word of the program; other texts come from a person or a service elsewhere. */
const word = /^[a-z]+(_[a-z]+)*$/

export type EraseFacts = (event: StoredFacts, person: ErasedPerson) => Facts | undefined

interface StoredFacts {
  readonly seq: number
  readonly at: number
  readonly type: string
  readonly data: Readonly<Record<string, FactValue>>
}

/** @param eventTypes of which some have facts in the words of a person */
export function createEraseFacts(eventTypes: readonly EventType[]): EraseFacts {
  const ownWords = new Map(eventTypes.map(({ type, ownWords }) => [type, ownWords ?? []]))

  /** `undefined`: the event does not name the person. */
  return (event, person) => {
    const { type, data } = event
    const isTheirs = data.userId === person.userId || judgeAttempt(event, person) === 'theirs'
    const own = ownWords.get(type) ?? []
    const facts = Object.entries(data).map(([name, value]): [string, FactValue] => {
      const replaced = replaceNames(value, person)
      if (!isTheirs) return [name, replaced]
      if (name === 'username') return [name, value === null ? null : person.pseudonym]
      return [name, isHarmless(name, replaced) && !own.includes(name) ? replaced : null]
    })
    const after = Object.fromEntries(facts)
    return JSON.stringify(after) === JSON.stringify(data) ? undefined : after
  }
}

function isHarmless(name: string, value: FactValue): boolean {
  if (typeof value === 'number' || typeof value === 'boolean' || harmless.has(name)) return true
  return name === 'reason' && typeof value === 'string' && word.test(value)
}

/** An event with a user id is no attempt, and says itself whose it is. */
export function judgeAttempt(
  { seq, at, data: { userId, username } }: StoredFacts,
  { judge }: Pick<ErasedPerson, 'judge'>,
): Belonging {
  const isAttempt = (userId === undefined || userId === null) && typeof username === 'string'
  return isAttempt ? judge({ seq, at, username }) : 'others'
}

/** Ids of the person, also as the one who did something to others. */
function replaceNames(value: FactValue, { userId, pseudonym }: ErasedPerson): FactValue {
  if (value === userId) return pseudonym
  if (value === null || typeof value !== 'object') return value
  return value.map((one) => (one === userId ? pseudonym : one))
}
