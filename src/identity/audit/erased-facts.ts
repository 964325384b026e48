/**
 * What an event says of a person after the person was erased. Owns which facts stay: everything that is not known to name
 * nobody is taken away, so a new fact is, until it stands here.
 */
import type { Facts, FactValue } from './chain.ts'
import type { EventType } from './event.ts'

/** A person as events name them. */
export interface ErasedPerson {
  readonly userId: string
  /** Whether it is a user name of the person, in any spelling. Events of wrong attempts have no user id. */
  readonly isName: (username: string) => boolean
  /** Of names that nothing else in the database says are of the person, by `hashName`. */
  readonly nameHashes: readonly string[]
  /** The first and the last event for which these names are of this person: others may have had them before and after. */
  readonly from: number
  readonly to: number
  /** What stands in the place of the id and of the names. */
  readonly pseudonym: string
}

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
  readonly type: string
  readonly data: Readonly<Record<string, FactValue>>
}

/** @param eventTypes of which some have facts in the words of a person */
export function createEraseFacts(eventTypes: readonly EventType[]): EraseFacts {
  const ownWords = new Map(eventTypes.map(({ type, ownWords }) => [type, ownWords ?? []]))

  /** `undefined`: the event does not name the person. */
  return ({ seq, type, data }, person) => {
    const isTheirs = isAbout(person, seq, data)
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

function isAbout(person: ErasedPerson, seq: number, data: StoredFacts['data']): boolean {
  const { userId, username } = data
  if (userId === person.userId) return true
  if (userId !== undefined && userId !== null) return false
  return (
    typeof username === 'string' &&
    seq >= person.from &&
    seq <= person.to &&
    person.isName(username)
  )
}

/** Ids of the person, also as the one who did something to others. */
function replaceNames(value: FactValue, { userId, pseudonym }: ErasedPerson): FactValue {
  if (value === userId) return pseudonym
  if (value === null || typeof value !== 'object') return value
  return value.map((one) => (one === userId ? pseudonym : one))
}
