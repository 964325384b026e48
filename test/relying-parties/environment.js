// What every relying party is given by the scenarios, and how it serves TLS.

import { readFileSync } from 'node:fs'
import { createServer } from 'node:https'

const read = (name) => {
  const value = process.env[name]
  if (value === undefined) throw new Error(`${name} is missing`)
  return value
}

export const origin = read('ORIGIN')
export const issuer = read('ISSUER')
export const clientId = read('CLIENT_ID')
export const clientSecret = process.env.CLIENT_SECRET

/**
 * Runs the lines that the login printed for an app.
 * @param names what the lines use
 * @param text of the program around them
 */
export const runLines = (names, text = (lines) => lines) =>
  new Function(...Object.keys(names), text(readFileSync(read('LINES'), 'utf8')))(
    ...Object.values(names),
  )

/** @param handler of requests, as `node:http` calls it; an Express application is one */
export const serve = (handler) => {
  const { hostname, port } = new URL(origin)
  const tls = { key: readFileSync(read('TLS_KEY')), cert: readFileSync(read('TLS_CERT')) }
  createServer(tls, handler).listen(Number(port), hostname)
}

const escapeHtml = (text) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')

/** What the scenarios read: the claims of the person who is signed in, or that nobody is. */
export const writePage = (claims) => {
  const shown =
    claims === undefined
      ? '<p id="signed-out">Nobody is signed in.</p>'
      : `<pre id="claims">${escapeHtml(JSON.stringify(claims, null, 1))}</pre>`
  return `<!doctype html><html lang="en"><title>App</title>${shown}</html>`
}
