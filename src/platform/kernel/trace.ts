/**
 * What a trace can show: pieces of work with a beginning and an end, and statements of the database. They go over Node's
 * diagnostics channels, so a feature takes no further argument. While nobody listens, a piece costs a look at a flag. Owns
 * the channels and the form of a piece; faces/telemetry listens when it is configured. Names and facts are a few fixed
 * words: never a user, an address or a secret.
 */
import { channel, tracingChannel } from 'node:diagnostics_channel'

export type Facts = Readonly<Record<string, string | number | boolean>>

export interface Piece<Result = unknown> {
  /** For example `GET /login`, `step password/check`, `push sns`. */
  readonly name: string
  /** `server`: a request to us. `client`: one of ours to others. */
  readonly kind: 'server' | 'client' | 'internal'
  readonly facts?: Facts
  /** What came of it. Facts under `error` say that it failed. */
  readonly describe?: (result: Result) => Facts
  /** The `traceparent` (W3C Trace Context) of a caller who is trusted; absent: it belongs to the piece around it. */
  readonly traceparent?: string | undefined
}

/** A statement that has been answered just now. */
export interface Statement {
  /** With placeholders and without values. */
  readonly sql: string
  /** Milliseconds. */
  readonly elapsed: number
}

export const pieceChannel = tracingChannel<PieceMessage, object>('einlass:piece')
export const statementChannel = channel<Statement>('einlass:statement')

/** What listeners get; the channel adds `result` or `error` at the end. */
export interface PieceMessage extends Piece<never> {
  result?: unknown
  error?: unknown
}

/** Does `work` as a part of the piece that runs now. */
export function tracePiece<Result>(
  piece: Piece<Result>,
  work: () => Promise<Result>,
): Promise<Result> {
  if (!isTraced()) return work()
  return pieceChannel.tracePromise(work, { ...piece } as PieceMessage)
}

/** For callers who would otherwise prepare a piece that nobody sees. */
export const isTraced = (): boolean => pieceChannel.start.hasSubscribers

export function noteStatement(sql: string, elapsed: number): void {
  if (statementChannel.hasSubscribers) statementChannel.publish({ sql, elapsed })
}
