/** The data of a journey's page: its form, the notes above the form, and where the answers go. */
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
  /** A last button leaves the login and leads back to the app. */
  readonly leavesForApp?: boolean
  /** Where the form posts. */
  readonly action: string
  readonly version: number
  readonly formToken: string
  readonly t: Translate
  /** Milliseconds since the epoch. */
  readonly now: number
  /** For pages that wait. */
  readonly wait?: WaitAddresses | undefined
  /** The browser asked for a page without scripts: it shows the address of the QR code and does not reload itself. */
  readonly showsAddress?: boolean
  /** What this browser remembers of earlier logins; absent where no name is asked for, or a session gives the name. */
  readonly remembered?: RememberedHere | undefined
  /** Where the form offers a ticket, a script asks for the ticket. */
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
  /** Whether its box is ticked. */
  readonly isTicked: boolean
  /** The last login in this browser used no password. */
  readonly isWithoutPassword: boolean
}
