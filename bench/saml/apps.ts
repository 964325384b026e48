// The apps of the measurement, what a browser sends to get into them, and what it reads in the answer.

import { randomUUID } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { buildRedirect, writeAuthnRequest } from '#saml'
import type { Question } from '../asking.ts'

export const publicUrl = 'https://login.example.org'
export const entityId = 'https://notes.example.org/metadata'
export const consumerUrl = 'https://notes.example.org/acs'
export const realm = 'https://mail.example.org/owa/'

/** Where the product writes what a browser that is logged in sends. */
export const locateCookie = (folder: string) => join(folder, 'cookie.txt')

/** A request has to be new each time, as each is answered once. */
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

/** By protocol: the address to ask at, and the field of the form that comes back. */
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
