/**
 * Everybody's mailbox in the demo: a page with the mails that Einlass would send. Owns the mails, which exist as long as the
 * demo runs. Plain like the demo's apps, because it stands for software that is not ours.
 */
import { createHash } from 'node:crypto'
import type { Reply } from '../../platform/http/reply.ts'
import type { PageRequest } from '../../platform/http/request.ts'
import type { Clock } from '../../platform/kernel/clock.ts'
import { html, trustedHtml } from '../../platform/ui/html.ts'
import { type Language, negotiate } from '../../platform/ui/language.ts'
import { type ReadMail, readMail } from './mail-message.ts'
import { type DemoRoute, notFound, startPlainServer } from './plain-server.ts'
import { startSmtpCatch } from './smtp-catch.ts'

export interface DemoMail extends ReadMail {
  readonly to: string
  /** Milliseconds since the epoch. */
  readonly at: number
  /** Where it can be read. */
  readonly url: string
}

export interface Mailbox {
  readonly url: string
  /** The port on this machine that accepts mails by SMTP. */
  readonly smtpPort: number
  close(): Promise<void>
}

export interface MailboxOptions {
  /** Port of the page; 0: any free one. */
  readonly port: number
  readonly clock: Clock
  readonly onMail: (mail: DemoMail) => void
}

/** Rejects when the port is taken; then nothing keeps running. */
export async function startMailbox({ port, clock, onMail }: MailboxOptions): Promise<Mailbox> {
  const mails: DemoMail[] = []
  const server = await startPlainServer({
    port,
    createRoutes: () => createRoutes(mails),
    fail: () => notFound,
  })
  const { url } = server
  const smtp = await startSmtpCatch(({ to, raw }) => {
    const at = clock.now()
    const mail = { ...readMail(raw), to: to.join(', '), at, url: `${url}/${mails.length + 1}` }
    mails.push(mail)
    onMail(mail)
  })
  return {
    url,
    smtpPort: smtp.port,
    async close() {
      await smtp.close()
      await server.close()
    },
  }
}

function createRoutes(mails: readonly DemoMail[]): DemoRoute[] {
  function showAll({ headers }: PageRequest): Reply {
    const language = negotiate(headers.get('accept-language') ?? undefined, undefined, 'de')
    return sendText(listPage(mails, language), `style-src 'sha256-${styleHash}'`)
  }

  const show = (number: string | undefined, send: (mail: DemoMail) => Reply): Reply => {
    const mail = /^[0-9]{1,6}$/.test(number ?? '') ? mails[Number(number) - 1] : undefined
    return mail === undefined ? notFound : send(mail)
  }
  const [kind, method] = ['plain', 'GET'] as const
  return [
    { kind, method, path: '/', name: 'all mails', handle: showAll },
    {
      kind,
      method,
      path: '/:number',
      name: 'a mail',
      // Mails have their styles in attributes.
      handle: (_, { number }) =>
        show(number, (mail) => sendText(mail.html, "style-src 'unsafe-inline'")),
    },
    {
      kind,
      method,
      path: '/:number/text',
      name: 'a mail as text',
      handle: (_, { number }) => show(number, (mail) => sendText(mail.text, '', 'text/plain')),
    },
  ]
}

function sendText(body: string, styles: string, mediaType = 'text/html'): Reply {
  return {
    status: 200,
    headers: {
      'content-type': `${mediaType}; charset=utf-8`,
      'cache-control': 'no-store',
      'content-security-policy': `default-src 'none'; ${styles}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
    },
    cookies: [],
    body,
  }
}

const texts = {
  de: {
    title: 'E-Mails der Vorführung',
    none: 'Noch keine. Einlass schreibt, wenn sich an einem Konto etwas ändert, zum Beispiel wenn ein Telefon dazukommt oder eine Anmeldung abgelehnt wird. Bis eine E-Mail hier ist, vergehen einige Sekunden.',
    to: 'an',
    text: 'als Text',
    note: 'Sie sind hier, solange die Vorführung läuft, und gehen sonst nirgendwohin.',
  },
  en: {
    title: 'Mails of the demonstration',
    none: 'None yet. Einlass writes when something changes on an account, for example when a phone is added or a login is denied. It takes some seconds until a mail is here.',
    to: 'to',
    text: 'as text',
    note: 'They are here as long as the demonstration runs, and go nowhere else.',
  },
} as const

const style = `
:root { color-scheme: light dark }
body { font: 1rem/1.5 system-ui, sans-serif; margin: 0 auto; max-width: 40rem; padding: 2rem 1rem }
h1 { font-size: 1.25rem; border-bottom: 1px solid; padding-bottom: .5rem }
ol { list-style: none; padding: 0 }
li { border-bottom: 1px solid; padding: .6rem 0; overflow-wrap: anywhere }
a { display: inline-block; padding: .3rem 0 }
`
const styleHash = createHash('sha256').update(style).digest('base64')

/** The latest first. */
function listPage(mails: readonly DemoMail[], language: Language): string {
  const text = texts[language]
  const format = new Intl.DateTimeFormat(language, { timeStyle: 'medium' })
  const items = mails.toReversed().map(
    ({ subject, to, at, url }) => html`<li><a href="${url}"><strong>${subject}</strong></a><br>
${format.format(at)}, ${text.to} ${to} · <a href="${url}/text">${text.text}</a></li>`,
  )
  const list = mails.length === 0 ? html`<p>${text.none}</p>` : html`<ol>${items}</ol>`
  return html`<!doctype html>
<html lang="${language}">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${text.title}</title><style>${trustedHtml(style)}</style></head>
<body><main><h1>${text.title}</h1>${list}</main><footer><p><small>${text.note}</small></p></footer></body>
</html>`.toString()
}
