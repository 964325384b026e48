/**
 * Who does something. Each operation names the allowed actors in its type, so a command, a page or an API without that
 * right does not compile. Owns the kinds of actors and their names in the audit log. An actor is made only where the
 * caller's identity is proven.
 */
import type { By } from '../audit/event.ts'
import type { LiveSession } from '../sessions/session.ts'

/** Administers this installation, for example at its command line. */
export interface Administrator {
  readonly type: 'administrator'
  /** The name in the audit log, for example `cli:alice`. */
  readonly name: string
  /** The person behind the actor, for rules that require two people; absent if it may be anybody. */
  readonly person?: string
}

/** A person who is logged in, and may change their own account while the session lasts. */
export interface Person {
  readonly type: 'person'
  readonly session: LiveSession
}

/** The person of a session that was found by its token. */
export function asPerson(session: LiveSession): Person {
  return { type: 'person', session }
}

/** Holds the link that makes the first administrator. */
export interface Setup {
  readonly type: 'setup'
}

/** An app that registers itself, or that acts on its own registration. */
export interface Registrant {
  readonly type: 'registrant'
  /** The id of its registration token; after the registration, of the app itself. */
  readonly id: string
}

/** A system that provisions users, by one of its tokens. */
export interface Provisioner {
  readonly type: 'provisioner'
  /** The name of the system. */
  readonly source: string
  /** It may also change local users that no system has provisioned. */
  readonly takesOver: boolean
}

export type Actor = Administrator | Person | Setup | Registrant | Provisioner

/** The actor in the facts of an audit event. */
export function auditName(actor: Actor): By {
  switch (actor.type) {
    case 'administrator':
      return actor.name
    case 'person':
      return actor.session.userId
    case 'setup':
      return 'setup'
    case 'registrant':
      return `registration:${actor.id}`
    case 'provisioner':
      return `scim:${actor.source}`
  }
}
