/**
 * Mails that wait to be sent. Owns the table `mail_queue`: a mail is queued in the transaction of the change that it is
 * about, so there is a mail if and only if there is the change. Any node sends it. Does not own the content of mails
 * (notify.ts), SMTP (transport.ts) or how work waits (storage/work-queue.ts). If a node dies between sending a mail and
 * noting it, the user gets a second copy with the same Message-ID.
 */
import { z } from 'zod'
import { type Clock, hours, isOver, minutes, seconds } from '../../../platform/kernel/clock.ts'
import type { Keyring } from '../../../platform/kernel/keyring.ts'
import type { Log } from '../../../platform/kernel/log.ts'
import type { Random } from '../../../platform/kernel/random.ts'
import { type Piece, tracePiece } from '../../../platform/kernel/trace.ts'
import type { Database, Queries } from '../../../platform/storage/database.ts'
import type { MailRow } from '../../../platform/storage/tables.ts'
import { createWorkQueue } from '../../../platform/storage/work-queue.ts'
import type { MailTransport, SendResult } from './transport.ts'

export interface NewMail {
  readonly kind: string
  readonly userId: string | null
  readonly to: { readonly name: string; readonly address: string }
  readonly subject: string
  readonly text: string
  readonly html: string
  /** The mail contains a secret, so it waits sealed. `until` (ms): afterwards it is useless and is no longer sent. */
  readonly secret?: { readonly until?: number } | undefined
}

export interface MailQueueOptions {
  readonly clock: Clock
  readonly random: Random
  /** Absent: no mail here contains a secret. */
  readonly keyring?: Pick<Keyring, 'seal'> | undefined
  /** The part of Message-IDs after the `@`. */
  readonly domain: string
}

/** Queues mails without a connection to a mail server, so that a command can queue a mail for the running server. */
export function createMailQueue({ clock, random, keyring, domain }: MailQueueOptions) {
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
          ...writeBody(keyring, id, mail),
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

const sealingContext = (id: string): string => `mail_queue/${id}/body_sealed`

function writeBody(
  keyring: MailQueueOptions['keyring'],
  id: string,
  { text, html, secret }: NewMail,
) {
  if (secret === undefined) {
    return { text_body: text, html_body: html, body_sealed: null, useless_at: null }
  }
  if (keyring === undefined) throw new Error('a mail with a secret needs a key')
  const body = Buffer.from(JSON.stringify({ text, html }))
  const sealed = keyring.seal(sealingContext(id), body)
  return { text_body: null, html_body: null, body_sealed: sealed, useless_at: secret.until ?? null }
}

const bodySchema = z.object({ text: z.string(), html: z.string() })

function readBody(keyring: Pick<Keyring, 'open'>, row: MailRow) {
  const { id, body_sealed: sealed } = row
  if (sealed === null) return { text: row.text_body ?? '', html: row.html_body ?? '' }
  return bodySchema.parse(
    JSON.parse(Buffer.from(keyring.open(sealingContext(id), sealed)).toString()),
  )
}

export interface MailWorkerOptions {
  readonly db: Database
  readonly clock: Clock
  readonly keyring: Pick<Keyring, 'open'>
  readonly log: Log
  readonly transport: MailTransport
}

/** The pause after a mail server has failed in general, and not only for one mail. */
const pauseAfterTrouble = seconds(30)
const times = {
  lease: minutes(5),
  firstWait: minutes(1),
  longestWait: hours(4),
  giveUpAfter: hours(72),
  retention: hours(24 * 30),
}
const emptied = {
  subject: null,
  text_body: null,
  html_body: null,
  body_sealed: null,
  recipient_name: null,
}
/** How often to look for mails that other nodes and processes queued or that are due again. */
const pollEvery = seconds(5)
/** How long a stop waits for the mail that is being sent. */
const patience = seconds(10)

export function createMailWorker({ db, clock, keyring, log, transport }: MailWorkerOptions) {
  const queue = createWorkQueue({ db, clock, table: 'mail_queue', times, emptied })
  let poll: NodeJS.Timeout | undefined
  let running: Promise<void> | undefined
  let wanted = false
  let stopped = false
  let pausedSince = Number.NEGATIVE_INFINITY
  let cutOff = new AbortController()

  async function run(): Promise<void> {
    while (wanted) {
      wanted = false
      await sendAll()
    }
  }

  async function sendAll(): Promise<void> {
    while (!stopped && isOver(pausedSince, pauseAfterTrouble, clock.now())) {
      const mail = await queue.takeDue()
      if (mail === undefined) return
      const isUseless = mail.useless_at !== null && clock.now() >= mail.useless_at
      const result = isUseless
        ? tooLate
        : await tracePiece(piece, () => transport.send(outgoing(keyring, mail), cutOff.signal))
      if (result.type === 'later' && result.about === 'server') pausedSince = clock.now()
      logAttempt(log, mail, result, await queue.note(mail, result))
    }
  }

  /** Sends all mails that are due, one after the other. If it is called while it runs, it looks once more. */
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

    measure: queue.measure,
    purge: queue.purge,
  }
}

export type MailWorker = ReturnType<typeof createMailWorker>

const piece: Piece<SendResult> = {
  name: 'mail',
  kind: 'client',
  describe: ({ type }) => ({
    'einlass.outcome': type,
    ...(type !== 'sent' && { 'error.type': type }),
  }),
}

/** The content of the mail is no longer true. */
const tooLate: SendResult = { type: 'refused', reason: 'too late' }

function outgoing(keyring: Pick<Keyring, 'open'>, row: MailRow) {
  return {
    messageId: row.message_id,
    to: { name: row.recipient_name ?? '', address: row.recipient },
    subject: row.subject ?? '',
    ...readBody(keyring, row),
    date: row.created_at,
  }
}

function logAttempt(log: Log, mail: MailRow, result: SendResult, status: MailRow['status']): void {
  const facts = { mail: mail.id, kind: mail.kind, attempts: mail.attempts }
  if (result.type === 'sent') log.info(facts, 'a mail was sent')
  else if (status === 'failed')
    log.error({ ...facts, reason: result.reason }, 'a mail could not be delivered and is given up')
  else log.warn({ ...facts, reason: result.reason }, 'a mail was not sent and is tried again')
}
