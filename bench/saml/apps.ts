// The apps of the measurement, the requests of a browser that enters them, and how the answer is read.

import { randomUUID } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { buildRedirect, writeAuthnRequest } from '#saml'
import type { Question } from '../asking.ts'

export const publicUrl = 'https://login.example.org'
export const entityId = 'https://notes.example.org/metadata'
export const consumerUrl = 'https://notes.example.org/acs'
export const realm = 'https://mail.example.org/owa/'

/** The file in which the product writes the cookie of a logged-in browser. */
export const locateCookie = (folder: string) => join(folder, 'cookie.txt')

/** Makes a new request each time, because each one is answered only once. */
const askSaml = (url: string): string => {
  const xml = writeAuthnRequest({
    id: `_${randomUUID()}`,
    issuer: entityId,
    issuedAt: Date.now(),
    destination: `${publicUrl}/saml/sso`,
  })
  return buildRedirect(`${url}/saml/sso`, { parameter: 'SAMLRequest', xml })
}

const askWsfed = (url: string): string =>
  `${url}/adfs/ls/?${new URLSearchParams({ wa: 'wsignin1.0', wtrealm: realm })}`

/** By protocol: the address to ask, and the form field of the answer. */
export const answers = {
  saml: { name: 'SAML response', ask: askSaml, field: 'SAMLResponse' },
  wsfed: { name: 'WS-Federation token', ask: askWsfed, field: 'wresult' },
} as const

export type Kind = keyof typeof answers

export const createQuestion = (kind: Kind, url: string, cookie: string): Question => ({
  url: () => answers[kind].ask(url),
  headers: { accept: 'text/html', cookie },
  expected: `name="${answers[kind].field}"`,
})

export const readCookie = (folder: string) => readFile(locateCookie(folder), 'utf8')

const unescapeHtml = (text: string) =>
  text
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&amp;', '&')

/** The document in a form, without its signatures. */
export const readUnsigned = (kind: Kind, page: string): string => {
  const { field } = answers[kind]
  const value = new RegExp(`name="${field}"\\s+value="([^"]*)"`).exec(page)?.[1]
  if (value === undefined) throw new Error(`no ${field}: ${page.slice(0, 300)}`)
  const text = unescapeHtml(value)
  const xml = kind === 'saml' ? Buffer.from(text, 'base64').toString() : text
  return xml.replaceAll(/<ds:Signature[\s>][\s\S]*?<\/ds:Signature>/g, '')
}
