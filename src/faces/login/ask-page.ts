/** What the page of a journey is made from: its form, what is said above it, and where its answers go. */
import type { Form } from '../../login/engine/prompt.ts'
import type { FormError } from '../../login/engine/step.ts'
import type { Translate } from '../../platform/ui/translate.ts'
import type { CancelledNote } from './cancelled.ts'

export interface AskPage {
  readonly form: Form
  readonly formError?: FormError | undefined
  /** The login before this one was cancelled. */
  readonly cancelled?: CancelledNote | undefined
  /** The answer was for an earlier page of this journey and was not used. */
  readonly outdated?: boolean
  /** Where the form posts. */
  readonly action: string
  readonly version: number
  readonly formToken: string
  readonly t: Translate
  /** Milliseconds since the epoch. */
  readonly now: number
  /** For pages that wait. */
  readonly wait?: WaitAddresses | undefined
  /** Asked for without scripts: the address in the QR code is shown, and the page does not load itself again. */
  readonly showsAddress?: boolean
  /** What this browser keeps of earlier logins; absent where no name is asked for, or a session has one. */
  readonly remembered?: RememberedHere | undefined
  /** Where the form offers to show a ticket, a script asks for it. */
  readonly asksForTicket?: boolean
}

export interface WaitAddresses {
  /** Server-sent events; any of them means: ask for the status. */
  readonly events: string
  /** JSON `{ final: boolean, status: string }`. */
  readonly status: string
  /** The page to load when the status is final. */
  readonly next: string
}

export interface RememberedHere {
  /** The user name that a person wanted to be remembered. */
  readonly name: string | undefined
  /** Whether the tick for it is set. */
  readonly isTicked: boolean
  /** The last login here was one without a password. */
  readonly isWithoutPassword: boolean
}
