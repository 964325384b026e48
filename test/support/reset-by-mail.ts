/** Forgotten passwords with a real mail server: an installation that sends its mails there, and the link in a mail. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import type { Scope } from '../../src/dev/test-support/on-each-engine.ts'
import { createPlainBrowser, type Reply } from '../../src/dev/test-support/plain-browser.ts'
import { createInstallation } from './installation.ts'
import { type MailServer, mailUser, readPart, startMailServer } from './mail-server.ts'

/** An installation that sends its mails to this server, and asks nobody for a second factor. */
export async function startWithMail(t: Scope, config: Readonly<Record<string, unknown>> = {}) {
  const server = await startMailServer(t)
  const folder = await mkdtemp(join(tmpdir(), 'einlass-mail-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  const ca = join(folder, 'ca.pem')
  await writeFile(ca, server.ca)
  const smtp = { host: 'localhost', port: server.port, ...mailUser }
  const installation = await createInstallation(t, {
    config: {
      mail: { from: 'login@example.org', smtp },
      default_policy: { second_factor: 'none' },
      ...config,
    },
    env: { NODE_EXTRA_CA_CERTS: ca },
  })
  return { server, installation }
}

/** Waits for this many mails, and reads the last of them. */
export async function takeMail({ received }: MailServer, count: number) {
  while (received.length < count) await wait(50)
  const mail = received[count - 1]
  if (mail === undefined) throw new Error('no mail')
  const text = readPart(mail, 'text/plain')
  return { mail, text, link: /https?:\S+\/forgot-password\/link\/[\w-]{43}/.exec(text)?.[0] ?? '' }
}

/** Asks for a link for this name, in a browser of its own. */
export async function askForLink(url: string, username: string): Promise<Reply> {
  const browser = createPlainBrowser(url)
  return await browser.answer(await browser.get('/forgot-password'), { username })
}

/** Opens a link in a browser of its own, up to the page that asks for the new password. */
export async function openLink(url: string, link: string) {
  const browser = createPlainBrowser(url)
  const first = await browser.follow(await browser.get(new URL(link).pathname))
  let page = await browser.answer(first, { action: 'begin' })
  return {
    /** Chooses this one; gives the page that follows. */
    async choose(password: string): Promise<Reply> {
      const reply = await browser.answer(page, {
        ...{ password, password_again: password, action: 'change' },
      })
      // The page of an error has no form; the same one can be sent again.
      if (reply.status !== 503) page = reply
      return reply
    },
  }
}
