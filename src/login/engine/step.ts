/**
 * A step is one stop of a journey: it asks with prompts or is done with an outcome. Owns the shape of steps; knows no
 * factor and no page. A step never calls another one and never writes by itself: it returns what is to be written, and
 * the engine writes it in the transaction that moves the journey.
 *
 * A walk runs until a step asks or the journey ends, and is written only then. So the next step of the same walk runs before the commit: it
 * sees the `data` and the `userId` of this step's change, but neither its proof nor the rows that `write` will make.
 */

import type { Credentials } from '../../identity/limits/known-browsers.ts'
import type { Strength } from '../../identity/policy/assurance.ts'
import type { LiveSession } from '../../identity/sessions/session.ts'
import type { TicketHolder } from '../../identity/users/directory.ts'
import type { Id } from '../../platform/kernel/ids.ts'
import type { ProofRow } from '../../platform/storage/tables.ts'
import type { Transaction } from '../../platform/storage/transact.ts'
import type { Language } from '../../platform/ui/language.ts'
import type { Message } from '../../platform/ui/message.ts'
import type { DataChange, JourneyData } from './data.ts'
import type { JourneyKind, JourneyRequest, StepName } from './journey.ts'
import type { Form } from './prompt.ts'
import type { Proof } from './proofs.ts'

/** What a browser sent for this page: one text for each field. */
export type Answers = Readonly<Record<string, string>>

/** What is known about the browser in front of the page. */
export interface ClientFacts {
  readonly address: string
  /** A configured name for the address, for example *Office Munich*. */
  readonly place: string | undefined
  /** For example *Firefox* on *Windows*; undefined when it does not say. */
  readonly browser: { readonly name: string; readonly system: string | undefined } | undefined
  readonly userAgent: string | undefined
  /** The language of the page, and of the messages to a phone. */
  readonly language: Language
  /** The live session of this browser. */
  readonly session: LiveSession | undefined
  /** Of the browser's own secret, where a journey begins. */
  readonly browserHash?: string
  /** The cookie that says who has logged in with this browser before. */
  readonly device?: string | undefined
  /** The accepted ticket that the browser has shown with this answer. */
  readonly ticket?: ShownTicket
}

/** A ticket that was accepted, and what the browser has said of it. */
export interface ShownTicket extends TicketHolder {
  /** As it stands in the ticket, for example `erika@CORP.EXAMPLE`. */
  readonly principal: string
  /** The page asked by itself, and not its user. */
  readonly isSilent?: boolean
}

/** What a step gets: the journey so far, the answer if there is one, and the browser in front of the page. */
export interface StepContext {
  readonly kind: JourneyKind
  /** Milliseconds since the epoch; one value for all steps of a walk. */
  readonly now: number
  readonly journeyHash: string
  readonly request: JourneyRequest
  readonly userId: Id<'user'> | undefined
  readonly data: JourneyData
  /** What was proven in this walk, which is not written yet. */
  readonly unwrittenProofs: readonly Proof[]
  /** Absent when a browser only looks: a look is never taken for an answer. */
  readonly answers: Answers | undefined
  readonly client: ClientFacts
  /** The address that begins this login again. Signed on demand, as few steps need it. */
  readonly createRestartPath: () => string
}

/** The user of a step that comes after the user was found. */
export function requireUserId({ userId }: Pick<StepContext, 'userId'>): Id<'user'> {
  if (userId === undefined) throw new Error('this step needs a user')
  return userId
}

/** A proof that is written with the move. The engine adds the journey and the time. */
export interface NewProof {
  readonly factor: ProofRow['factor']
  readonly strength: Strength
  /** RFC 8176 names. */
  readonly amr: readonly string[]
  readonly authenticatorId: string | null
}

/** What moves together with the journey, or not at all. */
export interface Change {
  /** Merged into the journey data; `undefined` takes a value out. */
  readonly data?: DataChange
  readonly userId?: Id<'user'>
  readonly proof?: NewProof
  /**
   * Conditional writes, after all steps of the walk have run. `false` means that another request was faster: nothing of the
   * move is written.
   */
  readonly write?: (tx: Transaction) => Promise<boolean>
  /** Runs after the commit; for what cannot be taken back, such as a message to a phone. */
  readonly afterCommit?: () => void
}

/** Why the same page is shown again after an answer. */
export interface FormError {
  /** 503: nothing was judged, because too many wanted the same. */
  readonly status: 422 | 429 | 503
  readonly title: Message
  readonly text: Message
  /** Names of the fields it is about. */
  readonly fields?: readonly string[]
  /** Seconds. */
  readonly retryAfter?: number
  /** `info`: nothing was wrong, it only takes time. */
  readonly tone?: 'info'
  /** The id of a passkey that is unknown here, so that the browser can signal it to the passkey's provider. */
  readonly unknownCredential?: string
}

export type StepResult<Outcome extends string> =
  | {
      readonly type: 'ask'
      readonly form: Form
      readonly formError?: FormError
      readonly change?: Change
      /** The hash of the journey that superseded this one. The page is for a browser to which the newer one does not belong. */
      readonly supersededBy?: string | undefined
      /** Who has proven in this journey that the browser is theirs, as a login does: it becomes one that the person has used. */
      readonly provenPerson?: Credentials | undefined
    }
  | {
      readonly type: 'done'
      readonly outcome: Outcome
      readonly change?: Change
      /** With `cancelled`: what happened to what this step had begun, for the next page. Absent: it had begun nothing. */
      readonly cancelled?: Message
    }

/** What a waiting page learns without being loaded again. */
export interface WaitStatus {
  /** The page has to be loaded again: the answer is there, or the wait is over. */
  readonly final: boolean
  readonly status: Message
}

/**
 * One stop of a journey.
 * @example
 * const step: Step<'terms/accept', 'accepted' | 'refused'> = {
 *   name: 'terms/accept',
 *   outcomes: ['accepted', 'refused'],
 *   async run({ answers }) {
 *     if (answers?.action === 'refuse') return { type: 'done', outcome: 'refused' }
 *     if (answers?.action !== 'accept') return { type: 'ask', form: termsForm }
 *     return { type: 'done', outcome: 'accepted', change: { write: (tx) => terms.accept(tx) } }
 *   },
 * }
 */
export interface Step<Name extends StepName = StepName, Outcome extends string = string> {
  readonly name: Name
  readonly outcomes: readonly Outcome[]
  run(context: StepContext): Promise<StepResult<Outcome>>
  /** Only for steps whose page waits. Reads, never writes. `shown`: what the page says, see `WaitPrompt`. */
  status?(context: StepContext, shown?: string): Promise<WaitStatus>
}
