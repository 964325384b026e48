/** Common parts of writing SAML 2.0 messages. */
import { build } from '../xml/build.ts'
import type { XmlElement } from '../xml/tree.ts'

export interface NewMessageHead {
  /** An `xs:ID`: begins with a letter or an underscore; 128 random bits or more. */
  readonly id: string
  readonly issuer: string
  /** Milliseconds since the epoch. */
  readonly issuedAt: number
  readonly destination?: string | undefined
  readonly inResponseTo?: string | undefined
}

export function buildHead(head: NewMessageHead): Record<string, string | undefined> {
  return {
    ID: head.id,
    InResponseTo: head.inResponseTo,
    Version: '2.0',
    IssueInstant: writeTime(head.issuedAt),
    Destination: head.destination,
  }
}

export function buildIssuer(issuer: string): XmlElement {
  return build('saml:Issuer', {}, [issuer])
}

/** @param time milliseconds since the epoch */
export function writeTime(time: number): string {
  return new Date(time).toISOString()
}
