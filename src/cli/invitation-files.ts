/**
 * Invitations on paper: a table for mail merge, and letters to print, one page for each person. Owns both forms. The files
 * contain links that bind a second factor together with a password, so only their owner may read them.
 */
import { open, unlink } from 'node:fs/promises'
import type { SentInvitation } from '../login/invitations/operations.ts'
import type { Config } from '../platform/config/schema.ts'
import { deniedText } from '../platform/kernel/denied.ts'
import { Fault } from '../platform/kernel/fault.ts'
import { escapeControls } from '../platform/kernel/text.ts'
import { type Html, html, trustedHtml } from '../platform/ui/html.ts'
import { message } from '../platform/ui/message.ts'
import { qrPath } from '../platform/ui/qr.ts'
import { createTranslator, findTimeZone } from '../platform/ui/translate.ts'

export interface OpenedFile {
  write(text: string): Promise<void>
  /** Removes it, where nobody was invited. */
  discard(): Promise<void>
}

/** Creates the file before any link is made. Throws Fault `bad_request` for a file that is there or cannot be made. */
export async function createFile(path: string): Promise<OpenedFile> {
  try {
    const file = await open(path, 'wx', 0o600)
    return {
      async write(text) {
        try {
          await file.writeFile(text)
          await file.sync()
        } finally {
          await file.close()
        }
      },
      async discard() {
        await file.close()
        await unlink(path)
      },
    }
  } catch (error) {
    if (!(error instanceof Error)) throw error
    const exists = 'code' in error && error.code === 'EEXIST'
    const why = exists ? 'it is there already' : (deniedText(error) ?? error.message)
    throw new Fault('bad_request', `${path} was not written: ${why}. Nobody was invited.`)
  }
}

const columns = ['username', 'name', 'email', 'link', 'valid_until'] as const

/** One line for each person, for the mail merge of an office program. */
export function writeTable(all: readonly SentInvitation[]): string {
  const rows = all.map(({ username, displayName, email, url = '', expiresAt }) => [
    ...[username, displayName, email ?? '', url, new Date(expiresAt).toISOString()],
  ])
  return [columns, ...rows].map((row) => `${row.map(writeCell).join(',')}\r\n`).join('')
}

/** A cell that an office program would take for a formula is text. */
function writeCell(text: string): string {
  const line = escapeControls(text)
  const safe = /^[=+\-@]/.test(line) ? `'${line}` : line
  return `"${safe.replaceAll('"', '""')}"`
}

const style = trustedHtml(`<style>
@page { size: A4; margin: 25mm }
body { font: 12pt/1.45 system-ui, sans-serif; color: #000; background: #fff; max-width: 160mm; margin: 0 auto }
section { break-after: page; padding: 10mm 0 }
h1 { font-size: 18pt; margin: 0 0 8mm }
svg { width: 50mm; height: 50mm; display: block; margin: 8mm 0 }
code { font-size: 11pt; overflow-wrap: anywhere }
</style>`)

/** A page for each person, in the language of their last login. */
export function writeLetters(all: readonly SentInvitation[], config: Config): string {
  const page = html`<!doctype html><html lang="${config.default_language}"><head><meta charset="utf-8"><meta name="robots" content="noindex"><title>${config.brand.name}</title>${style}</head><body>${all.map((one) => writeLetter(one, config))}</body></html>`
  return `${page}\n`
}

function writeLetter(one: SentInvitation, config: Config): Html {
  const { username, displayName, url = '', expiresAt } = one
  const language = one.language ?? config.default_language
  const t = createTranslator(language, { timeZone: findTimeZone(config) })
  const { size, path } = qrPath(url)
  const { phone, email } = config.brand.support ?? {}
  const contact = [phone, email].filter((part) => part !== undefined).join(', ')
  return html`<section lang="${language}"><h1>${t(message('letter.title'))}</h1><p>${t(message('mail.greeting', { name: displayName }))}</p><p>${t(message('letter.text', { username }))}</p><svg viewBox="0 0 ${size} ${size}" role="img" aria-label="${t(message('letter.scan'))}"><path stroke="#000" fill="none" shape-rendering="crispEdges" d="${path}"/></svg><p>${t(message('letter.link'))}<br><code>${url}</code></p><p>${t(message('letter.until', { until: expiresAt }))}</p><p>${t(message('letter.keep'))}</p>${contact !== '' && html`<p>${t(message('chrome.support', { contact }))}</p>`}</section>`
}
