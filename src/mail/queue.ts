/**
 * Mails that wait to be sent. Owns the table `mail_queue`: a mail is put in with the change that it tells of, so it is
 * there if and only if the change is; any node sends it. Does not own what a mail says (notices.ts) nor SMTP
 * (transport.ts). A node that dies between sending and noting it costs a second copy with the same Message-ID.
 */
import { type Clock, hours, minutes, seconds } from '../kernel/clock.ts'
import type { Log } from '../kernel/log.ts'
import type { Random } from '../kernel/random.ts'
import type { Database, Queries } from '../storage/database.ts'
import type { MailRow } from '../storage/tables.ts'
import type { MailTransport, SendResult } from './transport.ts'

export interface NewMail {
  readonly kind: string
  readonly userId: string | null
  readonly to: { readonly name: string; readonly address: string }
  readonly subject: string
  readonly text: string
  readonly html: string
}

export interface MailQueueOptions {
  readonly clock: Clock
  readonly random: Random
  /** The part of Message-IDs after the `@`. */
  readonly domain: string
}

/** Puts mails in. Needs no mail server, so that a command of the terminal can leave one for the running server. */
export function createMailQueue({ clock, random, domain }: MailQueueOptions) {
  return {
    /** Queues one mail in the caller's transaction. */
    async enqueue(queries: Queries, mail: NewMail): Promise<void> {
      const id = random.uuid()
      const now = clock.now()
      await queries
        .insertInto('mail_queue')
        .values({
          id,
          message_id: `<${id}@${domain}>`,
          kind: mail.kind,
          user_id: mail.userId,
          recipient: mail.to.address,
          recipient_name: mail.to.name,
          subject: mail.subject,
          text_body: mail.text,
          html_body: mail.html,
          status: 'waiting',
          attempts: 0,
          created_at: now,
          due_at: now,
          finished_at: null,
          reason: null,
        })
        .execute()
    },
  }
}

export type MailQueue = ReturnType<typeof createMailQueue>

export interface MailWorkerOptions {
  readonly db: Database
  readonly clock: Clock
  readonly log: Log
  readonly transport: MailTransport
}

/** How long a taken mail belongs to its taker; longer than one send can take. */
const lease = minutes(5)
/** How long a server that fails every mail is left alone. */
const pauseAfterTrouble = seconds(30)
const firstWait = minutes(1)
const longestWait = hours(4)
const giveUpAfter = hours(72)
const keptFor = hours(24 * 30)
/** Finds what other nodes and processes queued, and what is due again. */
const pollEvery = seconds(5)
/** How long a stop waits for the mail that is being sent. */
const patience = seconds(10)

export function createMailWorker(options: MailWorkerOptions) {
  const { db, clock, log, transport } = options
  let poll: NodeJS.Timeout | undefined
  let running: Promise<void> | undefined
  let wanted = false
  let stopped = false
  let pausedUntil = 0
  let cutOff = new AbortController()

  async function run(): Promise<void> {
    while (wanted) {
      wanted = false
      await sendAll()
    }
  }

  async function sendAll(): Promise<void> {
    while (!stopped && clock.now() >= pausedUntil) {
      const mail = await takeDue(options)
      if (mail === undefined) return
      const result = await transport.send(outgoing(mail), cutOff.signal)
      if (result.type === 'later' && result.about === 'server')
        pausedUntil = clock.now() + pauseAfterTrouble
      await settle(options, mail, result)
    }
  }

  /** Sends all that is due, one after the other. Called while that is going on, it looks once more. */
  function sendDue(): Promise<void> {
    wanted = true
    running ??= run().finally(() => {
      running = undefined
    })
    return running
  }

  function wake(): void {
    if (poll === undefined) return
    sendDue().catch((error: unknown) => log.error({ error }, 'queued mails were not looked at'))
  }

  return {
    sendDue,

    start(): void {
      stopped = false
      cutOff = new AbortController()
      poll ??= setInterval(wake, pollEvery).unref()
      wake()
    },

    /** Looks at the queue now and not at the next round. Call it after the commit. */
    wake,

    /** Waits for the mail that is being sent; one that takes too long is cut off and tried again later. */
    async stop(): Promise<void> {
      stopped = true
      clearInterval(poll)
      poll = undefined
      const impatience = setTimeout(() => cutOff.abort(), patience)
      await running?.catch(() => undefined)
      clearTimeout(impatience)
      transport.close()
    },

    /** How many mails wait, on whichever node they were queued. */
    async countWaiting(): Promise<number> {
      const { count } = await db
        .selectFrom('mail_queue')
        .select(({ fn }) => fn.countAll<number | string>().as('count'))
        .where('status', '=', 'waiting')
        .executeTakeFirstOrThrow()
      return Number(count)
    },

    /** Forgets mails that were sent or given up a while ago. */
    async purge(): Promise<void> {
      await db
        .deleteFrom('mail_queue')
        .where('status', '!=', 'waiting')
        .where('finished_at', '<', clock.now() - keptFor)
        .execute()
    },
  }
}

export type MailWorker = ReturnType<typeof createMailWorker>

/** Takes one mail that is due, for the time of the lease. One conditional update decides between takers. */
async function takeDue({ db, clock }: MailWorkerOptions): Promise<MailRow | undefined> {
  const now = clock.now()
  const due = await db
    .selectFrom('mail_queue')
    .select('id')
    .where('status', '=', 'waiting')
    .where('due_at', '<=', now)
    .orderBy('due_at')
    .limit(10)
    .execute()
  for (const { id } of due) {
    const taken = await db
      .updateTable('mail_queue')
      .set((eb) => ({ attempts: eb('attempts', '+', 1), due_at: now + lease }))
      .where('id', '=', id)
      .where('status', '=', 'waiting')
      .where('due_at', '<=', now)
      .returningAll()
      .executeTakeFirst()
    if (taken !== undefined) return taken
  }
  return undefined
}

function outgoing(row: MailRow) {
  return {
    messageId: row.message_id,
    to: { name: row.recipient_name ?? '', address: row.recipient },
    subject: row.subject ?? '',
    text: row.text_body ?? '',
    html: row.html_body ?? '',
    date: row.created_at,
  }
}

async function settle(
  options: MailWorkerOptions,
  mail: MailRow,
  result: SendResult,
): Promise<void> {
  const { clock, log } = options
  const now = clock.now()
  const facts = { mail: mail.id, kind: mail.kind, attempts: mail.attempts }
  if (result.type === 'sent') {
    await note(options, mail, { ...finished, status: 'sent', finished_at: now, reason: null })
    return log.info(facts, 'a mail was sent')
  }
  const { reason } = result
  const end = mail.created_at + giveUpAfter
  if (result.type === 'refused' || now >= end) {
    await note(options, mail, { ...finished, status: 'failed', finished_at: now, reason })
    return log.error({ ...facts, reason }, 'a mail could not be delivered and is given up')
  }
  const wait = Math.min(firstWait * 2 ** (mail.attempts - 1), longestWait)
  await note(options, mail, { due_at: Math.min(now + wait, end), reason })
  log.warn({ ...facts, reason }, 'a mail was not sent and is tried again')
}

const finished = { subject: null, text_body: null, html_body: null, recipient_name: null } as const

/** Only for the attempt that took it: after its lease, the mail may be another's. */
async function note(
  { db }: MailWorkerOptions,
  { id, attempts }: MailRow,
  change: Partial<MailRow>,
): Promise<void> {
  await db
    .updateTable('mail_queue')
    .set(change)
    .where('id', '=', id)
    .where('status', '=', 'waiting')
    .where('attempts', '=', attempts)
    .execute()
}
