/**
 * A login with the ticket of a domain in place of the password: what the password page and the face of the login use of it. The
 * folder `ticket` owns how it works.
 */

import { z } from 'zod'
import type { Metric } from '../../platform/kernel/metric.ts'
import type { Queries } from '../../platform/storage/database.ts'
import { journeyEntry } from '../engine/data.ts'
import type { JourneyRequest } from '../engine/journey.ts'
import type { TicketPrompt } from '../engine/prompt.ts'
import type { Change, ClientFacts, FormError, ShownTicket, StepContext } from '../engine/step.ts'

export interface TicketLogin {
  /** Whether this browser may log in with a ticket now. If not, none is asked for, and none is read. */
  isOffered(request: JourneyRequest, client: ClientFacts): boolean
  /** `undefined`: it is not offered here. */
  prompt(context: StepContext): TicketPrompt | undefined
  /** Decrypts what a browser has sent. @param token base64, as it came */
  accept(token: string, client: ClientFacts): Promise<TicketAnswer>
  /** The directory's answer about the person whose ticket was accepted. `undefined`: no ticket was accepted. */
  check(context: StepContext): Promise<TicketResult | undefined>
  readonly metrics: readonly Metric[]
  purge(queries: Queries): Promise<void>
  close(): void
}

export type TicketAnswer =
  | {
      readonly type: 'accepted'
      readonly ticket: ShownTicket
      /** For the client, base64; absent: it did not ask for one. */
      readonly answer: string | undefined
    }
  | { readonly type: 'refused'; readonly formError: FormError }

export type TicketResult =
  | { readonly type: 'passed'; readonly change: Change }
  | { readonly type: 'failed'; readonly formError: FormError }

/** This login is based on a ticket alone, and on nothing that the person has typed: `true`. */
export const ticketEntry = journeyEntry('ticket.only', z.literal(true))
