/**
 * Hands mails to the configured mail server by SMTP. Owns the form of a mail on the wire, how the connection is
 * protected, and what a failure means; the queue decides when to try again. Nothing that a mail server wrote is logged:
 * servers repeat what they received, also a password.
 */
import { createTransport } from 'nodemailer'
import type { Config } from '../../../platform/config/schema.ts'
import { seconds } from '../../../platform/kernel/clock.ts'
import { cutText, escapeControls } from '../../../platform/kernel/text.ts'
import { cleanHeader } from './header-text.ts'

export type MailConfig = NonNullable<Config['mail']>

export interface OutgoingMail {
  /** With angle brackets. */
  readonly messageId: string
  readonly to: { readonly name: string; readonly address: string }
  readonly subject: string
  readonly text: string
  readonly html: string
  /** Milliseconds since the epoch, for the header Date. */
  readonly date: number
}

export type SendResult =
  | { readonly type: 'sent' }
  /** Trying again cannot help. */
  | { readonly type: 'refused'; readonly reason: string; readonly reply?: string }
  /** Trying again may help. `server`: any other mail would fail now, too. */
  | {
      readonly type: 'later'
      readonly about: 'mail' | 'server'
      /** Codes only, safe for a log. */
      readonly reason: string
      /** The answer of the server, for the person at the terminal; never its answer to a password. */
      readonly reply?: string
    }

export interface MailTransport {
  /** Never rejects. After an abort the connection is cut and the mail is not sent. */
  send(mail: OutgoingMail, signal?: AbortSignal): Promise<SendResult>
  /** Closes the connections. */
  close(): void
}

export interface SmtpTransportOptions {
  readonly mail: MailConfig
  /** The sender's name. */
  readonly brandName: string
  /** Certificates that are trusted in place of the system's, PEM. */
  readonly ca?: string
  /** Time limits in milliseconds: for the connection, the greeting, each answer, and a whole mail. */
  readonly limits?: Limits
}

interface Limits {
  readonly connect: number
  readonly silence: number
  readonly whole: number
}

const defaultLimits: Limits = { connect: seconds(10), silence: seconds(20), whole: seconds(60) }

export function createSmtpTransport(options: SmtpTransportOptions): MailTransport {
  const { mail, brandName, limits = defaultLimits } = options
  const transporter = createTransport(smtpOptions(options, limits))
  const from = { name: cleanHeader(brandName), address: mail.from }

  return {
    async send({ messageId, to, subject, text, html, date }, signal) {
      const deadline = AbortSignal.timeout(limits.whole)
      try {
        await transporter.sendMail({
          from,
          to: { name: cleanHeader(to.name), address: to.address },
          envelope: { from: mail.from, to: to.address },
          messageId,
          date: new Date(date),
          subject: cleanHeader(subject),
          text,
          html,
          // RFC 3834 section 5. Exchange looks at the second one.
          headers: { 'Auto-Submitted': 'auto-generated', 'X-Auto-Response-Suppress': 'All' },
          disableFileAccess: true,
          disableUrlAccess: true,
          signal: signal === undefined ? deadline : AbortSignal.any([signal, deadline]),
        })
        return { type: 'sent' }
      } catch (error) {
        return readFailure(error as SmtpError)
      }
    },

    close() {
      transporter.close()
    },
  }
}

function smtpOptions({ mail: { smtp }, ca }: SmtpTransportOptions, limits: Limits) {
  const { host, port, security, username, password } = smtp
  const hasLogin = username !== undefined && password !== undefined
  return {
    host,
    port: port ?? defaultPorts[security],
    secure: security === 'tls',
    requireTLS: security === 'starttls',
    ignoreTLS: security === 'none',
    tls: { minVersion: 'TLSv1.2', ...(ca !== undefined && { ca }) },
    // Without `forceAuth`, a server that hides AUTH would get the mail without a login.
    ...(hasLogin && { auth: { user: username, pass: password }, forceAuth: true }),
    connectionTimeout: limits.connect,
    dnsTimeout: limits.connect,
    greetingTimeout: limits.silence,
    socketTimeout: limits.silence,
    pool: true,
    maxConnections: 1,
    maxMessages: 50,
    // The queue tries again, and records it.
    maxRequeues: 0,
    idleTimeout: seconds(10),
  } as const
}

const defaultPorts = { starttls: 587, tls: 465, none: 25 } as const

interface SmtpError extends Error {
  readonly code?: string
  /** The code of the system or of TLS. */
  readonly originalCode?: string
  readonly command?: string
  readonly response?: string
  readonly responseCode?: number
}

function readFailure(error: SmtpError): SendResult {
  const { code, responseCode = 0 } = error
  const facts = { reason: describeReason(error), ...readReply(error) }
  const isOfMail =
    code === 'EMESSAGE' || (code === 'EENVELOPE' && !error.command?.startsWith('MAIL'))
  // 421: the server is about to leave.
  if (!isOfMail || responseCode === 421) return { type: 'later', about: 'server', ...facts }
  // Code 0, no answer: the address or the mail cannot be written in a form for this server.
  if (responseCode === 0 || responseCode >= 500) return { type: 'refused', ...facts }
  return { type: 'later', about: 'mail', ...facts }
}

/** For example `RCPT TO 550 5.1.1` or `CONN ESOCKET ECONNREFUSED`. */
function describeReason({ code, originalCode, command, response, responseCode, cause }: SmtpError) {
  const enhanced = /^\d{3}[ -](\d\.\d{1,3}\.\d{1,3})\b/.exec(response ?? '')?.[1]
  const wasSlow = cause instanceof DOMException && cause.name === 'TimeoutError'
  const parts =
    responseCode === undefined
      ? [command, wasSlow ? 'ETIMEDOUT' : code, originalCode]
      : [command, responseCode, enhanced]
  return parts.filter((part) => part !== undefined).join(' ') || 'unknown'
}

function readReply({ code, command, response }: SmtpError) {
  const isAboutPassword = code === 'EAUTH' || command?.startsWith('AUTH') === true
  if (response === undefined || isAboutPassword) return {}
  return { reply: escapeControls(cutText(response, 200)) }
}
