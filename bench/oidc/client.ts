// The app of all OpenID Connect measurements, and the load of this app and its users.

import { createHash } from 'node:crypto'
import { Agent } from 'node:http'
import { type Reply, readForm, send as sendPlain, userPassword } from '../logins.ts'

export type Client = { id: string; secret: string }

/** Nothing listens there: the parameters are read from the redirect. */
export const redirectUri = 'http://127.0.0.1:1/callback'

/** The addresses of one server. */
export type Endpoints = {
  origin: string
  authorization: string
  token: string
  userinfo: string
  introspection: string
}

const verifier = 'bench-'.repeat(8)
const challenge = createHash('sha256').update(verifier).digest('base64url')

type Sending = { headers?: Record<string, string>; form?: Record<string, string> }

const send = (agent: Agent, url: string, { headers = {}, form }: Sending = {}): Promise<Reply> => {
  if (form === undefined) return sendPlain(agent, url, { method: 'GET', headers })
  const body = new URLSearchParams(form).toString()
  const ofForm = {
    'content-type': 'application/x-www-form-urlencoded',
    'content-length': String(Buffer.byteLength(body)),
  }
  return sendPlain(agent, url, { method: 'POST', headers: { ...headers, ...ofForm }, body })
}

const expect = (reply: Reply, status: number): Reply => {
  if (reply.status === status) return reply
  throw new Error(`${reply.status} in place of ${status}: ${reply.body.slice(0, 300)}`)
}

type Tokens = { access_token: string; id_token: string; refresh_token?: string }

const writeAuthorizationUrl = (
  { client, endpoints }: { client: Client; endpoints: Endpoints },
  more: Record<string, string>,
) =>
  `${endpoints.authorization}?${new URLSearchParams({
    client_id: client.id,
    redirect_uri: redirectUri,
    response_type: 'code',
    scope: 'openid profile email',
    code_challenge: challenge,
    code_challenge_method: 'S256',
    ...more,
  })}`

/** A user of the app in a browser of their own. */
export const createUser = (options: { client: Client; endpoints: Endpoints; index: number }) => {
  const { client, endpoints, index } = options
  const agent = new Agent({ keepAlive: true })
  const cookies = new Map<string, string>()
  const basic = `Basic ${Buffer.from(`${client.id}:${client.secret}`).toString('base64')}`

  const browse = async (url: string, sending: Sending = {}): Promise<Reply> => {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const headers = { accept: 'text/html', ...(cookie && { cookie }), ...sending.headers }
    const reply = await send(agent, url, { ...sending, headers })
    for (const line of reply.headers['set-cookie'] ?? []) {
      const [pair = ''] = line.split(';')
      const at = pair.indexOf('=')
      if (pair.slice(at + 1) === '') cookies.delete(pair.slice(0, at))
      else cookies.set(pair.slice(0, at), pair.slice(at + 1))
    }
    return reply
  }

  const authorizationUrl = (more: Record<string, string>) =>
    writeAuthorizationUrl({ client, endpoints }, more)

  /** Follows redirects, pages that lead on by themselves, and one password form, up to the code. */
  const findCode = async (start: string): Promise<string> => {
    let url = start
    let reply = await browse(url)
    for (let hop = 0; hop < 15; hop += 1) {
      const refresh = /http-equiv="refresh" content="0; ?url=([^"]*)"/.exec(reply.body)?.[1]
      const location = reply.headers.location ?? refresh?.replaceAll('&amp;', '&')
      if (location?.startsWith(redirectUri)) {
        return new URL(location).searchParams.get('code') ?? ''
      }
      if (location !== undefined) {
        url = new URL(location, url).href
        reply = await browse(url)
        continue
      }
      const { action, carried } = readForm(reply.body)
      const form = {
        ...Object.fromEntries(carried),
        username: `user-${index}`,
        password: userPassword,
      }
      const headers = { origin: endpoints.origin, 'sec-fetch-site': 'same-origin' }
      url = new URL(action ?? '', url).href
      reply = await browse(url, { form, headers })
    }
    throw new Error(`the login of user-${index} does not end: ${url}`)
  }

  const redeem = async (code: string): Promise<Tokens> => {
    const form = {
      grant_type: 'authorization_code',
      code,
      redirect_uri: redirectUri,
      code_verifier: verifier,
    }
    const reply = await send(agent, endpoints.token, { form, headers: { authorization: basic } })
    return JSON.parse(expect(reply, 200).body)
  }

  let tokens: Tokens | undefined
  const have = (): Tokens => {
    if (tokens === undefined) throw new Error('not logged in')
    return tokens
  }

  return {
    logIn: async (): Promise<void> => {
      const offline = { scope: 'openid profile email offline_access', prompt: 'consent' }
      tokens = await redeem(await findCode(authorizationUrl(offline)))
      // From now on the browser is logged in and gets its code at once.
      await findCode(authorizationUrl({}))
    },
    /** In a browser that knows nothing: from the app over the password to the tokens. */
    logInFromApp: async (): Promise<void> => {
      cookies.clear()
      await redeem(await findCode(authorizationUrl({})))
    },
    getCodeAndTokens: async (): Promise<void> => {
      const reply = expect(await browse(authorizationUrl({})), 303)
      const location = reply.headers.location ?? ''
      if (!location.startsWith(redirectUri)) throw new Error(`no code: ${location}`)
      await redeem(new URL(location).searchParams.get('code') ?? '')
    },
    refresh: async (): Promise<void> => {
      const form = { grant_type: 'refresh_token', refresh_token: have().refresh_token ?? '' }
      const reply = await send(agent, endpoints.token, { form, headers: { authorization: basic } })
      tokens = JSON.parse(expect(reply, 200).body)
    },
    getUserinfo: async (): Promise<void> => {
      const authorization = `Bearer ${have().access_token}`
      const reply = await send(agent, endpoints.userinfo, { headers: { authorization } })
      if (!expect(reply, 200).body.includes('"sub"')) throw new Error(reply.body)
    },
    introspect: async (): Promise<void> => {
      const form = { token: have().access_token }
      const headers = { authorization: basic }
      const reply = await send(agent, endpoints.introspection, { form, headers })
      if (!expect(reply, 200).body.includes('"active":true')) throw new Error(reply.body)
    },
    close: () => agent.destroy(),
  }
}

export type User = ReturnType<typeof createUser>

export const works = {
  refresh: (user: User) => user.refresh(),
  userinfo: (user: User) => user.getUserinfo(),
  introspection: (user: User) => user.introspect(),
  'code flow of a browser that is logged in': (user: User) => user.getCodeAndTokens(),
  'login from app to token, hash removed': (user: User) => user.logInFromApp(),
} as const

/** Every user repeats the work; resolves with the number of repetitions in these seconds. */
export const drive = async (
  users: readonly User[],
  work: (user: User) => Promise<void>,
  seconds: number,
): Promise<number> => {
  let done = 0
  const end = performance.now() + seconds * 1000
  await Promise.all(
    users.map(async (user) => {
      while (performance.now() < end) {
        await work(user)
        done += 1
      }
    }),
  )
  return done
}
