/**
 * Requests of people who have forgotten their password. Owns the table `reset_requests`: a request is stored and answered before
 * its user is looked up, so neither the answer nor its time shows whether there is such a user. Any node settles it afterwards; a
 * directory that does not answer is asked again. settle.ts owns who gets a mail.
 */
import { z } from 'zod'
import { canonicalUsername } from '../../identity/users/user.ts'
import { type Clock, minutes, seconds } from '../../platform/kernel/clock.ts'
import type { Log } from '../../platform/kernel/log.ts'
import type { Random } from '../../platform/kernel/random.ts'
import type { Database } from '../../platform/storage/database.ts'
import type { ResetRequestRow } from '../../platform/storage/tables.ts'
import { type AttemptResult, createWorkQueue } from '../../platform/storage/work-queue.ts'
import { languages } from '../../platform/ui/language.ts'
import type { ClientFacts } from '../engine/step.ts'

export interface ResetRequestsOptions {
  readonly db: Database
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
  /** Called after each request that was stored. Does not throw. */
  readonly onStored: () => Promise<void>
  readonly settle: (name: string, client: AskingClient) => Promise<AttemptResult>
}

/** The browser that asked, as a mail describes it. */
export type AskingClient = Pick<ClientFacts, 'address' | 'place' | 'browser' | 'language'>

const clientSchema = z.object({
  address: z.string(),
  place: z.string().optional(),
  browser: z.object({ name: z.string(), system: z.string().optional() }).optional(),
  language: z.enum(languages),
})

const times = {
  lease: minutes(1),
  firstWait: seconds(5),
  longestWait: minutes(2),
  giveUpAfter: minutes(30),
  retention: 0,
}
const pollEvery = seconds(1)

export type ResetRequests = ReturnType<typeof createResetRequests>

export function createResetRequests(options: ResetRequestsOptions) {
  const { db, clock, random, log, settle } = options
  const emptied = { name: null, client: null }
  const queue = createWorkQueue({ db, clock, table: 'reset_requests', times, emptied })
  let poll: NodeJS.Timeout | undefined
  let running: Promise<void> | undefined
  let stopped = false

  async function settleAll(): Promise<void> {
    while (!stopped) {
      const request = await queue.takeDue()
      if (request === undefined) return
      await queue.note(request, await settleOne(request))
    }
  }

  /** A request that fails does not hold up the others. */
  async function settleOne({ name, client }: ResetRequestRow): Promise<AttemptResult> {
    try {
      return await settle(name ?? '', readClient(client))
    } catch (error) {
      log.error({ error }, 'a request for a new password was not settled')
      return { type: 'later', reason: 'failed' }
    }
  }

  /** Settles all requests that are due. */
  function settleDue(): Promise<void> {
    running ??= settleAll().finally(() => {
      running = undefined
    })
    return running
  }

  function wake(): void {
    settleDue().catch((error: unknown) => log.error({ error }, 'requests for new passwords wait'))
  }

  return {
    /** Costs the same for every name. */
    async add(typed: string, client: AskingClient): Promise<void> {
      const now = clock.now()
      await db
        .insertInto('reset_requests')
        .values({
          id: random.uuid(),
          name: canonicalUsername(typed) ?? '',
          client: writeClient(client),
          status: 'waiting',
          attempts: 0,
          created_at: now,
          due_at: now,
          finished_at: null,
          reason: null,
        })
        .execute()
      await options.onStored()
    },

    settleDue,

    start(): void {
      stopped = false
      poll ??= setInterval(wake, pollEvery).unref()
    },

    /** Waits for the one that is being settled. */
    async stop(): Promise<void> {
      stopped = true
      clearInterval(poll)
      poll = undefined
      await running?.catch(() => undefined)
    },

    measure: queue.measure,
    purge: queue.purge,
  }
}

function writeClient({ address, place, browser, language }: AskingClient): string {
  return JSON.stringify({ address, place, browser, language })
}

function readClient(text: string | null): AskingClient {
  const { place, browser, ...others } = clientSchema.parse(JSON.parse(text ?? ''))
  return { ...others, place, browser: browser && { name: browser.name, system: browser.system } }
}
