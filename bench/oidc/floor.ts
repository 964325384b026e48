// The floor of OpenID Connect: the smallest code on node:http, node:crypto and node:sqlite that issues codes and tokens
// durably, with synchronous=FULL and all writes of one turn in one commit. It checks nothing: it is only for comparison, never
// for use.
// Argument: {"client": the app, "file": path of the database}.

import { createHash, generateKeyPairSync, randomBytes, sign } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { DatabaseSync } from 'node:sqlite'
import { listen, serveControl } from '../control.ts'
import { createCommit } from '../floor/commit.ts'
import { type Client, redirectUri } from './client.ts'

const { client, file }: { client: Client; file: string } = JSON.parse(process.argv[2] ?? '{}')

const db = new DatabaseSync(file)
db.exec(`
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = FULL;
  CREATE TABLE tokens (
    hash TEXT PRIMARY KEY, kind TEXT NOT NULL, user TEXT NOT NULL, expires_at INTEGER NOT NULL, used_at INTEGER
  ) STRICT, WITHOUT ROWID;
`)
const insert = db.prepare('INSERT INTO tokens VALUES (?, ?, ?, ?, NULL)')
const find = db.prepare('SELECT user FROM tokens WHERE hash = ? AND kind = ? AND expires_at > ?')
const use = db.prepare(
  'UPDATE tokens SET used_at = ? WHERE hash = ? AND kind = ? AND used_at IS NULL RETURNING user',
)

const digest = (text: string) => createHash('sha256').update(text).digest('base64url')

const commit = createCommit(db)

const issue = (kind: string, user: string): string => {
  const token = randomBytes(32).toString('base64url')
  insert.run(digest(token), kind, user, Date.now() + 300_000)
  return token
}

const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
const header = Buffer.from('{"alg":"RS256","kid":"floor"}').toString('base64url')
const writeIdToken = (user: string): string => {
  const at = Math.floor(Date.now() / 1000)
  const claims = { iss: url, sub: user, aud: client.id, iat: at, exp: at + 300 }
  const signed = `${header}.${Buffer.from(JSON.stringify(claims)).toString('base64url')}`
  return `${signed}.${sign('sha256', Buffer.from(signed), privateKey).toString('base64url')}`
}

const readBody = async (request: IncomingMessage): Promise<URLSearchParams> => {
  let body = ''
  for await (const chunk of request) body += chunk
  return new URLSearchParams(body)
}

const authorize = async (request: IncomingMessage, response: ServerResponse) => {
  const session = /session=([\w-]+)/.exec(request.headers.cookie ?? '')?.[1]
  const row = session && find.get(digest(session), 'session', Date.now())
  if (!row) {
    const form =
      '<form method="post" action="/login"><input name="username"><input type="password" name="password"></form>'
    return response.writeHead(200, { 'content-type': 'text/html' }).end(form)
  }
  let code = ''
  await commit(() => {
    code = issue('code', String(row.user))
  })
  response.writeHead(303, { location: `${redirectUri}?code=${code}` }).end()
}

const logIn = async (request: IncomingMessage, response: ServerResponse) => {
  const form = await readBody(request)
  let session = ''
  await commit(() => {
    session = issue('session', form.get('username') ?? '')
  })
  response.writeHead(303, { location: '/auth', 'set-cookie': `session=${session}; HttpOnly` }).end()
}

const sendJson = (response: ServerResponse, value: object) =>
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(value))

const giveTokens = async (request: IncomingMessage, response: ServerResponse) => {
  const form = await readBody(request)
  const isRefresh = form.get('grant_type') === 'refresh_token'
  const given = form.get(isRefresh ? 'refresh_token' : 'code') ?? ''
  let tokens: object | undefined
  await commit(() => {
    const row = isRefresh
      ? find.get(digest(given), 'refresh', Date.now())
      : use.get(Date.now(), digest(given), 'code')
    if (!row) return
    const user = String(row.user)
    tokens = {
      access_token: issue('access', user),
      refresh_token: isRefresh ? given : issue('refresh', user),
      id_token: writeIdToken(user),
      token_type: 'Bearer',
      expires_in: 300,
    }
  })
  if (tokens === undefined) response.writeHead(400).end('{"error":"invalid_grant"}')
  else sendJson(response, tokens)
}

const tellUser = (request: IncomingMessage, response: ServerResponse) => {
  const token = request.headers.authorization?.slice('Bearer '.length) ?? ''
  const row = find.get(digest(token), 'access', Date.now())
  if (row) sendJson(response, { sub: row.user, name: row.user })
  else response.writeHead(401).end()
}

const introspect = async (request: IncomingMessage, response: ServerResponse) => {
  const token = (await readBody(request)).get('token') ?? ''
  const row = find.get(digest(token), 'access', Date.now())
  sendJson(
    response,
    row ? { active: true, sub: row.user, client_id: client.id } : { active: false },
  )
}

const server = createServer((request, response) => {
  const path = request.url?.split('?')[0]
  if (path === '/auth') void authorize(request, response)
  else if (path === '/login') void logIn(request, response)
  else if (path === '/token') void giveTokens(request, response)
  else if (path === '/me') tellUser(request, response)
  else if (path === '/token/introspection') void introspect(request, response)
  else response.writeHead(404).end()
})

const control = await serveControl({
  marker: '',
  markersAtOpening: 0,
  prepare: async () => [],
  wake: () => undefined,
})
const url = await listen(server)
console.log(`ready ${JSON.stringify({ url, control })}`)
