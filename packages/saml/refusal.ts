/** Why a document is not accepted. Inside this package readers throw a Refusal; to callers outside they return it as data. */

/** The reasons that a caller can distinguish. */
export type RefusalReason =
  /** More than 64 KiB, before or after decompression. */
  | 'too_large'
  /** A wrong encoding (base64, deflate, UTF-8), or a query with a repeated parameter. */
  | 'bad_encoding'
  /** Not well-formed, or with a part that is never accepted: a document type, a comment, a processing instruction. */
  | 'bad_xml'
  /** Well-formed, but not as the standard requires for such a message. */
  | 'bad_message'
  /** Signed by another key, or with a part left unsigned. */
  | 'bad_signature'
  /** Signed with an algorithm that is not accepted, such as RSA with SHA-1. */
  | 'weak_algorithm'
  /** A required signature is missing. */
  | 'unsigned'

export interface Refused {
  readonly type: 'refused'
  readonly reason: RefusalReason
  /** For the log; contains no part of the document. */
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

/** Runs a reader and returns a thrown Refusal as a value. */
export function readSafely<Value extends object>(read: () => Value): Reading<Value> {
  try {
    return { type: 'ok', ...read() }
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    return { type: 'refused', reason: error.reason, detail: error.message }
  }
}
