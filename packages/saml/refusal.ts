/** Why a document is not accepted. Readers throw it inside of this package and return it as data to everybody else. */

/** What a caller can tell apart. */
export type RefusalReason =
  /** More than 64 KiB, packed or unpacked. */
  | 'too_large'
  /** Not the encoding of the binding: base64, deflate, UTF-8, or a query with a parameter twice. */
  | 'bad_encoding'
  /** Not well-formed, or with a part that is never accepted: a document type, a comment, an instruction. */
  | 'bad_xml'
  /** Well-formed, but not what the standard says of such a message. */
  | 'bad_message'
  /** Signed by another key, by an algorithm that is not accepted, or in a way that leaves a part unsigned. */
  | 'bad_signature'
  /** It has no signature and needs one. */
  | 'unsigned'

export interface Refused {
  readonly type: 'refused'
  readonly reason: RefusalReason
  /** For the log; has no part of the document in it. */
  readonly detail: string
}

export class Refusal extends Error {
  readonly reason: RefusalReason

  constructor(reason: RefusalReason, detail: string) {
    super(detail)
    this.name = 'Refusal'
    this.reason = reason
  }
}

export type Reading<Value> = ({ readonly type: 'ok' } & Value) | Refused

/** Runs a reader; what it refuses becomes a value. */
export function readSafely<Value extends object>(read: () => Value): Reading<Value> {
  try {
    return { type: 'ok', ...read() }
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    return { type: 'refused', reason: error.reason, detail: error.message }
  }
}
