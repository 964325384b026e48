/**
 * How a feature declares its audit events: the stored type, the facts, and the words that the person reads on their own
 * pages. Knows no single event; each feature has its own in an `events.ts`.
 *
 *   export const phoneEvents = {
 *     removed: event<{ userId: string; phoneId: string; by: By }>('phone_removed', say('event.phone_removed')),
 *     sent: event<{ userId: string; phoneId: string }>('phone_message_sent', notShown),
 *   }
 *   await audit.record(tx, phoneEvents.removed, { userId, phoneId, by })
 *
 * No fact is a secret: no password, token, cookie, code, nor a name that might be a password typed into the wrong field.
 * Stored types and names of facts never change, as the trail keeps what was written under them.
 */
import { type Message, type MessageKey, message } from '../../platform/ui/message.ts'
import type { AuditEvent, Facts, FactValue } from './chain.ts'

/**
 * Who did it: a user id, `cli:alice` for the user of the operating system who ran a command, or a word for what the act
 * came from when nobody was logged in, for example `setup`.
 */
export type By = string

export interface EventType<EventFacts extends Facts = Facts> {
  /** As it is stored. */
  readonly type: string
  /** `undefined`: the person does not see it. */
  readonly describe: Describe | undefined
  /** A sentence in English for an operator, where the person's words say less. */
  readonly explain?: Explain | undefined
  /** Facts in the words of a person: an erasure of the user takes them away. */
  readonly ownWords?: readonly string[]
  /** Never set: it lets TypeScript know which facts belong to the event. */
  readonly facts?: EventFacts
}

/** The facts of a declared event, for example `FactsOf<typeof loginEvents.failed>`. */
export type FactsOf<Type extends EventType> = NonNullable<Type['facts']>

export interface ActivityText {
  readonly text: Message
  /** Something that the person may want to look at. */
  readonly isWarning: boolean
}

/**
 * An event in the words of the person it is about. The facts are those of a stored event, so an earlier release may have
 * written fewer. `undefined`: nothing that the person needs to know.
 * @param app the app that the event names, by the name that it has today
 */
export type Describe = (
  facts: AuditEvent['data'],
  app: string | Message,
) => ActivityText | undefined

/** `undefined`: the person's words say enough. The facts are those of a stored event. */
export type Explain = (facts: AuditEvent['data']) => string | undefined

/** Declares an event. */
export function event<EventFacts extends Facts>(
  type: string,
  describe: Describe | undefined,
  explain?: Explain,
): EventType<EventFacts> {
  return { type, describe, explain }
}

/** The same event, with facts that a person has written in their own words. */
export function withOwnWords<EventFacts extends Facts>(
  declared: EventType<EventFacts>,
  ownWords: readonly (keyof EventFacts & string)[],
): EventType<EventFacts> {
  return { ...declared, ownWords }
}

/** In place of words: the person does not see it. */
export const notShown = undefined

/** The same words for every event of a type. */
export function say(key: MessageKey): Describe {
  const said = { text: message(key), isWarning: false }
  return () => said
}

/** The same, for something that the person may want to look at. */
export function warn(key: MessageKey): Describe {
  const said = { text: message(key), isWarning: true }
  return () => said
}

/** Names a device as it was called then; the message has the value `device`. */
export function sayWithName(key: MessageKey): Describe {
  return ({ name }) => ({ text: message(key, { device: readName(name) }), isWarning: false })
}

/** The same, for events of which earlier releases wrote no name; then the text is `unnamed`. */
export function sayWithNameOr(key: MessageKey, unnamed: MessageKey): Describe {
  return ({ name }) => ({
    text: typeof name === 'string' ? message(key, { device: name }) : message(unnamed),
    isWarning: false,
  })
}

function readName(name: FactValue | undefined): string | Message {
  return typeof name === 'string' ? name : message('device.unnamed')
}
